// The event log of this program's own: a directory, written by one process at a time.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/disk.h"
#include "base/rng.h"
#include "log/activity.h"
#include "log/embedded/embedded_log_options.h"
#include "log/embedded/group_offset_record.h"
#include "log/embedded/log_metadata.h"
#include "log/embedded/partition_log.h"
#include "log/event_log.h"
#include "log/local_groups.h"
#include "log/sticky_partitioner.h"
#include "log/topic_rules.h"

namespace pinlake {

/// Records lie in segments of Kafka's format (docs/log-format.md); committed offsets are records
/// too. Appends and commits wait in memory; a writer thread takes what waits in rounds: one write
/// and one fdatasync a topic partition, then all of the round are answered. Without threads
/// (options.threads) the caller's Step() is the writer, and a wait for nothing else.
///
/// Fail-stop: after a failed sync, or a failed write that is not for lack of space, Ready() says
/// so and every append and commit is refused until the process opens the log anew.
class EmbeddedLog final : public EventLog, private GroupHost {
 public:
  /// Takes the directory's lock and recovers what is there.
  /// kConflict: another process writes it, named. kCorruption names file and position.
  static Result<std::unique_ptr<EmbeddedLog>> Open(EmbeddedLogOptions options, Disk& disk,
                                                   Clock& clock);
  ~EmbeddedLog() override;

  Result<TopicInfo> CreateTopic(const TopicSpec& spec) override;
  Status DeleteTopic(const TopicName& topic) override;
  Status AddPartitions(const TopicName& topic, int32_t partitions) override;
  Status AlterTopic(const TopicName& topic,
                    const std::map<std::string, std::optional<std::string>>& configs) override;
  Result<std::vector<TopicName>> ListTopics() override;
  Result<TopicInfo> DescribeTopic(const TopicName& topic) override;
  Status PutTopicFact(const TopicName& topic, const std::string& key,
                      const std::string& value) override;
  Result<std::map<std::string, std::string>> TopicFacts(const TopicName& topic) override;
  /// Creating the topic, if that is to be, waits for the disk.
  void Append(const TopicName& topic, RecordBatch batch, AppendDone done) override;
  Result<RecordSet> Read(const TopicPartition& tp, Offset from, size_t bytes_max, Millis wait,
                         std::stop_token stop) override;
  Result<OffsetRange> Offsets(const TopicPartition& tp) override;
  Result<Offset> OffsetAt(const TopicPartition& tp, TimestampMs at) override;
  Result<std::unique_ptr<GroupConsumer>> Join(const GroupOptions& options) override;
  Result<std::vector<GroupName>> ListGroups() override { return groups_->List(); }
  Result<GroupInfo> DescribeGroup(const GroupName& group) override;
  Result<std::map<TopicPartition, CommittedOffset>> CommittedOffsets(
      const GroupName& group) override;
  Status SetCommittedOffsets(const GroupName& group,
                             const std::map<TopicPartition, CommittedOffset>& offsets) override;
  std::string ClusterId() override { return cluster_id_; }
  Status Ready() override;
  /// Also trims the segments to their records.
  void Close() override;

  /// One round of the writer: writes, syncs and answers what waits; retention when it is due. Only
  /// without threads. \return false if there was nothing to write.
  bool Step();
  /// Ends retired segments now, whatever the time of the next check.
  Status ApplyRetention();

 private:
  struct Topic {
    LogMetadata::Topic meta;
    TopicConfigs in_force;
    PartitionLimits limits;
    size_t record_bytes_max = 0;
    std::vector<std::shared_ptr<PartitionLog>> partitions;
    std::mutex choosing;  // of the partitioner
    StickyPartitioner partitioner;
  };
  using TopicPtr = std::shared_ptr<Topic>;
  using Partitions = std::vector<std::shared_ptr<PartitionLog>>;
  // A batch that left the writer: what became of it.
  struct Finished {
    PendingBatch batch;
    Offset base;
    Status status;
    std::shared_ptr<PartitionLog> partition;
  };

