#include "log/local_groups.h"

#include "log/local_consumer.h"

namespace pinlake {

GroupCoordinator& LocalGroups::Group(const GroupName& group) {
  const auto [it, added] = groups_.try_emplace(group, group);
  if (added) it->second.SetTopics(host_.PartitionCounts());
  return it->second;
}

Status LocalGroups::CheckOpen() const {
  if (closed_) return Fail(ErrorKind::kCancelled, "the log is closed");
  return {};
}

Status LocalGroups::CheckGroupName(const GroupName& group) {
  const size_t size = group.value().size();
  if (size > 0 && size <= kGroupNameBytesMax) return {};
  return Fail(ErrorKind::kInvalidArgument, "group name of {} bytes; 1 to {} are allowed", size,
              kGroupNameBytesMax);
}

Result<std::unique_ptr<GroupConsumer>> LocalGroups::Join(const GroupOptions& options) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckOpen());
  RETURN_IF_ERROR(CheckGroupName(options.group));
  if (options.topics.empty() == !options.topics_regex.has_value()) {
    return Fail(ErrorKind::kInvalidArgument,
                "group {}: either topics or a pattern of topics is needed", options.group.value());
  }
  ASSIGN_OR_RETURN(MemberId id, Group(options.group).Join(options, host_.clock().Steady()));
  return std::make_unique<LocalConsumer>(*this, host_, options, std::move(id));
}

std::vector<GroupName> LocalGroups::List() {
  const std::lock_guard lock(mutex_);
  std::set<GroupName> names;
  for (const auto& [group, offsets] : committed_) names.insert(group);
  for (const auto& [group, coordinator] : groups_) {
    if (coordinator.has_members()) names.insert(group);
  }
  return {names.begin(), names.end()};
}

Result<GroupInfo> LocalGroups::Describe(const GroupName& group) {
  const std::lock_guard lock(mutex_);
  const auto it = groups_.find(group);
  if (it != groups_.end()) {
    it->second.Expire(host_.clock().Steady());
    if (it->second.has_members()) return it->second.Describe();
  }
  if (committed_.contains(group)) {
    GroupInfo info{group, "Empty", {}};
    info.simple = it == groups_.end();
    return info;
  }
  return Fail(ErrorKind::kNotFound, "group {} has neither members nor offsets", group.value());
}

GroupOffsets LocalGroups::Committed(const GroupName& group) {
  const std::lock_guard lock(mutex_);
  const auto it = committed_.find(group);
  return it == committed_.end() ? GroupOffsets{} : it->second;
}

Status LocalGroups::SetCommitted(const GroupName& group, const GroupOffsets& offsets) {
  // Held while storing: no member may join meanwhile.
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckOpen());
  RETURN_IF_ERROR(CheckGroupName(group));
  if (const auto it = groups_.find(group); it != groups_.end()) {
    it->second.Expire(host_.clock().Steady());
    if (it->second.has_members()) {
      return Fail(ErrorKind::kConflict, "set offsets of group {}: it has {} members", group.value(),
                  it->second.Describe().members.size());
    }
  }
  std::map<TopicPartition, std::optional<CommittedOffset>> changes;
  for (const auto& [tp, committed] : offsets) {
    if (committed.metadata.size() > kMetadataBytesMax) {
      return Fail(ErrorKind::kInvalidArgument, "metadata of {} bytes; at most {}",
                  committed.metadata.size(), kMetadataBytesMax);
    }
    changes.emplace(tp, committed);
  }
  const OffsetsStored stored = host_.StoreOffsets(group, changes);
  if (stored.applied) Apply(group, changes);
  return stored.status;
}

void LocalGroups::TopicsChanged() {
  {
    const std::lock_guard lock(mutex_);
    const auto counts = host_.PartitionCounts();
    for (auto& [name, group] : groups_) group.SetTopics(counts);
  }
  host_.NoteActivity();
}

Status LocalGroups::ForgetTopic(const TopicName& topic) {
  const std::lock_guard lock(mutex_);
  std::map<GroupName, std::map<TopicPartition, std::optional<CommittedOffset>>> changes;
  for (const auto& [group, offsets] : committed_) {
    for (const auto& [tp, committed] : offsets) {
      if (tp.topic == topic) changes[group].emplace(tp, std::nullopt);
    }
  }
  for (const auto& [group, removals] : changes) {
    const OffsetsStored stored = host_.StoreOffsets(group, removals);
    if (stored.applied) Apply(group, removals);
    RETURN_IF_ERROR(stored.status);
  }
  return {};
}

void LocalGroups::Apply(const GroupName& group,
                        const std::map<TopicPartition, std::optional<CommittedOffset>>& offsets) {
  auto& committed = committed_[group];
  for (const auto& [tp, offset] : offsets) {
    if (offset) {
      committed[tp] = *offset;
    } else {
      committed.erase(tp);
    }
  }
  if (committed.empty()) committed_.erase(group);
}

void LocalGroups::Close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  host_.NoteActivity();
}

void LocalGroups::ForceRevoke(const GroupName& group, const TopicPartition& tp) {
  {
    const std::lock_guard lock(mutex_);
    Group(group).ForceRevoke(tp);
  }
  host_.NoteActivity();
}

void LocalGroups::ForceLose(const GroupName& group, const TopicPartition& tp) {
  {
    const std::lock_guard lock(mutex_);
    Group(group).ForceLose(tp);
  }
  host_.NoteActivity();
}

void LocalGroups::AwaitSettled(std::unique_lock<std::mutex>& lock, const Key& key) {
  settled_.wait(lock, [&] { return !under_way_.contains(key); });
}

Result<GroupNews> LocalGroups::Poll(const GroupName& group, const MemberId& id) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckOpen());
  return Group(group).Poll(id, host_.clock().Steady());
}

Status LocalGroups::Commit(const GroupName& group, const MemberId& id, const TopicPartition& tp,
                           const CommittedOffset& committed, Epoch epoch) {
  const Key key{group, tp};
  std::unique_lock lock(mutex_);
  RETURN_IF_ERROR(CheckOpen());
  AwaitSettled(lock, key);
  auto& coordinator = Group(group);
  coordinator.Expire(host_.clock().Steady());
  RETURN_IF_ERROR(coordinator.CheckHolder(id, tp, epoch));
  under_way_.insert(key);
  lock.unlock();
  const OffsetsStored stored = host_.StoreOffsets(group, {{tp, committed}});
  lock.lock();
  under_way_.erase(key);
  settled_.notify_all();
  if (stored.applied) Apply(group, {{tp, committed}});
  return stored.status;
}

std::optional<CommittedOffset> LocalGroups::CommittedOf(const GroupName& group,
                                                        const TopicPartition& tp) {
  std::unique_lock lock(mutex_);
  AwaitSettled(lock, {group, tp});
  const auto it = committed_.find(group);
  if (it == committed_.end()) return std::nullopt;
  const auto found = it->second.find(tp);
  if (found == it->second.end()) return std::nullopt;
  return found->second;
}

}  // namespace pinlake
