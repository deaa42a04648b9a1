// The EventLog of tests: in memory, deterministic, and it fails, lags and revokes when told to.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "log/activity.h"
#include "log/event_log.h"
#include "log/local_groups.h"
#include "log/sticky_partitioner.h"
#include "log/topic_rules.h"

namespace pinlake {

struct FakeLogOptions {
  std::string cluster_id = "fake-cluster";
  /// Create a topic that is appended to, with one partition.
  bool auto_create = false;
  /// A record whose key, value and headers are larger is refused (kInvalidArgument).
  size_t record_bytes_max = 1 << 20;
  /// Waiting means advancing the clock by the whole span: for simulations on one thread. Otherwise
  /// threads may wait, in real time.
  bool single_thread = true;
};

/// Survives the crashes of those who use it: drop a consumer without Close and its session times
/// out by the clock. Thread-safe.
class FakeLog final : public EventLog, private GroupHost {
 public:
  explicit FakeLog(Clock& clock, FakeLogOptions options = {});
  ~FakeLog() override;

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
  void Append(const TopicName& topic, RecordBatch batch, AppendDone done) override;
  Result<RecordSet> Read(const TopicPartition& tp, Offset from, size_t bytes_max, Millis wait,
                         std::stop_token stop) override;
  Result<OffsetRange> Offsets(const TopicPartition& tp) override;
  Result<Offset> OffsetAt(const TopicPartition& tp, TimestampMs at) override;
  Result<std::unique_ptr<GroupConsumer>> Join(const GroupOptions& options) override;
  Result<std::vector<GroupName>> ListGroups() override { return groups_.List(); }
  Result<GroupInfo> DescribeGroup(const GroupName& group) override;
  Result<std::map<TopicPartition, CommittedOffset>> CommittedOffsets(
      const GroupName& group) override;
  Status SetCommittedOffsets(const GroupName& group,
                             const std::map<TopicPartition, CommittedOffset>& offsets) override;
  std::string ClusterId() override { return options_.cluster_id; }
  Status Ready() override;
  void Close() override;

  // What can be made to happen. Each failure is used up by one call.

  /// The next \p count appends fail with \p kind; \p applied: the records lie in the log all the
  /// same, as after a lost answer (kUnknownOutcome).
  void FailAppends(ErrorKind kind, int count = 1, bool applied = false);
  /// From now on answers to appends wait for ReleaseAppends; the records are visible at once.
  void HoldAppends();
  /// Gives the \p count oldest answers held back; all of them, and holds no more, without a count.
  void ReleaseAppends(std::optional<size_t> count = {});
  /// The next \p count commits fail with \p kind; \p applied: the offset is committed all the same.
  void FailCommits(ErrorKind kind, int count = 1, bool applied = false);
  /// The next \p count reads fail with \p kind, those of group members included.
  void FailReads(ErrorKind kind, int count = 1);
  /// Ready() answers \p status.
  void SetReady(Status status);
  /// The holder of \p tp in \p group is asked for it back.
  void ForceRevoke(const GroupName& group, const TopicPartition& tp);
  /// The holder of \p tp in \p group loses it at once.
  void ForceLose(const GroupName& group, const TopicPartition& tp);
  /// Retention: records before \p low are gone.
  void DropBefore(const TopicPartition& tp, Offset low);
  /// The next \p count offsets of \p tp hold no record, as Kafka's transaction markers.
  void SkipOffsets(const TopicPartition& tp, int64_t count);

 private:
  struct StoredRecord {
    Offset offset;
    TimestampMs timestamp = 0;
    std::optional<std::string> key, value;
    std::vector<std::pair<std::string, std::optional<std::string>>> headers;
    std::vector<HeaderView> header_views;

    static MaybeBytes View(const std::optional<std::string>& bytes) {
      if (!bytes) return std::nullopt;
      return std::string_view(*bytes);
    }
    RecordView view() const { return {offset, timestamp, View(key), View(value), header_views}; }
  };
  struct Partition {
    Offset low, end;
    std::deque<std::shared_ptr<const StoredRecord>> records;
  };
  struct Topic {
    TopicSpec spec;
    LogId log_id;
    std::vector<Partition> partitions;
    std::map<std::string, std::string> facts;
    StickyPartitioner partitioner;
  };
  struct Failure {
    ErrorKind kind;
    bool applied = false;
  };

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
  Result<Topic*> Find(const TopicName& topic);
  Result<Partition*> Find(const TopicPartition& tp);
  Result<TopicInfo> CreateLocked(const TopicSpec& spec);
  TopicInfo InfoOf(const Topic& topic) const;
  Result<Appended> AppendOne(Topic& topic, const NewRecord& record);
  std::vector<Result<Appended>> AppendAll(const TopicName& topic, const RecordBatch& batch);
  void Answer(AppendDone done, std::vector<Result<Appended>> results);

  Clock& clock_;
  const FakeLogOptions options_;
  const TopicRules rules_{.defaults = {}, .allow_compact = true};
  std::mutex mutex_;
  std::map<TopicName, Topic> topics_;
  int64_t next_topic_id_ = 1;
  std::deque<Failure> append_failures_, commit_failures_;
  std::deque<ErrorKind> read_failures_;
  std::deque<std::function<void()>> held_answers_;
  bool holding_ = false;
  bool closed_ = false;
  Status ready_;
  pinlake::Activity activity_;
  LocalGroups groups_;
};

}  // namespace pinlake
