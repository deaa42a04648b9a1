// A member of a Kafka consumer group.
#pragma once

#include <deque>
#include <memory>
#include <set>

#include "log/event_log.h"
#include "log/kafka/handle.h"

namespace pinlake::kafka {

/// Eager assignment (range, as Kafka's own default while Connect runs); offsets are resolved by us
/// at assignment, so that an offset which retention has passed is told instead of reset in silence.
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
  Result<Offset> ResetOffset(const TopicPartition& tp) const;
  void DropFetched(const TopicPartition& tp);

  GroupOptions options_;
  ClientContext context_;
  ClientPtr client_;
  QueuePtr queue_;
  std::set<TopicPartition> assigned_;
  /// Asked to hand back, not confirmed yet: no records of these.
  std::set<TopicPartition> revoking_;
  bool closing_ = false;
  Epoch epoch_{0};
  std::deque<ConsumerEvent> events_;
};

}  // namespace pinlake::kafka
