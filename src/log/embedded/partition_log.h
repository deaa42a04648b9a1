// One topic partition of the embedded log: what waits to be written, its segments, and reading
// them.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/result.h"
#include "log/embedded/append_ticket.h"
#include "log/embedded/record_batch.h"
#include "log/embedded/segment_index.h"
#include "log/embedded/segment_reader.h"
#include "log/embedded/synced_mark.h"
#include "log/event_log.h"

namespace pinlake {

/// Limits of a topic partition; from the topic's configs.
struct PartitionLimits {
  int64_t segment_bytes = 64 << 20;
  int64_t segment_ms = -1;
  int64_t retention_ms = -1;
  int64_t retention_bytes = -1;
};

/// Records encoded into one batch, and whose they are.
struct PendingBatch {
  struct Run {
    std::shared_ptr<AppendTicket> ticket;
    int32_t first_delta = 0;
    int32_t count = 0;
  };
  BatchBuilder builder;
  std::vector<Run> runs;
  std::vector<uint32_t> records;  ///< by offset delta: which record of its ticket
};

/// Appenders enqueue from any thread; one writer at a time takes, writes, syncs and publishes; any
/// thread reads what is published. A round writes at most one batch a partition: then a whole batch
/// proves that all before it were synced, which recovery relies on.
class PartitionLog {
 public:
  /// Records beyond this wait for the next round.
  static constexpr size_t kBatchBytesMax = 1 << 20;

  /// Opens what lies in \p directory and recovers it: indexes are rebuilt, a tail that was never
  /// synced is cut. kCorruption names the file and the position.
  static Result<std::shared_ptr<PartitionLog>> Open(Disk& disk, Path directory, TopicPartition tp);

  // Appenders.
  /// Adds the given records of \p batch. \return bytes that wait now for their sake.
  size_t Enqueue(const RecordBatch& batch, std::span<const uint32_t> records, TimestampMs now,
                 const std::shared_ptr<AppendTicket>& ticket);

  // The writer.
  /// Takes the next batch in hand. \return false if none waits.
  bool Take();
  /// Puts a batch of the writer's own in hand.
  void Give(PendingBatch batch) { in_hand_ = std::move(batch); }
  /// Writes the batch in hand; begins a new segment where it is due.
  /// kOutOfSpace: nothing is changed. Any other error: believe nothing since the last sync.
  Status Write(const PartitionLimits& limits, TimestampMs now);
  Status Sync();
  /// Makes what was synced visible to readers.
  Status Publish();
  /// The batch in hand with its base offset, to tell its owners.
  std::pair<PendingBatch, Offset> Finish();
  /// Takes back a batch whose owners were told, for its memory.
  void Recycle(PendingBatch batch);
  /// All that waits, unwritten: after a fail-stop or a delete.
  std::vector<PendingBatch> TakeAll();
  bool has_pending() const;
  /// Closes the active segment and begins the next.
  Status Roll();
  /// Removes closed segments that retention ended; the active one too, when all of it has ended.
  Status Retain(const PartitionLimits& limits, TimestampMs now);
  /// Removes all segments before that of offset \p from.
  Status RemoveBefore(Offset from);
  /// Trims the preallocation, writes the indexes.
  Status Close();
  /// Bytes of the active segment.
  uint64_t active_bytes() const { return written_; }

  // Readers.
  Result<RecordSet> Read(Offset from, size_t bytes_max) const {
    return reader_.Read(from, bytes_max);
  }
  Result<Offset> OffsetAt(TimestampMs at) const { return reader_.OffsetAt(at); }
  OffsetRange offsets() const { return reader_.offsets(); }
  const TopicPartition& tp() const { return tp_; }
  const Path& directory() const { return directory_; }

  // Of the one who owns the writer.
  bool queued = false;  ///< in the writer's list of partitions with work

 private:
  PartitionLog(Disk& disk, Path directory, TopicPartition tp);
  Status Recover();
  Status RecoverActive(Offset base, const std::optional<SyncedMark>& mark);
  Status BeginSegment(Offset base);
  Status Reserve(uint64_t bytes);
  Status WriteMark();
  Path PathOf(Offset base, std::string_view suffix) const;
  Status WriteIndexes(Offset base, const SegmentIndex& index);

  Disk& disk_;
  const Path directory_;
  const TopicPartition tp_;

  mutable std::mutex mutex_;  // of what waits
  std::deque<PendingBatch> pending_;
  std::optional<PendingBatch> spare_;

  // The writer's own.
  std::optional<PendingBatch> in_hand_;
  std::string_view in_hand_bytes_;
  std::optional<BatchHeader> written_header_;
  std::unique_ptr<WriteFile> file_;
  std::unique_ptr<WriteFile> mark_file_;
  Offset base_, next_;
  uint64_t written_ = 0;   // bytes of the active segment that count
  uint64_t reserved_ = 0;  // bytes of it that have space
  TimestampMs began_ = 0;  // when its first batch was written

  SegmentReader reader_;
};

/// Suffixes of a segment's files.
inline constexpr std::string_view kLogSuffix = ".log";
inline constexpr std::string_view kIndexSuffix = ".index";
inline constexpr std::string_view kTimeIndexSuffix = ".timeindex";

}  // namespace pinlake
