// Where files are written before they get their name.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "store/local/local_files.h"

namespace pinlake {

/// A folder below `_pinlake/tmp/` that belongs to one LocalStore of one process, held by a lock on
/// it. Folders whose owner is gone are removed by the next one that writes. Thread-safe.
class TempArea {
 public:
  TempArea(std::string root, DurableDirectories& directories)
      : root_(std::move(root)), directories_(directories) {}
  ~TempArea();
  TempArea(const TempArea&) = delete;

  /// A path in the folder that no other call gets. The folder is made by the first call.
  Result<std::string> NewPath();

 private:
  Status Claim();
  void RemoveAbandoned(const std::string& folder) const;

  const std::string root_;
  DurableDirectories& directories_;
  std::mutex mutex_;
  std::string own_;
  Descriptor lock_;
  std::atomic<uint64_t> next_{0};
};

}  // namespace pinlake
