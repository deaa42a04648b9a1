#include "log/embedded/segment_index.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "log/embedded/big_endian.h"

namespace pinlake {
namespace {

constexpr uint64_t kIndexIntervalBytes = 4096;
constexpr size_t kOffsetEntryBytes = 8;
constexpr size_t kTimeEntryBytes = 12;
constexpr size_t kNameDigits = 20;

}  // namespace

void SegmentIndex::OnBatch(const BatchHeader& header, uint64_t position) {
  const auto relative = static_cast<int32_t>(header.last() - base_);
  if (header.max_timestamp > max_timestamp_) {
    max_timestamp_ = header.max_timestamp;
    max_timestamp_relative_ = relative;
  }
  if (since_entry_ > kIndexIntervalBytes) {
    offsets_.push_back({relative, static_cast<int32_t>(position)});
    OnClose();
    since_entry_ = 0;
  }
  since_entry_ += header.bytes;
}

void SegmentIndex::OnClose() {
  if (max_timestamp_ < 0) return;
  if (times_.empty() || times_.back().timestamp < max_timestamp_) {
    times_.push_back({max_timestamp_, max_timestamp_relative_});
  }
}

uint64_t SegmentIndex::PositionBefore(Offset from) const {
  const auto after =
      std::upper_bound(offsets_.begin(), offsets_.end(), from - base_,
                       [](int64_t relative, const auto& e) { return relative < e.relative; });
  return after == offsets_.begin() ? 0 : static_cast<uint64_t>(std::prev(after)->position);
}

uint64_t SegmentIndex::PositionBefore(TimestampMs at) const {
  const auto first =
      std::lower_bound(times_.begin(), times_.end(), at,
                       [](const auto& entry, TimestampMs t) { return entry.timestamp < t; });
  if (first == times_.begin()) return 0;
  return PositionBefore(base_ + std::prev(first)->relative);
}

std::string SegmentIndex::EncodeOffsets() const {
  std::string out;
  for (const auto& entry : offsets_) {
    AppendBigEndian(out, entry.relative);
    AppendBigEndian(out, entry.position);
  }
  return out;
}

std::string SegmentIndex::EncodeTimes() const {
  std::string out;
  for (const auto& entry : times_) {
    AppendBigEndian<int64_t>(out, entry.timestamp);
    AppendBigEndian(out, entry.relative);
  }
  return out;
}

std::optional<SegmentIndex> SegmentIndex::Decode(Offset base, uint64_t size,
                                                 std::string_view offsets, std::string_view times) {
  if (offsets.size() % kOffsetEntryBytes != 0 || times.size() % kTimeEntryBytes != 0) return {};
  // Every closed segment has a last time entry, unless no record has a timestamp.
  if (times.empty()) return {};
  SegmentIndex index(base);
  for (ByteReader reader(offsets); !reader.empty();) {
    const auto relative = reader.Number<int32_t>();
    const auto position = reader.Number<int32_t>();
    const OffsetEntry last = index.offsets_.empty() ? OffsetEntry{-1, 0} : index.offsets_.back();
    if (relative <= last.relative || position <= last.position ||
        static_cast<uint64_t>(position) >= size)
      return {};
    index.offsets_.push_back({relative, position});
  }
  for (ByteReader reader(times); !reader.empty();) {
    const auto timestamp = reader.Number<int64_t>();
    const auto relative = reader.Number<int32_t>();
    const TimeEntry last = index.times_.empty() ? TimeEntry{-1, -1} : index.times_.back();
    if (timestamp <= last.timestamp || relative <= last.relative) return {};
    index.times_.push_back({timestamp, relative});
  }
  index.max_timestamp_ = index.times_.back().timestamp;
  index.max_timestamp_relative_ = index.times_.back().relative;
  return index;
}

std::string SegmentName(Offset base) { return fmt::format("{:020}", base.value()); }

std::optional<Offset> SegmentBase(std::string_view name, std::string_view suffix) {
  if (name.size() != kNameDigits + suffix.size() || !name.ends_with(suffix)) return {};
  int64_t value = 0;
  const char* end = name.data() + kNameDigits;
  const auto [stop, error] = std::from_chars(name.data(), end, value);
  if (error != std::errc() || stop != end || value < 0) return {};
  return Offset(value);
}

}  // namespace pinlake
