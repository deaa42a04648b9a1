// Which directory a record goes to.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/record.h"

namespace pinlake {

enum class PartitionerClass { kDefault, kField, kTimeBased, kDaily, kHourly };
enum class TimestampExtractor { kWallclock, kRecord, kRecordField };

/// Where a record goes, and when it is from.
struct RecordPlace {
  std::string encoded_partition;
  TimestampMs timestamp = 0;  ///< the extractor's, for record-time rotation
};

/// Turns a record into its encoded partition: partitioner.class with its properties. Not
/// thread-safe.
class Partitioner {
 public:
  virtual ~Partitioner() = default;
  /// \p wall_ms: what the clock reads, or read when this record was first looked at.
  /// kInvalidArgument: no place for this record; by `errors.tolerance` it is skipped or the task
  /// fails. kUnsupported: the task fails in any case, as in the original.
  virtual Result<RecordPlace> Place(const RecordView& record, TimestampMs wall_ms) = 0;
  /// Whether places depend on \p wall_ms, so that they have to be recorded to be found again.
  virtual bool wallclock() const { return false; }
};

struct PartitionerConfig {
  PartitionerClass partitioner = PartitionerClass::kDefault;
  std::string directory_delim = "/";
  std::vector<std::string> fields;     ///< kField
  bool schemaless_fields = false;      ///< kField: of JSON without a schema too
  std::optional<std::string> missing;  ///< encoded partition of a record without the field
  // Time based.
  int64_t duration_ms = -1;
  std::string path_format, locale, timezone;
  TimestampExtractor extractor = TimestampExtractor::kWallclock;
  std::string timestamp_field = "timestamp";
  /// Also takes `YYYY-MM-DD HH:MM:SS[.fff]`, as UTC.
  bool spaced_timestamps = false;

  bool time_based() const {
    return partitioner != PartitionerClass::kDefault && partitioner != PartitionerClass::kField;
  }
};

/// Null for kDefault, whose places need no looking at records. kInvalidArgument names the property.
Result<std::unique_ptr<Partitioner>> MakePartitioner(const PartitionerConfig& config);

}  // namespace pinlake
