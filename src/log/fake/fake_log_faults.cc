#include <algorithm>

#include "log/fake/fake_log.h"

namespace pinlake {

void FakeLog::FailAppends(ErrorKind kind, int count, bool applied) {
  const std::lock_guard lock(mutex_);
  append_failures_.insert(append_failures_.end(), static_cast<size_t>(count), {kind, applied});
}

void FakeLog::HoldAppends() {
  const std::lock_guard lock(mutex_);
  holding_ = true;
}

void FakeLog::ReleaseAppends(std::optional<size_t> count) {
  std::deque<std::function<void()>> answers;
  {
    const std::lock_guard lock(mutex_);
    if (!count) holding_ = false;
    size_t n = std::min(count.value_or(held_answers_.size()), held_answers_.size());
    for (; n > 0; --n) {
      answers.push_back(std::move(held_answers_.front()));
      held_answers_.pop_front();
    }
  }
  for (auto& answer : answers) answer();
}

void FakeLog::FailCommits(ErrorKind kind, int count, bool applied) {
  const std::lock_guard lock(mutex_);
  commit_failures_.insert(commit_failures_.end(), static_cast<size_t>(count), {kind, applied});
}

void FakeLog::FailReads(ErrorKind kind, int count) {
  const std::lock_guard lock(mutex_);
  read_failures_.insert(read_failures_.end(), static_cast<size_t>(count), kind);
}

void FakeLog::SetReady(Status status) {
  const std::lock_guard lock(mutex_);
  ready_ = std::move(status);
}

void FakeLog::ForceRevoke(const GroupName& group, const TopicPartition& tp) {
  groups_.ForceRevoke(group, tp);
}

void FakeLog::ForceLose(const GroupName& group, const TopicPartition& tp) {
  groups_.ForceLose(group, tp);
}

void FakeLog::DropBefore(const TopicPartition& tp, Offset low) {
  const std::lock_guard lock(mutex_);
  const auto found = Find(tp);
  CHECK(found.has_value(), "a test drops records of a partition that exists");
  Partition& partition = **found;
  partition.low = std::clamp(low, partition.low, partition.end);
  while (!partition.records.empty() && partition.records.front()->offset < partition.low) {
    partition.records.pop_front();
  }
}

void FakeLog::SkipOffsets(const TopicPartition& tp, int64_t count) {
  const std::lock_guard lock(mutex_);
  const auto found = Find(tp);
  CHECK(found.has_value(), "a test skips offsets of a partition that exists");
  (*found)->end = (*found)->end + count;
}

OffsetsStored FakeLog::StoreOffsets(
    const GroupName& group,
    const std::map<TopicPartition, std::optional<CommittedOffset>>& offsets) {
  const std::lock_guard lock(mutex_);
  if (commit_failures_.empty()) return {.status = {}, .applied = true};
  const Failure failure = commit_failures_.front();
  commit_failures_.pop_front();
  return {.status = Fail(failure.kind, "commit of {} offsets of group {}: told to fail",
                         offsets.size(), group.value()),
          .applied = failure.applied};
}

}  // namespace pinlake
