// Options of the embedded log. What a user may set is in section `log` of a pipeline file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/disk.h"

namespace pinlake {

struct EmbeddedLogOptions {
  Path dir;
  /// A round of the writer begins at least this long after the one before: larger rounds, fewer
  /// syncs, later answers. An append to an idle log never waits for it.
  Micros sync_window{0};
  /// Of a topic that sets none of its own.
  int64_t segment_bytes = 64 << 20;
  int64_t retention_ms = 7LL * 24 * 3600 * 1000;
  int64_t retention_bytes = -1;
  /// Key, value and headers of one record.
  int64_t record_bytes_max = 1 << 20;
  /// Records that wait to be written, in all; beyond it appends answer kThrottled.
  int64_t waiting_bytes_max = 64 << 20;
  /// Create a topic that is appended to.
  bool auto_create = true;
  int32_t default_partitions = 1;
  Millis retention_check{60'000};
  /// Committed offsets are rewritten when their log has grown by this much.
  int64_t offsets_segment_bytes = 8 << 20;

  // Of simulations.
  bool threads = true;
  /// Draws the ids; by the system if none.
  std::optional<uint64_t> seed;
};

}  // namespace pinlake
