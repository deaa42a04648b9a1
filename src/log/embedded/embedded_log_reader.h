// Reads the directory of an embedded log that another process may be writing.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/disk.h"
#include "log/embedded/group_offset_record.h"
#include "log/embedded/log_metadata.h"
#include "log/embedded/segment_reader.h"
#include "log/embedded/synced_mark.h"
#include "log/event_log.h"

namespace pinlake {

/// Takes no lock and writes nothing. Sees records up to the end that the writer synced last (its
/// mark, docs/log-format.md), never beyond. What changes the log is refused with kPermissionDenied,
/// and so is joining a group: members live in the writing process. Thread-safe.
class EmbeddedLogReader final : public EventLog {
 public:
  /// kNotFound: no log lies in \p dir. kCorruption, kUnsupported: its metadata.
  static Result<std::unique_ptr<EmbeddedLogReader>> Open(Path dir, Disk& disk, Clock& clock);

  Result<TopicInfo> CreateTopic(const TopicSpec& spec) override;
  Status DeleteTopic(const TopicName& topic) override;
  Status AddPartitions(const TopicName& topic, int32_t partitions) override;
  Status AlterTopic(const TopicName& topic,
                    const std::map<std::string, std::optional<std::string>>& configs) override;
  Result<std::vector<TopicName>> ListTopics() override;
  /// Configs are those that were set, over Kafka's defaults.
  Result<TopicInfo> DescribeTopic(const TopicName& topic) override;
  Status PutTopicFact(const TopicName& topic, const std::string& key,
                      const std::string& value) override;
  Result<std::map<std::string, std::string>> TopicFacts(const TopicName& topic) override;
  void Append(const TopicName& topic, RecordBatch batch, AppendDone done) override;
  /// A wait looks for a new end every few milliseconds.
  Result<RecordSet> Read(const TopicPartition& tp, Offset from, size_t bytes_max, Millis wait,
                         std::stop_token stop) override;
  Result<OffsetRange> Offsets(const TopicPartition& tp) override;
  Result<Offset> OffsetAt(const TopicPartition& tp, TimestampMs at) override;
  Result<std::unique_ptr<GroupConsumer>> Join(const GroupOptions& options) override;
  Result<std::vector<GroupName>> ListGroups() override;
  /// State "Unknown", no members.
  Result<GroupInfo> DescribeGroup(const GroupName& group) override;
  Result<std::map<TopicPartition, CommittedOffset>> CommittedOffsets(
      const GroupName& group) override;
  Status SetCommittedOffsets(const GroupName& group,
                             const std::map<TopicPartition, CommittedOffset>& offsets) override;
  std::string ClusterId() override { return cluster_id_; }
  Status Ready() override;
  void Close() override {}

 private:
  struct Partition {
    std::string topic_id;
    std::optional<SyncedMark> mark;
    std::shared_ptr<SegmentReader> segments;
  };

  EmbeddedLogReader(Path dir, Disk& disk, Clock& clock)
      : dir_(std::move(dir)), disk_(disk), clock_(clock) {}
  Status Refuse(std::string_view what) const;
  Result<LogMetadata> Metadata();
  Result<std::shared_ptr<SegmentReader>> Segments(const TopicPartition& tp);
  Result<std::shared_ptr<SegmentReader>> Refresh(const TopicPartition& tp,
                                                 const std::string& topic_id, bool anew);
  Result<std::optional<SyncedMark>> ReadMark(const Path& directory);
  Result<std::shared_ptr<SegmentReader>> Load(const TopicPartition& tp, const Path& directory,
                                              const std::optional<SyncedMark>& mark);
  void Forget(const TopicPartition& tp);
  Result<AllOffsets> ReadCommitted();

  const Path dir_;
  Disk& disk_;
  Clock& clock_;
  std::string cluster_id_;
  std::mutex mutex_;
  std::map<TopicPartition, Partition> partitions_;
};

}  // namespace pinlake
