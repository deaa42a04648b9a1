#include "log/embedded/partition_log.h"

#include <algorithm>

#include "log/embedded/segment_scan.h"

namespace pinlake {
namespace {

// Space is reserved in steps that double, so that a small topic stays small on disk.
constexpr uint64_t kReserveBytesMin = 1 << 20;
constexpr uint64_t kReserveBytesMax = 64 << 20;
constexpr size_t kSpareBytesMax = 256 << 10;

// Where going on is no choice, whatever the kind of the error.
Status OrStop(Status status) {
  if (status || status.error().kind() != ErrorKind::kOutOfSpace) return status;
  return Fail(ErrorKind::kUnavailable, "{}", status.error().message());
}

}  // namespace

PartitionLog::PartitionLog(Disk& disk, Path directory, TopicPartition tp)
    : disk_(disk),
      directory_(std::move(directory)),
      tp_(std::move(tp)),
      reader_(disk_, directory_, ToString(tp_)) {}

Path PartitionLog::PathOf(Offset base, std::string_view suffix) const {
  return Join(directory_, SegmentName(base).append(suffix));
}

size_t PartitionLog::Enqueue(const RecordBatch& batch, std::span<const uint32_t> records,
                             TimestampMs now, const std::shared_ptr<AppendTicket>& ticket) {
  const std::lock_guard lock(mutex_);
  size_t added = 0;
  for (size_t i = 0; i < records.size();) {
    if (pending_.empty() || pending_.back().builder.bytes() >= kBatchBytesMax) {
      pending_.push_back(spare_ ? *std::exchange(spare_, std::nullopt) : PendingBatch());
    }
    PendingBatch& open = pending_.back();
    const size_t before = open.builder.bytes();
    const int32_t first = open.builder.count();
    ticket->AddPart();
    for (; i < records.size() && open.builder.bytes() < kBatchBytesMax; ++i) {
      const NewRecord& record = batch.records[records[i]];
      const TimestampMs timestamp = record.timestamp.value_or(now);
      ticket->at(records[i]) = Appended{tp_.partition, Offset(), timestamp};
      open.builder.Add(record, timestamp);
      open.records.push_back(records[i]);
    }
    open.runs.push_back({ticket, first, open.builder.count() - first});
    added += open.builder.bytes() - before;
  }
  return added;
}

bool PartitionLog::Take() {
  const std::lock_guard lock(mutex_);
  if (in_hand_ || pending_.empty()) return in_hand_.has_value();
  in_hand_ = std::move(pending_.front());
  pending_.pop_front();
  return true;
}

void PartitionLog::Recycle(PendingBatch batch) {
  // Fresh memory costs more than encoding into it; much of it is not kept idle.
  if (batch.builder.bytes() > kSpareBytesMax) return;
  batch.builder.Clear();
  batch.runs.clear();
  batch.records.clear();
  const std::lock_guard lock(mutex_);
  spare_ = std::move(batch);
}

bool PartitionLog::has_pending() const {
  const std::lock_guard lock(mutex_);
  return !pending_.empty();
}

std::vector<PendingBatch> PartitionLog::TakeAll() {
  const std::lock_guard lock(mutex_);
  std::vector<PendingBatch> all;
  if (in_hand_) all.push_back(*std::exchange(in_hand_, std::nullopt));
  for (auto& batch : pending_) all.push_back(std::move(batch));
  pending_.clear();
  return all;
}

Status PartitionLog::Write(const PartitionLimits& limits, TimestampMs now) {
  in_hand_bytes_ = in_hand_->builder.Finish(next_);
  const bool full = written_ > 0 && (written_ + in_hand_bytes_.size() >
                                         static_cast<uint64_t>(limits.segment_bytes) ||
                                     next_ + in_hand_->builder.count() - base_ > INT32_MAX ||
                                     (limits.segment_ms > 0 && now - began_ >= limits.segment_ms));
  if (full) {
    RETURN_IF_ERROR(Roll());
  } else if (file_ == nullptr) {
    RETURN_IF_ERROR(BeginSegment(next_));
  }
  RETURN_IF_ERROR(Reserve(in_hand_bytes_.size()));
  if (written_ == 0) began_ = now;
  if (auto status = file_->WriteAt(written_, in_hand_bytes_); !status) {
    if (status.error().kind() != ErrorKind::kOutOfSpace) return status;
    // What is there of the batch must not stand behind a shorter one later.
    RETURN_IF_ERROR(OrStop(file_->Truncate(written_)));
    reserved_ = written_;
    return status;
  }
  ASSIGN_OR_RETURN(written_header_, PeekBatch(in_hand_bytes_));
  return {};
}

Status PartitionLog::Reserve(uint64_t bytes) {
  if (written_ + bytes <= reserved_) return {};
  const uint64_t step = std::clamp(reserved_, kReserveBytesMin, kReserveBytesMax);
  for (const uint64_t wanted : {std::max(reserved_ + step, written_ + bytes), written_ + bytes}) {
    const Status status = file_->Preallocate(wanted);
    if (status) {
      reserved_ = wanted;
      return {};
    }
    if (status.error().kind() != ErrorKind::kOutOfSpace || wanted == written_ + bytes) {
      return status;
    }
  }
  return {};
}

Status PartitionLog::Sync() { return file_->Sync(); }

Status PartitionLog::Publish() {
  reader_.Publish(*written_header_, written_);
  written_ += written_header_->bytes;
  next_ = written_header_->next();
  written_header_.reset();
  return WriteMark();
}

std::pair<PendingBatch, Offset> PartitionLog::Finish() {
  const Offset base = next_ + -in_hand_->builder.count();
  in_hand_bytes_ = {};
  return {*std::exchange(in_hand_, std::nullopt), base};
}

Status PartitionLog::WriteMark() {
  const OffsetRange range = reader_.offsets();
  const Status written = mark_file_->WriteAt(
      0, EncodeSyncedMark(
             {.low = range.low, .end = range.end, .segment = base_, .position = written_}));
  // A mark may lag; the next one says it.
  if (!written && written.error().kind() == ErrorKind::kOutOfSpace) return {};
  return written;
}

Status PartitionLog::BeginSegment(Offset base) {
  ASSIGN_OR_RETURN(auto file, disk_.OpenWrite(PathOf(base, kLogSuffix)));
  RETURN_IF_ERROR(OrStop(disk_.SyncDirectory(directory_)));
  file_ = std::move(file);
  base_ = base;
  written_ = reserved_ = 0;
  reader_.BeginActive(base);
  return {};
}

Status PartitionLog::WriteIndexes(Offset base, const SegmentIndex& index) {
  for (const auto& [suffix, bytes] :
       {std::pair{kIndexSuffix, index.EncodeOffsets()}, {kTimeIndexSuffix, index.EncodeTimes()}}) {
    ASSIGN_OR_RETURN(const auto file, disk_.OpenWrite(PathOf(base, suffix)));
    RETURN_IF_ERROR(file->Truncate(0));
    RETURN_IF_ERROR(file->WriteAt(0, bytes));
    RETURN_IF_ERROR(file->Sync());
  }
  return {};
}

Status PartitionLog::Roll() {
  // The end first: a closed segment is never longer than its records.
  RETURN_IF_ERROR(OrStop(file_->Truncate(written_)));
  reserved_ = written_;
  RETURN_IF_ERROR(OrStop(file_->Sync()));
  SegmentIndex index = reader_.active_index();
  index.OnClose();
  RETURN_IF_ERROR(WriteIndexes(base_, index));
  return BeginSegment(next_);
}

Status PartitionLog::RemoveBefore(Offset from) {
  for (const auto& segment : reader_.segments()) {
    if (segment.base >= from || segment.base == base_) break;
    const auto after = reader_.segments().at(1).base;
    if (after > from) break;
    reader_.SetLow(after);
    RETURN_IF_ERROR(WriteMark());
    // Oldest first and one by one, so that a crash leaves no hole.
    RETURN_IF_ERROR(disk_.Remove(PathOf(segment.base, kLogSuffix)));
    RETURN_IF_ERROR(disk_.SyncDirectory(directory_));
    for (const auto suffix : {kIndexSuffix, kTimeIndexSuffix}) {
      const Status removed = disk_.Remove(PathOf(segment.base, suffix));
      if (!removed && removed.error().kind() != ErrorKind::kNotFound) return removed;
    }
  }
  return {};
}

Status PartitionLog::Retain(const PartitionLimits& limits, TimestampMs now) {
  if (file_ == nullptr) return {};
  const auto segments = reader_.segments();
  uint64_t total = 0;
  for (const auto& segment : segments) total += segment.size;
  const auto ended = [&](const SegmentReader::Segment& segment) {
    if (limits.retention_ms >= 0 && segment.max_timestamp >= 0 &&
        segment.max_timestamp < now - limits.retention_ms)
      return true;
    return limits.retention_bytes >= 0 &&
           total >= static_cast<uint64_t>(limits.retention_bytes) + segment.size;
  };
  Offset low = segments.front().base;
  for (size_t i = 0; i < segments.size(); ++i) {
    if (segments[i].size == 0 || !ended(segments[i])) break;
    if (i + 1 == segments.size()) {
      if (written_header_ || limits.retention_ms < 0 ||
          segments[i].max_timestamp >= now - limits.retention_ms)
        break;
      RETURN_IF_ERROR(Roll());
      low = next_;
    } else {
      low = segments[i + 1].base;
    }
    total -= segments[i].size;
  }
  return low == segments.front().base ? Status{} : RemoveBefore(low);
}

Status PartitionLog::Close() {
  if (file_ != nullptr) {
    RETURN_IF_ERROR(file_->Truncate(written_));
    RETURN_IF_ERROR(file_->Sync());
    SegmentIndex index = reader_.active_index();
    index.OnClose();
    RETURN_IF_ERROR(WriteIndexes(base_, index));
    file_.reset();
  }
  RETURN_IF_ERROR(mark_file_->Sync());
  return disk_.SyncDirectory(directory_);
}

}  // namespace pinlake