  EmbeddedLog(EmbeddedLogOptions options, Disk& disk, Clock& clock);
  Status OpenAll();
  Status LoadMetadata();
  Status OpenOffsets();
  Status PurgeDeleted();
  void StartWriter();

  // Topics.
  Path DirectoryOf(const TopicName& topic, int32_t partition) const;
  Status SaveMetadata(const LogMetadata& metadata);
  Result<Partitions> OpenPartitions(const TopicName& topic, int32_t from, int32_t to, bool make);
  void Configure(Topic& topic) const;
  Result<TopicPtr> FindTopic(const TopicName& topic);
  Result<std::shared_ptr<PartitionLog>> FindPartition(const TopicPartition& tp);
  TopicInfo InfoOf(const TopicName& name, const Topic& topic) const;
  Status RemoveDirectories(const TopicName& topic, int32_t partitions);

  // Appends.
  Status MakeIfUnknown(const TopicName& name);
  Status CheckAppend(const Topic* topic, const TopicName& name) const;
  void Enqueue(Topic& topic, const RecordBatch& batch, const std::shared_ptr<AppendTicket>& ticket);
  void Schedule(const std::shared_ptr<PartitionLog>& partition);
  Status Refusal() const;

  // The writer; all under io_mutex_.
  Partitions TakeWork();
  void Round(const Partitions& work, std::vector<Finished>& finished);
  void WriteOne(PartitionLog& partition, Status& status);
  void FinishOne(const std::shared_ptr<PartitionLog>& partition, const Status& status,
                 std::vector<Finished>& finished);
  void FailAllOf(PartitionLog& partition, const Error& error, std::vector<Finished>& finished);
  void FailStop(const Error& error);
  Status CompactOffsets();
  void NoteDurableOffsets(const PendingBatch& batch);
  PartitionLimits LimitsOf(const PartitionLog& partition) const;
  void RetainIfDue();
  void Answer(std::vector<Finished> finished);
  void WriterLoop(std::stop_token stop);

  // GroupHost.
  Clock& clock() override { return clock_; }
  std::map<TopicName, int32_t> PartitionCounts() override;
  Result<RecordSet> ReadNow(const TopicPartition& tp, Offset from, size_t bytes_max) override;
  Result<OffsetRange> OffsetsNow(const TopicPartition& tp) override { return Offsets(tp); }
  OffsetsStored StoreOffsets(
      const GroupName& group,
      const std::map<TopicPartition, std::optional<CommittedOffset>>& offsets) override;
  uint64_t Activity() override { return activity_.count(); }
  void NoteActivity() override { activity_.Note(); }
  void AwaitActivity(uint64_t seen, Millis wait) override { Await(seen, wait, {}); }
  void Await(uint64_t seen, Millis wait, std::stop_token stop);

  const EmbeddedLogOptions options_;
  Disk& disk_;
  Clock& clock_;
  Rng rng_;
  TopicRules rules_;
  std::unique_ptr<FileLock> lock_;

  // Taken in this order. admin: changes of topics, one at a time. io: the files. topics: the map.
  std::mutex admin_mutex_;
  std::mutex io_mutex_;
  mutable std::shared_mutex topics_mutex_;
  LogMetadata metadata_;    // io
  std::string cluster_id_;  // from opening on
  std::map<TopicName, TopicPtr> topics_;
  bool closed_ = false;
  std::shared_ptr<PartitionLog> offsets_;
  AllOffsets durable_offsets_;  // what the offsets' log says so far; io
  Micros next_retention_{};

  std::mutex work_mutex_;
  std::condition_variable_any work_there_;
  Partitions work_;
  std::atomic<int64_t> waiting_bytes_{0};

  mutable std::mutex state_mutex_;
  std::optional<Error> failed_;
  std::atomic<bool> out_of_space_{false};

  pinlake::Activity activity_;
  std::unique_ptr<LocalGroups> groups_;
  std::atomic<bool> has_writer_{false};  // from opening on
  std::jthread writer_;
};

}  // namespace pinlake
