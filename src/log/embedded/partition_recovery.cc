// Opening a topic partition after whatever happened to it. docs/log-format.md has the rules.
#include <algorithm>

#include "log/embedded/partition_log.h"
#include "log/embedded/segment_scan.h"
#include "observe/log.h"

namespace pinlake {
namespace {

// Base offsets of the segments, in order; leftovers of removed ones are cleared away.
Result<std::vector<Offset>> FindSegments(Disk& disk, const Path& directory) {
  ASSIGN_OR_RETURN(const auto entries, disk.List(directory));
  std::vector<Offset> bases, others;
  for (const auto& entry : entries) {
    if (const auto base = SegmentBase(entry.name, kLogSuffix)) bases.push_back(*base);
  }
  std::sort(bases.begin(), bases.end());
  for (const auto& entry : entries) {
    for (const auto suffix : {kIndexSuffix, kTimeIndexSuffix}) {
      const auto base = SegmentBase(entry.name, suffix);
      if (base && !std::binary_search(bases.begin(), bases.end(), *base)) {
        RETURN_IF_ERROR(disk.Remove(Join(directory, entry.name)));
      }
    }
  }
  return bases;
}

// Checks that a closed segment ends where the next one begins; from its last index entry on.
Result<SegmentIndex> CheckClosed(Disk& disk, const Path& stem, Offset base, Offset next_base,
                                 bool& rebuilt) {
  ASSIGN_OR_RETURN(const auto file, disk.OpenRead(stem + ".log"));
  ASSIGN_OR_RETURN(const uint64_t size, file->Size());
  const auto offsets = disk.ReadAll(stem + ".index");
  const auto times = disk.ReadAll(stem + ".timeindex");
  std::optional<SegmentIndex> index;
  if (offsets && times) index = SegmentIndex::Decode(base, size, *offsets, *times);
  if (index) {
    const auto& entries = index->offsets();
    const uint64_t start = entries.empty() ? 0 : static_cast<uint64_t>(entries.back().position);
    ASSIGN_OR_RETURN(const std::string head, file->ReadAt(start, kBatchHeaderBytes));
    const auto header = PeekBatch(head);
    if (header && (entries.empty() ? header->base == base
                                   : header->last() == base + entries.back().relative)) {
      ASSIGN_OR_RETURN(const SegmentScan tail, ScanSegment(*file, base, start, header->base, size));
      if (tail.position == size && tail.next == next_base) return *std::move(index);
    }
  }
  // Its index is missing or wrong, or it is damaged: all of it is read.
  ASSIGN_OR_RETURN(SegmentScan scan, ScanSegment(*file, base, 0, base, size));
  if (scan.position != size || scan.next != next_base) {
    return Fail(ErrorKind::kCorruption,
                "{}.log at byte {} (offset {}): {}; the next segment begins at offset {}", stem,
                scan.position, scan.next.value(),
                scan.stopped_by.empty() ? "the records end" : scan.stopped_by, next_base.value());
  }
  scan.index.OnClose();
  rebuilt = true;
  return std::move(scan.index);
}

}  // namespace

Result<std::shared_ptr<PartitionLog>> PartitionLog::Open(Disk& disk, Path directory,
                                                         TopicPartition tp) {
  std::shared_ptr<PartitionLog> log(new PartitionLog(disk, std::move(directory), std::move(tp)));
  if (auto status = log->Recover(); !status) {
    return Fail(std::move(status).error().In("recover " + ToString(log->tp())));
  }
  return log;
}

Status PartitionLog::Recover() {
  ASSIGN_OR_RETURN(const std::vector<Offset> bases, FindSegments(disk_, directory_));
  const Path mark_path = Join(directory_, kSyncedMarkFile);
  std::optional<SyncedMark> mark;
  if (const auto bytes = disk_.ReadAll(mark_path)) mark = DecodeSyncedMark(*bytes);
  ASSIGN_OR_RETURN(mark_file_, disk_.OpenWrite(mark_path));
  if (mark && mark->end > Offset(0) && (bases.empty() || bases.back() < mark->segment)) {
    return Fail(ErrorKind::kCorruption, "{} is missing, and it holds records up to offset {}",
                PathOf(mark->segment, kLogSuffix), mark->end.value());
  }
  for (size_t i = 0; i + 1 < bases.size(); ++i) {
    const Path stem = PathOf(bases[i], "");
    bool rebuilt = false;
    ASSIGN_OR_RETURN(const SegmentIndex index,
                     CheckClosed(disk_, stem, bases[i], bases[i + 1], rebuilt));
    ASSIGN_OR_RETURN(const auto file, disk_.OpenRead(stem + ".log"));
    ASSIGN_OR_RETURN(const uint64_t size, file->Size());
    if (rebuilt) {
      LogWarn("Index rebuilt.", F("segment", stem));
      RETURN_IF_ERROR(WriteIndexes(bases[i], index));
    }
    reader_.AddClosed(bases[i], size, index.max_timestamp());
  }
  if (!bases.empty()) RETURN_IF_ERROR(RecoverActive(bases.back(), mark));
  if (mark) reader_.SetLow(std::min(mark->low, next_));
  return WriteMark();
}

Status PartitionLog::RecoverActive(Offset base, const std::optional<SyncedMark>& mark) {
  const Path path = PathOf(base, kLogSuffix);
  ASSIGN_OR_RETURN(const auto file, disk_.OpenRead(path));
  ASSIGN_OR_RETURN(const uint64_t size, file->Size());
  ASSIGN_OR_RETURN(SegmentScan scan, ScanSegment(*file, base, 0, base, size));
  const std::string_view why =
      scan.stopped_by.empty() ? "nothing is there" : std::string_view(scan.stopped_by);
  if (mark && mark->segment == base && scan.position < mark->position) {
    return Fail(ErrorKind::kCorruption,
                "{} at byte {} (offset {}): {}; records were synced up to byte {} (offset {})",
                path, scan.position, scan.next.value(), why, mark->position, mark->end.value());
  }
  if (!scan.stopped_by.empty()) {
    ASSIGN_OR_RETURN(const auto later, FindLaterBatch(*file, scan.position + 1, size, scan.next));
    if (later) {
      return Fail(ErrorKind::kCorruption,
                  "{} at byte {} (offset {}): {}; a later batch at byte {} is whole", path,
                  scan.position, scan.next.value(), why, *later);
    }
    LogWarn("Tail cut that was never acknowledged.", F("segment", path),
            F("position", scan.position), F("offset", scan.next.value()), F("found", why));
  }
  ASSIGN_OR_RETURN(file_, disk_.OpenWrite(path));
  RETURN_IF_ERROR(file_->Truncate(scan.position));
  RETURN_IF_ERROR(file_->Sync());
  RETURN_IF_ERROR(disk_.SyncDirectory(directory_));
  base_ = base;
  next_ = scan.next;
  written_ = reserved_ = scan.position;
  reader_.SetActive(base, std::move(scan.index), scan.position, scan.next);
  return {};
}

}  // namespace pinlake
