// A member of a Kafka consumer group.
#pragma once

#include <deque>
#include <memory>
#include <set>

#include "log/event_log.h"
#include "log/kafka/handle.h"

namespace pinlake::kafka {

/// Eager assignment (range, as Kafka's own default while Connect runs). The committed offsets are
/// asked by us at assignment: where the first record then lies elsewhere because retention has
/// passed the offset, or because it was beyond the end, that is told before the record.
class Consumer final : public GroupConsumer {
 public:
  static Result<std::unique_ptr<GroupConsumer>> Open(const Properties& properties,
                                                     const GroupOptions& options,
                                                     TokenSource tokens);
  ~Consumer() override;

  Result<ConsumerEvent> Poll(Millis wait) override;
  void ConfirmRevoked(const std::vector<TopicPartition>& partitions) override;
  Status Commit(const TopicPartition& tp, const CommittedOffset& committed, Epoch epoch) override;
  Result<std::optional<CommittedOffset>> Committed(const TopicPartition& tp) override;
  Status Seek(const TopicPartition& tp, Offset to) override;
  void Pause(const TopicPartition& tp) override;
  void Resume(const TopicPartition& tp) override;
  std::vector<TopicPartition> Assignment() const override;
  void Close() override;

 private:
  explicit Consumer(const GroupOptions& options) : options_(options) {}
  Status Start(const Properties& properties);
  static void OnRebalance(rd_kafka_t*, rd_kafka_resp_err_t error,
                          rd_kafka_topic_partition_list_t* partitions, void* context);
  void OnAssigned(rd_kafka_topic_partition_list_t* partitions);
  void OnRevoked(const rd_kafka_topic_partition_list_t& partitions, bool lost);
  Status Fetch(Millis wait);
  Status OnFetchError(const rd_kafka_message_t& message);
  /// Why the client is done for: mostly that another member has its instance id (kFenced).
  Error FatalError(const std::string& tried) const;
  /// Where a topic partition without a committed offset begins. The end is asked for here, so that
  /// what is appended after the assignment is read.
  int64_t StartOf(const TopicPartition& tp) const;
  std::optional<Offset> LowWatermark(const TopicPartition& tp) const;
  using LowWatermarks = std::map<TopicPartition, std::optional<Offset>>;
  /// Whether records that should have begun at \p expected and came at \p came instead are gone, or
  /// there never were such. \p lows holds what was asked before in this fetch.
  bool WasLost(const TopicPartition& tp, Offset expected, Offset came, LowWatermarks* lows) const;
  /// Whether \p event brings records of a paused topic partition; they wait for Resume then.
  bool HoldBack(ConsumerEvent& event);
  void DropFetched(const TopicPartition& tp);

  GroupOptions options_;
  ClientContext context_;
  ClientPtr client_;
  QueuePtr queue_;
  std::set<TopicPartition> assigned_;
  /// Asked to hand back, not confirmed yet: no records of these.
  std::set<TopicPartition> revoking_;
  /// Where reading goes on, or a logical offset of librdkafka; of each that is assigned.
  std::map<TopicPartition, int64_t> positions_;
  bool closing_ = false;
  Epoch epoch_{0};
  std::deque<ConsumerEvent> events_;
  std::set<TopicPartition> paused_;
  /// Fetched before the pause.
  std::map<TopicPartition, std::deque<ConsumerEvent>> held_back_;
  /// A problem of the last assignment, told by the next poll.
  Status problem_;
};

}  // namespace pinlake::kafka
