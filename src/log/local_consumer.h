// A member of a group of LocalGroups.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "log/local_groups.h"

namespace pinlake {

/// \see GroupConsumer. Must be destroyed before the log it reads.
class LocalConsumer final : public GroupConsumer {
 public:
  LocalConsumer(LocalGroups& groups, GroupHost& host, GroupOptions options, MemberId id)
      : groups_(groups), host_(host), options_(std::move(options)), id_(std::move(id)) {}
  ~LocalConsumer() override;

  Result<ConsumerEvent> Poll(Millis wait) override;
  void ConfirmRevoked(const std::vector<TopicPartition>& partitions) override;
  Status Commit(const TopicPartition& tp, const CommittedOffset& committed, Epoch epoch) override;
  Result<std::optional<CommittedOffset>> Committed(const TopicPartition& tp) override;
  Status Seek(const TopicPartition& tp, Offset to) override;
  void Pause(const TopicPartition& tp) override { paused_.insert(tp); }
  void Resume(const TopicPartition& tp) override { paused_.erase(tp); }
  std::vector<TopicPartition> Assignment() const override;
  void Close() override;

 private:
  struct Reading {
    Epoch epoch;
    Offset next;
    bool revoking = false;
  };

  Result<ConsumerEvent> PollOnce();
  Status Start(const TopicPartition& tp, Epoch epoch);
  Result<Offset> ResetOffset(const TopicPartition& tp, const OffsetRange& range);
  Result<ConsumerEvent> ReadNext();
  Result<ConsumerEvent> ReadOne(const TopicPartition& tp, Reading& reading);
  void Stop(const std::vector<TopicPartition>& partitions);

  LocalGroups& groups_;
  GroupHost& host_;
  const GroupOptions options_;
  const MemberId id_;
  std::map<TopicPartition, Reading> readings_;
  std::set<TopicPartition> paused_;
  TopicPartition last_read_;  // the turn goes on after it
  bool closed_ = false;
};

}  // namespace pinlake
