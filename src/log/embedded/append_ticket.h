// One call of Append on its way: its results, and who is told when all are there.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "log/event_log.h"

namespace pinlake {

/// Records of one Append lie in batches of several topic partitions. Each part is finished once, by
/// one thread; the last one tells.
class AppendTicket {
 public:
  AppendTicket(size_t records, AppendDone done) : done_(std::move(done)) {
    results_.resize(records, Appended{});
  }
  /// A part more to wait for. The ticket starts with one, for the caller that fills it.
  void AddPart() { parts_.fetch_add(1, std::memory_order_relaxed); }
  Result<Appended>& at(size_t record) { return results_[record]; }
  void FinishPart() {
    if (parts_.fetch_sub(1, std::memory_order_acq_rel) == 1) done_(std::move(results_));
  }

 private:
  std::vector<Result<Appended>> results_;
  AppendDone done_;
  std::atomic<int> parts_{1};
};

}  // namespace pinlake
