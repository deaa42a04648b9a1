// A connector, run: its tasks as one consumer group.
#pragma once

#include <stop_token>

#include "base/byte_budget.h"
#include "base/clock.h"
#include "base/result.h"
#include "config/config_entries.h"
#include "log/event_log.h"
#include "observe/metrics.h"
#include "sink/s3_sink_options.h"
#include "store/object_store.h"

namespace pinlake {

struct SinkJob {
  /// The connector's properties, worker's defaults included (WithWorkerDefaults).
  ConfigEntries connector;
  /// Ends once all that is in the log at the start is read, and what the rules close of it stored.
  bool exit_at_end = false;
  /// Stores under way at once, over all tasks.
  int stores_max = 16;
};

/// What the sink works with; all of it outlives RunSink.
struct SinkWorld {
  EventLog& log;
  ObjectStore& store;
  Clock& clock;
  ByteBudget& budget;
  MetricsRegistry& metrics;
};

/// Runs `tasks.max` threads as the group `connect-<name>` until \p stop, the end (exit_at_end), or
/// until every task failed. What is wrong with the properties comes as kInvalidArgument, before
/// anything runs. A task's failure is returned once it ends: it names topic, partition, offset.
/// While the store can't be reached it waits.
Status RunSink(const SinkJob& job, const SinkWorld& world, std::stop_token stop);

}  // namespace pinlake
