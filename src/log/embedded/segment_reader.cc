#include "log/embedded/segment_reader.h"

#include <algorithm>

#include "log/embedded/record_batch.h"
#include "log/embedded/segment_scan.h"

namespace pinlake {
namespace {

constexpr size_t kReadBytesMin = 64 << 10;
constexpr size_t kReadBytesMax = 8 << 20;

// What the views of a RecordSet point into.
struct ReadBlock {
  std::unique_ptr<char[]> bytes;
  std::vector<HeaderView> headers;
};

}  // namespace

void SegmentReader::AddClosed(Offset base, uint64_t size, TimestampMs max_timestamp) {
  const std::lock_guard lock(mutex_);
  if (segments_.empty()) low_ = base;
  segments_[base] = {base, size, max_timestamp};
}

void SegmentReader::BeginActive(Offset base) { SetActive(base, SegmentIndex(base), 0, base); }

void SegmentReader::SetActive(Offset base, SegmentIndex index, uint64_t size, Offset end) {
  const std::lock_guard lock(mutex_);
  if (segments_.empty()) low_ = base;
  segments_[base] = {base, size, index.max_timestamp()};
  active_index_ = std::move(index);
  active_file_.reset();
  end_ = end;
}

void SegmentReader::SetActiveUnindexed(Offset base, uint64_t size, Offset end) {
  const std::lock_guard lock(mutex_);
  if (segments_.empty()) low_ = base;
  // Any timestamp may be in it.
  segments_[base] = {base, size, INT64_MAX};
  active_index_.reset();
  end_ = end;
}

void SegmentReader::Publish(const BatchHeader& header, uint64_t position) {
  const std::lock_guard lock(mutex_);
  Segment& active = segments_.rbegin()->second;
  active_index_->OnBatch(header, position);
  active.size = position + header.bytes;
  active.max_timestamp = active_index_->max_timestamp();
  end_ = header.next();
}

void SegmentReader::ExtendActive(uint64_t size, Offset end) {
  const std::lock_guard lock(mutex_);
  if (segments_.empty()) return;
  segments_.rbegin()->second.size = size;
  end_ = end;
}

void SegmentReader::SetLow(Offset low) {
  const std::lock_guard lock(mutex_);
  low_ = std::max(low_, low);
  while (segments_.size() > 1 && std::next(segments_.begin())->first <= low) {
    segments_.erase(segments_.begin());
  }
}

SegmentIndex SegmentReader::active_index() const {
  const std::lock_guard lock(mutex_);
  CHECK(active_index_.has_value(), "only a writer asks, and it has an active segment");
  return *active_index_;
}

OffsetRange SegmentReader::offsets() const {
  const std::lock_guard lock(mutex_);
  return {low_, end_};
}

std::vector<SegmentReader::Segment> SegmentReader::segments() const {
  const std::lock_guard lock(mutex_);
  std::vector<Segment> all;
  for (const auto& [base, segment] : segments_) all.push_back(segment);
  return all;
}

Result<std::shared_ptr<const ReadFile>> SegmentReader::OpenFile(Offset base) const {
  ASSIGN_OR_RETURN(auto file, disk_.OpenRead(Join(directory_, SegmentName(base) + ".log")));
  return std::shared_ptr<const ReadFile>(std::move(file));
}

Result<SegmentReader::Opened> SegmentReader::Open(const Segment& segment) const {
  const bool active = segment.base == segments_.rbegin()->first;
  auto& slot = active ? active_file_ : opened_;
  if (!slot || slot->base != segment.base) {
    ASSIGN_OR_RETURN(auto file, OpenFile(segment.base));
    slot = Opened{segment.base, std::move(file), nullptr};
  }
  if (!active && slot->index == nullptr) {
    ASSIGN_OR_RETURN(SegmentIndex index,
                     LoadSegmentIndex(disk_, Join(directory_, SegmentName(segment.base)),
                                      segment.base, segment.size));
    slot->index = std::make_shared<const SegmentIndex>(std::move(index));
  }
  return *slot;
}

Result<SegmentReader::Place> SegmentReader::Find(Offset from) const {
  auto it = segments_.upper_bound(from);
  CHECK(it != segments_.begin(), "the first segment begins at or before the low watermark");
  const Segment& segment = std::prev(it)->second;
  const auto hint = std::find_if(hints_.begin(), hints_.end(), [&](const Hint& h) {
    return h.next == from && h.base == segment.base;
  });
  ASSIGN_OR_RETURN(const Opened opened, Open(segment));
  Place place{segment.base, 0, segment.size, opened.file};
  if (hint != hints_.end()) {
    place.position = hint->position;
  } else if (opened.index != nullptr) {
    place.position = opened.index->PositionBefore(from);
  } else if (active_index_) {
    place.position = active_index_->PositionBefore(from);
  }
  return place;
}

void SegmentReader::Remember(const Hint& hint) const {
  const std::lock_guard lock(mutex_);
  if (hints_.size() < kHintsMax) {
    hints_.push_back(hint);
    return;
  }
  hints_[next_hint_] = hint;
  next_hint_ = (next_hint_ + 1) % kHintsMax;
}

Error SegmentReader::Damaged(const Error& error, const Place& place, uint64_t position) const {
  return error.In(
      fmt::format("{}/{}.log at byte {}", directory_, SegmentName(place.base), position));
}

Result<RecordSet> SegmentReader::Read(Offset from, size_t bytes_max) const {
  Place place;
  {
    const std::lock_guard lock(mutex_);
    if (from < low_ || from > end_) {
      return Fail(ErrorKind::kInvalidArgument, "read {} from {}: the log holds [{}, {}]", name_,
                  from.value(), low_.value(), end_.value());
    }
    if (from == end_) return RecordSet{.records = {}, .next = from, .owner = {}};
    ASSIGN_OR_RETURN(place, Find(from));
  }
  auto block = std::make_shared<ReadBlock>();
  DecodedRecords decoded;
  Offset next = from;
  size_t chunk = std::clamp(bytes_max + bytes_max / 4, kReadBytesMin, kReadBytesMax);
  size_t taken = 0;
  while (decoded.records.empty() && place.position < place.size) {
    const auto size = static_cast<size_t>(std::min<uint64_t>(chunk, place.size - place.position));
    block->bytes = std::make_unique_for_overwrite<char[]>(size);
    ASSIGN_OR_RETURN(const size_t got,
                     place.file->ReadAt(place.position, block->bytes.get(), size));
    std::string_view bytes(block->bytes.get(), got);
    const uint64_t began = place.position;
    const size_t fetched = chunk;
    if (got < size) {
      return Fail(Damaged(Error(ErrorKind::kCorruption, "the file ends before its records do"),
                          place, place.position + got));
    }
    while (bytes.size() >= kBatchHeaderBytes && taken < bytes_max) {
      const auto peeked = PeekBatch(bytes);
      if (!peeked) return Fail(Damaged(peeked.error(), place, place.position));
      if (peeked->bytes > bytes.size()) {
        if (peeked->bytes > place.size - place.position) {
          return Fail(Damaged(Error(ErrorKind::kCorruption, "a batch runs over the end"), place,
                              place.position));
        }
        break;
      }
      if (peeked->next() > from) {
        const auto header = CheckBatch(bytes);
        if (!header) return Fail(Damaged(header.error(), place, place.position));
        auto after = DecodeBatch(bytes, *header, from, bytes_max - taken, decoded);
        if (!after) return Fail(Damaged(after.error(), place, place.position));
        taken += header->bytes;
        next = *after;
        if (next < header->next()) break;  // the rest of this batch belongs to the next read
      }
      place.position += peeked->bytes;
      bytes.remove_prefix(peeked->bytes);
    }
    // A batch larger than what was fetched: the next round fetches all of it.
    if (bytes.size() >= kBatchHeaderBytes) {
      if (const auto peeked = PeekBatch(bytes)) chunk = std::max<size_t>(chunk, peeked->bytes);
    }
    if (place.position == began && decoded.records.empty() && chunk == fetched) {
      return Fail(Damaged(Error(ErrorKind::kCorruption, "no batch fits here"), place, began));
    }
  }
  Remember({next, place.base, place.position});
  decoded.BindHeaders();
  block->headers = std::move(decoded.headers);
  return RecordSet{.records = std::move(decoded.records), .next = next, .owner = std::move(block)};
}

Result<Offset> SegmentReader::OffsetAt(TimestampMs at) const {
  Place place;
  Offset end;
  {
    const std::lock_guard lock(mutex_);
    end = end_;
    const auto it = std::find_if(segments_.begin(), segments_.end(), [&](const auto& entry) {
      // Without records there may be no file yet.
      return entry.second.size > 0 && entry.second.max_timestamp >= at;
    });
    if (it == segments_.end()) return end;
    ASSIGN_OR_RETURN(const Opened opened, Open(it->second));
    const SegmentIndex* index = opened.index    ? opened.index.get()
                                : active_index_ ? &*active_index_
                                                : nullptr;
    place = {it->first, index == nullptr ? 0 : index->PositionBefore(at), it->second.size,
             opened.file};
  }
  while (place.position < place.size) {
    ASSIGN_OR_RETURN(const std::string head, place.file->ReadAt(place.position, kBatchHeaderBytes));
    const auto peeked = PeekBatch(head);
    if (!peeked) return Fail(Damaged(peeked.error(), place, place.position));
    if (peeked->max_timestamp >= at) {
      ASSIGN_OR_RETURN(const std::string batch, place.file->ReadAt(place.position, peeked->bytes));
      const auto header = CheckBatch(batch);
      if (!header) return Fail(Damaged(header.error(), place, place.position));
      DecodedRecords decoded;
      const auto after = DecodeBatch(batch, *header, header->base, SIZE_MAX, decoded);
      if (!after) return Fail(Damaged(after.error(), place, place.position));
      const Offset low = offsets().low;
      for (const auto& record : decoded.records) {
        if (record.timestamp >= at && record.offset >= low) return record.offset;
      }
    }
    place.position += peeked->bytes;
  }
  return end;
}

Result<SegmentIndex> LoadSegmentIndex(Disk& disk, const Path& stem, Offset base, uint64_t size) {
  const auto offsets = disk.ReadAll(stem + ".index");
  const auto times = disk.ReadAll(stem + ".timeindex");
  if (offsets && times) {
    if (auto index = SegmentIndex::Decode(base, size, *offsets, *times)) return *std::move(index);
  }
  ASSIGN_OR_RETURN(const auto file, disk.OpenRead(stem + ".log"));
  ASSIGN_OR_RETURN(SegmentScan scan, ScanSegment(*file, base, 0, base, size));
  if (scan.position < size) {
    return Fail(ErrorKind::kCorruption, "{}.log at byte {}: {}", stem, scan.position,
                scan.stopped_by.empty() ? "zeros where records were" : scan.stopped_by);
  }
  scan.index.OnClose();
  return std::move(scan.index);
}

}  // namespace pinlake
