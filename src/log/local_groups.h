// Consumer groups of a log of our own: members in this process, offsets kept by the log.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "log/event_log.h"
#include "log/group_coordinator.h"

namespace pinlake {

using GroupOffsets = std::map<TopicPartition, CommittedOffset>;

/// What became of offsets that were to be stored. applied with an error: an answer that was lost.
struct OffsetsStored {
  Status status;
  bool applied = false;
};

/// What the groups need of the log they belong to. Thread-safe; never calls back into the groups.
class GroupHost {
 public:
  virtual ~GroupHost() = default;
  virtual Clock& clock() = 0;
  /// Topics with their partition counts.
  virtual std::map<TopicName, int32_t> PartitionCounts() = 0;
  /// Read without waiting.
  virtual Result<RecordSet> ReadNow(const TopicPartition& tp, Offset from, size_t bytes_max) = 0;
  virtual Result<OffsetRange> OffsetsNow(const TopicPartition& tp) = 0;
  /// Makes offsets durable; an empty optional removes one.
  virtual OffsetsStored StoreOffsets(
      const GroupName& group,
      const std::map<TopicPartition, std::optional<CommittedOffset>>& offsets) = 0;
  /// Counts whatever a waiting member may wait for: appended records, changes of topics or groups.
  virtual uint64_t Activity() = 0;
  virtual void NoteActivity() = 0;
  /// Waits up to \p wait for Activity() to differ from \p seen.
  virtual void AwaitActivity(uint64_t seen, Millis wait) = 0;
};

/// All groups of a log. Thread-safe.
class LocalGroups {
 public:
  /// Kafka's offset.metadata.max.bytes.
  static constexpr size_t kMetadataBytesMax = 4096;
  /// What fits the key of a committed offset with room to spare.
  static constexpr size_t kGroupNameBytesMax = 1024;

  LocalGroups(GroupHost& host, std::map<GroupName, GroupOffsets> committed)
      : host_(host), committed_(std::move(committed)) {}

  Result<std::unique_ptr<GroupConsumer>> Join(const GroupOptions& options);
  std::vector<GroupName> List();
  /// kNotFound.
  Result<GroupInfo> Describe(const GroupName& group);
  /// Empty for a group that never committed.
  GroupOffsets Committed(const GroupName& group);
  Status SetCommitted(const GroupName& group, const GroupOffsets& offsets);
  /// Topics were made, grown or deleted.
  void TopicsChanged();
  /// Removes what was committed for a deleted topic.
  Status ForgetTopic(const TopicName& topic);
  /// No member gets anything any more: every call answers kCancelled.
  void Close();

  // For tests of those who consume.
  void ForceRevoke(const GroupName& group, const TopicPartition& tp);
  void ForceLose(const GroupName& group, const TopicPartition& tp);

 private:
  friend class LocalConsumer;
  using Key = std::pair<GroupName, TopicPartition>;

  GroupCoordinator& Group(const GroupName& group);
  Status CheckOpen() const;
  static Status CheckGroupName(const GroupName& group);
  void Apply(const GroupName& group,
             const std::map<TopicPartition, std::optional<CommittedOffset>>& offsets);
  // Waits until no commit of the key is on its way, so that nobody reads an offset that a commit
  // under way is about to replace.
  void AwaitSettled(std::unique_lock<std::mutex>& lock, const Key& key);
  Result<GroupNews> Poll(const GroupName& group, const MemberId& id);
  Status Commit(const GroupName& group, const MemberId& id, const TopicPartition& tp,
                const CommittedOffset& committed, Epoch epoch);
  std::optional<CommittedOffset> CommittedOf(const GroupName& group, const TopicPartition& tp);

  GroupHost& host_;
  std::mutex mutex_;
  std::condition_variable settled_;
  std::map<GroupName, GroupCoordinator> groups_;
  std::map<GroupName, GroupOffsets> committed_;
  std::set<Key> under_way_;
  bool closed_ = false;
};

}  // namespace pinlake
