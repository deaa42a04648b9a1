// What a committed offset says: how a successor repeats the cuts that were under way.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/record.h"

namespace pinlake {

inline constexpr int kCutRecordVersion = 1;
/// Brokers allow 4,096 bytes of offset metadata by default.
inline constexpr size_t kCutRecordBytesMax = 3072;

/// Why the open objects of a topic partition were closed. The names are those of logs and metrics.
enum class RotationReason {
  kFlushSize,
  kRotateInterval,
  kPartitionChange,
  kSchemaChange,
  kOpenObjects,
  kSchedule,
  kWallclock,
  kBytes,
  kMemory,
  kStop,
  kRevocation,
};
/// "flush_size", "rotate_interval" …
std::string_view Name(RotationReason reason);
std::optional<RotationReason> RotationReasonNamed(std::string_view name);
/// Whether a cut for this reason is a function of the records alone, so that a replay finds it
/// again without being told.
bool IsPure(RotationReason reason);

/// A cut under way: it begins at the end of the one before, the first at the committed offset.
struct CutEnd {
  Offset end;
  RotationReason reason = RotationReason::kSchedule;
  bool operator==(const CutEnd&) const = default;
};

/// From \p from on, records lie in the time bucket that \p bucket_ms is in: the clock's reading
/// when the first of them was placed (Wallclock paths).
struct BucketSwitch {
  Offset from;
  TimestampMs bucket_ms = 0;
  bool operator==(const BucketSwitch&) const = default;
};

/// Records just before the committed offset that are in no object (ignored nulls, dead letters):
/// they belong to the cut that begins at \p from and goes on after the committed offset.
struct SkippedBefore {
  Offset from;
  int64_t count = 0;
  bool operator==(const SkippedBefore&) const = default;
};

/// The metadata of every offset that this program commits, version 1.
///
/// Contract of use. Every commit carries it. Before the first byte of a cut becomes visible, the
/// offset before it is committed again with the cut's end in \ref ends. So ends names every cut
/// past the committed offset of which anything may be visible, whoever wrote it. On assignment
/// these cuts are made again, under the recorded properties; only then do today's properties apply.
struct CutRecord {
  LogId log_id;
  /// Nothing is stored beyond this commit: \ref ends is empty.
  bool clean = false;
  /// The first offset this group ever committed here: completeness is proved from it on.
  Offset start;
  /// Properties that decide names and boundaries and that differ from their defaults.
  std::map<std::string, std::string> properties;
  /// Ends of cuts under way, ascending.
  std::vector<CutEnd> ends;
  /// None: the next cut begins at the committed offset.
  std::optional<SkippedBefore> skipped;
  /// Ascending by offset.
  std::vector<BucketSwitch> switches;
  bool operator==(const CutRecord&) const = default;
};

/// Printable ASCII without spaces, at most 3 KiB. kOutOfSpace with both sizes if it is more.
/// kInvalidArgument: ends or switches not ascending, a negative offset.
/// `pinlake-cut/1;log=<id>;clean=0|1;start=<offset>;p.<property>=<value>…;end=<offset>:<reason>…;`
/// `skipped=<from>:<count>;bucket=<offset>:<ms>…;sum=<8 hex>`; %XX escapes. The sum is XXH3's low
/// 32 bits over all before
/// `;sum=`.
Result<std::string> RenderCutRecord(const CutRecord& record);

/// None if \p metadata is not ours: empty (Connect's) or any other text.
/// kUnsupported: a later version. kCorruption: ours, but damaged; the message says where.
Result<std::optional<CutRecord>> ParseCutRecord(std::string_view metadata);

}  // namespace pinlake
