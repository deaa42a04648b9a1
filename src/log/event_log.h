// EventLog: a partitioned, append-only log of records. Kafka, the embedded one, or the fake of
// tests.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "log/group_consumer.h"
#include "model/record.h"

namespace pinlake {

using TopicConfigs = std::map<std::string, std::string>;

struct TopicSpec {
  TopicName topic;
  int32_t partitions = 1;
  int16_t replication_factor = 1;
  /// Kafka's names: retention.ms, retention.bytes, segment.bytes, cleanup.policy …
  TopicConfigs configs;
};

struct PartitionInfo {
  PartitionId partition;
  int32_t leader = 0;  ///< -1: none
  std::vector<int32_t> replicas;
  std::vector<int32_t> in_sync;
};

struct TopicInfo {
  TopicName topic;
  LogId log_id;
  std::vector<PartitionInfo> partitions;
  /// Every config with its value in force.
  TopicConfigs configs;
  /// Those of configs that are not the defaults of all topics, where the log can tell.
  TopicConfigs overrides = {};
  bool internal = false;
  bool compacted() const {
    const auto it = configs.find("cleanup.policy");
    return it != configs.end() && it->second.find("compact") != std::string::npos;
  }
};

struct OffsetRange {
  Offset low;  ///< low watermark: the first offset still in the log
  Offset end;  ///< end offset, high watermark: one past the last durable record
  bool operator==(const OffsetRange&) const = default;
};

/// One result a record, in the batch's order. Called once, from any thread, perhaps before Append
/// returns; must not block.
using AppendDone = std::function<void(std::vector<Result<Appended>>)>;

struct GroupInfo {
  GroupName group;
  std::string state;  ///< Kafka's words: Empty, Stable, PreparingRebalance …
  struct Member {
    std::string member_id, client_id;
    std::vector<TopicPartition> assigned;
    std::string instance_id = {};  ///< of a static member
    std::string host = {};         ///< where its connection comes from; empty: in this process
  };
  std::vector<Member> members;
  std::string assignor = {};  ///< how partitions are dealt out, where the log can tell
  int32_t coordinator = 0;    ///< broker
  /// Without members so far: only offsets were committed in its name.
  bool simple = false;
};

struct BrokerInfo {
  int32_t id = 0;
  std::string host = {};  ///< empty: not to be reached as a broker
  int32_t port = 0;
  std::optional<std::string> rack = {};
  bool controller = false;
};

/// Implementations: EmbeddedLog (log/embedded), FakeLog (log/fake), KafkaLog. All pass
/// tests/contract/event_log_contract.h. Thread-safe; one topic partition is read by one thread at a
/// time.
class EventLog {
 public:
  virtual ~EventLog() = default;

  // Topics.
  /// kAlreadyExists, kInvalidArgument (name, counts, a config named in the message).
  virtual Result<TopicInfo> CreateTopic(const TopicSpec& spec) = 0;
  virtual Status DeleteTopic(const TopicName& topic) = 0;
  /// Grows a topic to \p partitions in all. kInvalidArgument if not greater.
  virtual Status AddPartitions(const TopicName& topic, int32_t partitions) = 0;
  /// Sets the given configs; an empty optional resets one.
  virtual Status AlterTopic(const TopicName& topic,
                            const std::map<std::string, std::optional<std::string>>& configs) = 0;
  /// Names in order, internal ones too.
  virtual Result<std::vector<TopicName>> ListTopics() = 0;
  /// kNotFound.
  virtual Result<TopicInfo> DescribeTopic(const TopicName& topic) = 0;
  /// Small durable facts beside a topic (shard parents, hash ranges). An empty value removes the
  /// key. Gone with the topic.
  virtual Status PutTopicFact(const TopicName& topic, const std::string& key,
                              const std::string& value) = 0;
  virtual Result<std::map<std::string, std::string>> TopicFacts(const TopicName& topic) = 0;

  // Records.
  /// Appends each record to the topic; \p done gets one result a record once each is durable or
  /// failed. Order within a topic partition is the batch's order; appends of one thread keep their
  /// order. Never blocks: over the limit of waiting bytes a record fails with kThrottled.
  /// kUnknownOutcome: a time-out after sending; the record may be in the log. kInvalidArgument:
  /// unknown partition, record too large. kNotFound: unknown topic (auto-create is the
  /// implementation's option).
  virtual void Append(const TopicName& topic, RecordBatch batch, AppendDone done) = 0;

  /// Records from \p from on, at least one if there is any, about \p bytes_max; waits up to \p wait
  /// for the first. An empty set: none came, next is later where none ever will (gaps). kNotFound;
  /// kInvalidArgument with both bounds named if \p from is outside [low, end].
  virtual Result<RecordSet> Read(const TopicPartition& tp, Offset from, size_t bytes_max,
                                 Millis wait, std::stop_token stop) = 0;
  virtual Result<OffsetRange> Offsets(const TopicPartition& tp) = 0;
  /// The first offset whose record's timestamp is at least \p at; the end offset if there is none.
  virtual Result<Offset> OffsetAt(const TopicPartition& tp, TimestampMs at) = 0;

  // Consumer groups.
  /// A new member. It takes part once polled.
  virtual Result<std::unique_ptr<GroupConsumer>> Join(const GroupOptions& options) = 0;
  virtual Result<std::vector<GroupName>> ListGroups() = 0;
  virtual Result<GroupInfo> DescribeGroup(const GroupName& group) = 0;
  virtual Result<std::map<TopicPartition, CommittedOffset>> CommittedOffsets(
      const GroupName& group) = 0;
  /// Sets offsets of a group without members (reset-offsets). kConflict if it has members.
  virtual Status SetCommittedOffsets(const GroupName& group,
                                     const std::map<TopicPartition, CommittedOffset>& offsets) = 0;

  /// Identity of the cluster or directory, e.g. for /v3/clusters.
  virtual std::string ClusterId() = 0;
  /// By id. A log in one process is its only broker.
  virtual Result<std::vector<BrokerInfo>> Brokers() {
    return std::vector<BrokerInfo>{{.controller = true}};
  }
  /// False with the reason while appends can't be made durable (disk full, fenced, no broker):
  /// /readyz.
  virtual Status Ready() = 0;
  /// Waits until what was appended is answered, then refuses more (kCancelled). Idempotent.
  virtual void Close() = 0;
};

}  // namespace pinlake
