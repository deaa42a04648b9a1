// The sparse indexes beside a segment, in Kafka's formats. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/embedded/record_batch.h"
#include "model/record.h"

namespace pinlake {

/// `<base>.index`: 8 bytes an entry. The batch at \p position ends with offset base + \p relative.
struct OffsetEntry {
  int32_t relative = 0;
  int32_t position = 0;
  bool operator==(const OffsetEntry&) const = default;
};
/// `<base>.timeindex`: 12 bytes an entry. No batch up to the one that ends with base + \p relative
/// holds a later timestamp.
struct TimeEntry {
  TimestampMs timestamp = 0;
  int32_t relative = 0;
  bool operator==(const TimeEntry&) const = default;
};

/// Both indexes of a segment, as it grows. An entry each 4,096 bytes, as Kafka's
/// index.interval.bytes.
/// \see org.apache.kafka.storage.internals.log.LogSegment.append
class SegmentIndex {
 public:
  explicit SegmentIndex(Offset base) : base_(base) {}
  /// Notes a batch written at \p position.
  void OnBatch(const BatchHeader& header, uint64_t position);
  /// The last entry of the time index, written when the segment is closed.
  void OnClose();

  /// Where to start reading for offset \p from: the start of a batch at or before it.
  uint64_t PositionBefore(Offset from) const;
  /// Where to start looking for a timestamp of at least \p at.
  uint64_t PositionBefore(TimestampMs at) const;
  /// The greatest timestamp; -1 of an empty segment.
  TimestampMs max_timestamp() const { return max_timestamp_; }

  std::string EncodeOffsets() const;
  std::string EncodeTimes() const;
  /// From the files of a closed segment of \p size bytes; none if they cannot be right.
  static std::optional<SegmentIndex> Decode(Offset base, uint64_t size, std::string_view offsets,
                                            std::string_view times);
  const std::vector<OffsetEntry>& offsets() const { return offsets_; }
  const std::vector<TimeEntry>& times() const { return times_; }

 private:
  Offset base_;
  std::vector<OffsetEntry> offsets_;
  std::vector<TimeEntry> times_;
  uint64_t since_entry_ = 0;
  TimestampMs max_timestamp_ = -1;
  int32_t max_timestamp_relative_ = 0;
};

/// `%020d` of the base offset, without a suffix.
std::string SegmentName(Offset base);
/// The base offset of `%020d<suffix>`; none if \p name is not such a name.
std::optional<Offset> SegmentBase(std::string_view name, std::string_view suffix);

}  // namespace pinlake
