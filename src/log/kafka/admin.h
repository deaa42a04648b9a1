// Topics and groups of a Kafka cluster: one blocking call a function.
#pragma once

#include <map>
#include <vector>

#include "log/event_log.h"
#include "log/kafka/handle.h"

namespace pinlake::kafka {

/// Asks through \p client, which lives longer. Thread-safe. Each call waits at most kRequestMs.
class Admin {
 public:
  static constexpr int kRequestMs = 30000;
  /// \p committed_only: end offsets are those of isolation.level=read_committed, where the first
  /// transaction begins that is not ended yet.
  explicit Admin(rd_kafka_t* client, bool committed_only = false)
      : client_(client), committed_only_(committed_only) {}

  Status CreateTopic(const TopicSpec& spec) const;
  Status DeleteTopic(const TopicName& topic) const;
  Status AddPartitions(const TopicName& topic, int32_t partitions) const;
  Status AlterTopic(const TopicName& topic,
                    const std::map<std::string, std::optional<std::string>>& configs) const;
  Result<std::vector<TopicName>> ListTopics() const;
  Result<TopicInfo> DescribeTopic(const TopicName& topic) const;
  /// Makes \p before the low watermark.
  Status DeleteRecords(const TopicPartition& tp, Offset before) const;
  Result<OffsetRange> Offsets(const TopicPartition& tp) const;
  Result<Offset> OffsetAt(const TopicPartition& tp, TimestampMs at) const;

  Result<std::vector<GroupName>> ListGroups() const;
  Result<GroupInfo> DescribeGroup(const GroupName& group) const;
  Result<std::map<TopicPartition, CommittedOffset>> CommittedOffsets(const GroupName& group) const;
  Status SetCommittedOffsets(const GroupName& group,
                             const std::map<TopicPartition, CommittedOffset>& offsets) const;
  /// kConflict if it has members; kNotFound.
  Status DeleteGroup(const GroupName& group) const;

  Result<std::vector<BrokerInfo>> Brokers() const;
  /// Empty if no broker says so in time.
  std::string ClusterId() const;
  /// The controller or any broker answers.
  Status Ping(Millis wait) const;

 private:
  /// Into configs and overrides of \p info.
  Status AddConfigs(TopicInfo* info) const;
  Result<int64_t> OffsetOf(const TopicPartition& tp, int64_t spec) const;
  rd_kafka_t* client_;
  bool committed_only_;
};

}  // namespace pinlake::kafka
