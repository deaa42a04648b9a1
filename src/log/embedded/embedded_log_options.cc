#include "log/embedded/embedded_log_options.h"

namespace pinlake {

const OptionTable<EmbeddedLogOptions>& EmbeddedLogOptionTable() {
  using C = EmbeddedLogOptions;
  static const OptionTable<C> table{
      {.name = "dir",
       .field = Text(&C::dir, 1),
       .fallback = "pinlake-data/log",
       .importance = Importance::kHigh,
       .doc = "Directory of the embedded log. One process at a time writes it."},
      {.name = "sync.window",
       .field = Duration(&C::sync_window, Micros(0), Micros(1'000'000)),
       .fallback = "0ms",
       .doc = "Appends are synced in rounds, each with all that waits by then; a round begins at "
              "least this long after the one before. Longer: fewer syncs, later answers. An append "
              "to an idle log never waits for it."},
      {.name = "auto.create",
       .field = Bool(&C::auto_create),
       .fallback = "true",
       .importance = Importance::kHigh,
       .doc = "Create a topic when records for it arrive."},
      {.name = "partitions",
       .field = Int(&C::default_partitions, 1, 10'000),
       .fallback = "1",
       .importance = Importance::kHigh,
       .doc = "Partitions of a topic created that way."},
      {.name = "retention.ms",
       .field = Int(&C::retention_ms, -1),
       .fallback = "604800000",
       .importance = Importance::kHigh,
       .doc = "How long records are kept, by their timestamps, in topics that do not say. Whole "
              "segments go. -1: for ever."},
      {.name = "retention.bytes",
       .field = Int(&C::retention_bytes, -1),
       .fallback = "-1",
       .doc = "How many bytes of a topic partition are kept, in topics that do not say. -1: all."},
      {.name = "retention.check",
       .field = Duration(&C::retention_check, Micros(1'000)),
       .fallback = "1m",
       .importance = Importance::kLow,
       .doc = "How often segments are looked at for retention."},
      {.name = "segment.bytes",
       .field = Bytes(&C::segment_bytes, 1024, INT32_MAX),
       .fallback = "64MiB",
       .importance = Importance::kLow,
       .doc = "Size of a segment file, in topics that do not say. Space is reserved in steps of at "
              "most 64 MiB."},
      {.name = "record.bytes.max",
       .field = Bytes(&C::record_bytes_max, 1, 1 << 28),
       .fallback = "1MiB",
       .doc =
           "Key, value and headers of one record, in topics that do not say (max.message.bytes). "
           "A larger record is refused."},
      {.name = "waiting.bytes.max",
       .field = Bytes(&C::waiting_bytes_max, 1024),
       .fallback = "64MiB",
       .doc = "Records in memory that wait for the disk. Beyond it appends are refused as "
              "throttled; the gateway answers 429."},
      {.name = "offsets.segment.bytes",
       .field = Bytes(&C::offsets_segment_bytes, 4096, INT32_MAX),
       .fallback = "8MiB",
       .importance = Importance::kLow,
       .doc = "The committed offsets are rewritten whenever their log has grown to this."},
  };
  return table;
}

}  // namespace pinlake
