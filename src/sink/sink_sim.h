// The whole sink on one thread with one seed: tasks that crash, freeze, lose what they hold and
// come back with other properties, over a log and a store that answer late, twice, wrongly or not
// at all.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "log/fake/fake_log.h"
#include "sink/sink_task.h"
#include "store/fake/fake_store.h"

namespace pinlake {

/// Jobs of the store as a network would do them. What is sent goes on although its task crashed.
class SimNetwork {
 public:
  SimNetwork(FakeStore& store, Rng rng) : store_(store), rng_(rng) {}
  std::unique_ptr<Uploader> Connect();
  /// Moves requests on, each perhaps. \p all: until none is left.
  void Move(bool all);
  void BeGood() { faults_ = false; }

 private:
  class Connection;
  struct Request {
    UploadJob job;
    std::weak_ptr<std::vector<UploadAnswer>> answers;
    bool sent = false;
    std::optional<UploadAnswer> answer;  ///< done, the answer under way
  };
  bool MoveOne(Request& request);

  FakeStore& store_;
  Rng rng_;
  bool faults_ = true;
  std::vector<Request> requests_;
};

struct SimOptions {
  uint64_t seed = 0;
  PlantedBug bug = PlantedBug::kNone;
  int steps = 250;
  /// Delete a topic and make it again halfway: the sink must fail rather than lose.
  bool recreate_topic = false;
};

/// How often what was reached, added up over runs: a simulation that never gets somewhere proves
/// nothing about it.
struct SimCoverage {
  uint64_t objects = 0;
  uint64_t adopted = 0;
  uint64_t by_flush = 0, by_schedule = 0, by_memory = 0;
  uint64_t by_interval = 0, by_change = 0, by_open_objects = 0;
  uint64_t store_retries = 0, commit_retries = 0;
  uint64_t skipped = 0;
  uint64_t failed_tasks = 0;
};
/// Runs one seed. What is wrong, in one sentence; empty if nothing is.
std::string RunSinkSim(const SimOptions& options, SimCoverage* coverage = nullptr);

}  // namespace pinlake
