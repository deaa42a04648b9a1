// EventLog on Apache Kafka or Amazon MSK.
#pragma once

#include <memory>

#include "log/event_log.h"
#include "log/kafka/token_source.h"

namespace pinlake {

struct KafkaLogOptions {
  /// librdkafka's names, for all clients. `bootstrap.servers` is required.
  std::map<std::string, std::string> common;
  /// Over the common ones, for the producer and for consumers.
  std::map<std::string, std::string> producer;
  std::map<std::string, std::string> consumer;
  /// Tokens for OAUTHBEARER; empty: none of ours.
  kafka::TokenSource tokens;
};

/// G1 here is what the topic's replication promises: acks=all, idempotent producer.
class KafkaLog final : public EventLog {
 public:
  /// kInvalidArgument names the properties that librdkafka refuses. Contacts no broker.
  static Result<std::unique_ptr<KafkaLog>> Open(const KafkaLogOptions& options);
  ~KafkaLog() override;

  /// Asks the brokers for metadata for at most \p wait. The error says what stands in the way and
  /// which property it is about: kUnauthenticated, kUnavailable.
  Status CheckReachable(Millis wait = Millis(7000));

  Result<TopicInfo> CreateTopic(const TopicSpec& spec) override;
  Status DeleteTopic(const TopicName& topic) override;
  Status AddPartitions(const TopicName& topic, int32_t partitions) override;
  Status AlterTopic(const TopicName& topic,
                    const std::map<std::string, std::optional<std::string>>& configs) override;
  Result<std::vector<TopicName>> ListTopics() override;
  Result<TopicInfo> DescribeTopic(const TopicName& topic) override;
  /// Facts lie in the compacted topic kFactsTopic, which is made when first needed.
  Status PutTopicFact(const TopicName& topic, const std::string& key,
                      const std::string& value) override;
  Result<std::map<std::string, std::string>> TopicFacts(const TopicName& topic) override;
  void Append(const TopicName& topic, RecordBatch batch, AppendDone done) override;
  Result<RecordSet> Read(const TopicPartition& tp, Offset from, size_t bytes_max, Millis wait,
                         std::stop_token stop) override;
  Result<OffsetRange> Offsets(const TopicPartition& tp) override;
  Result<Offset> OffsetAt(const TopicPartition& tp, TimestampMs at) override;
  Result<std::unique_ptr<GroupConsumer>> Join(const GroupOptions& options) override;
  Result<std::vector<GroupName>> ListGroups() override;
  Result<GroupInfo> DescribeGroup(const GroupName& group) override;
  Result<std::map<TopicPartition, CommittedOffset>> CommittedOffsets(
      const GroupName& group) override;
  Status SetCommittedOffsets(const GroupName& group,
                             const std::map<TopicPartition, CommittedOffset>& offsets) override;
  std::string ClusterId() override;
  Result<std::vector<BrokerInfo>> Brokers() override;
  Status Ready() override;
  void Close() override;

  static constexpr const char* kFactsTopic = "__pinlake_streams";

 private:
  struct Parts;
  explicit KafkaLog(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace pinlake
