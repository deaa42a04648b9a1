#include "log/local_consumer.h"

#include <algorithm>

namespace pinlake {
namespace {

// Others' sessions may time out without any activity of the log; so no member waits longer at once.
constexpr Millis kLookEvery{100};

}  // namespace

LocalConsumer::~LocalConsumer() {
  if (closed_) return;
  const std::lock_guard lock(groups_.mutex_);
  groups_.Group(options_.group).Abandon(id_);
}

void LocalConsumer::Close() {
  if (closed_) return;
  closed_ = true;
  readings_.clear();
  {
    const std::lock_guard lock(groups_.mutex_);
    groups_.Group(options_.group).Leave(id_, host_.clock().Steady());
  }
  host_.NoteActivity();
}

Result<ConsumerEvent> LocalConsumer::Poll(Millis wait) {
  if (closed_) return Fail(ErrorKind::kCancelled, "poll of a closed member");
  while (true) {
    const uint64_t seen = host_.Activity();
    auto event = PollOnce();
    if (!event || !std::holds_alternative<NothingEvent>(*event) || wait.count() <= 0) return event;
    const Millis slice = std::min(wait, kLookEvery);
    host_.AwaitActivity(seen, slice);
    wait -= slice;
  }
}

Result<ConsumerEvent> LocalConsumer::PollOnce() {
  ASSIGN_OR_RETURN(GroupNews news, groups_.Poll(options_.group, id_));
  if (auto* assigned = std::get_if<AssignedEvent>(&news)) {
    for (const auto& tp : assigned->partitions) RETURN_IF_ERROR(Start(tp, assigned->epoch));
    return ConsumerEvent(std::move(*assigned));
  }
  if (auto* revoked = std::get_if<RevokedEvent>(&news)) {
    for (const auto& tp : revoked->partitions) {
      const auto it = readings_.find(tp);
      if (it != readings_.end()) it->second.revoking = true;
    }
    host_.NoteActivity();
    return ConsumerEvent(std::move(*revoked));
  }
  if (auto* lost = std::get_if<LostEvent>(&news)) {
    Stop(lost->partitions);
    return ConsumerEvent(std::move(*lost));
  }
  return ReadNext();
}

Status LocalConsumer::Start(const TopicPartition& tp, Epoch epoch) {
  Reading reading{.epoch = epoch, .next = {}, .revoking = false};
  const auto range = host_.OffsetsNow(tp);
  if (!range) {
    // Deleted meanwhile: the group tells in the next poll.
    if (range.error().kind() == ErrorKind::kNotFound) return {};
    return Fail(range.error());
  }
  const auto committed = groups_.CommittedOf(options_.group, tp);
  if (committed) {
    reading.next = committed->offset;
  } else {
    ASSIGN_OR_RETURN(reading.next, ResetOffset(tp, *range));
  }
  paused_.erase(tp);
  readings_.insert_or_assign(tp, reading);
  return {};
}

Result<Offset> LocalConsumer::ResetOffset(const TopicPartition& tp, const OffsetRange& range) {
  switch (options_.reset) {
    case OffsetReset::kEarliest:
      return range.low;
    case OffsetReset::kLatest:
      return range.end;
    case OffsetReset::kNone:
      return Fail(ErrorKind::kNotFound,
                  "group {} has no offset of {} that is in the log, and its reset policy is none",
                  options_.group.value(), ToString(tp));
  }
  return range.low;
}

Result<ConsumerEvent> LocalConsumer::ReadNext() {
  // In turn, beginning after the one that brought records last: none starves.
  const auto begin = readings_.upper_bound(last_read_);
  std::vector<decltype(readings_)::iterator> turn;
  for (auto it = begin; it != readings_.end(); ++it) turn.push_back(it);
  for (auto it = readings_.begin(); it != begin; ++it) turn.push_back(it);
  for (const auto it : turn) {
    if (it->second.revoking || paused_.contains(it->first)) continue;
    ASSIGN_OR_RETURN(ConsumerEvent event, ReadOne(it->first, it->second));
    if (std::holds_alternative<NothingEvent>(event)) continue;
    last_read_ = it->first;
    return event;
  }
  return ConsumerEvent(NothingEvent{});
}

Result<ConsumerEvent> LocalConsumer::ReadOne(const TopicPartition& tp, Reading& reading) {
  auto set = host_.ReadNow(tp, reading.next, options_.fetch_bytes_max);
  if (set) {
    if (set->next == reading.next) return ConsumerEvent(NothingEvent{});
    reading.next = set->next;
    // Offsets without records (Kafka's control records) only move the place.
    if (set->records.empty()) return ConsumerEvent(NothingEvent{});
    return ConsumerEvent(RecordsEvent{tp, *std::move(set), reading.epoch});
  }
  // A topic deleted meanwhile: the group tells in its next poll.
  if (set.error().kind() == ErrorKind::kNotFound) return ConsumerEvent(NothingEvent{});
  if (set.error().kind() != ErrorKind::kInvalidArgument) return Fail(std::move(set).error());
  ASSIGN_OR_RETURN(const OffsetRange range, host_.OffsetsNow(tp));
  const Offset wanted = reading.next;
  ASSIGN_OR_RETURN(reading.next, ResetOffset(tp, range));
  return ConsumerEvent(OffsetLostEvent{tp, wanted, reading.next});
}

void LocalConsumer::Stop(const std::vector<TopicPartition>& partitions) {
  for (const auto& tp : partitions) {
    readings_.erase(tp);
    paused_.erase(tp);
  }
}

void LocalConsumer::ConfirmRevoked(const std::vector<TopicPartition>& partitions) {
  if (closed_) return;
  std::vector<TopicPartition> told;
  for (const auto& tp : partitions) {
    const auto it = readings_.find(tp);
    if (it != readings_.end() && it->second.revoking) told.push_back(tp);
  }
  Stop(told);
  {
    const std::lock_guard lock(groups_.mutex_);
    groups_.Group(options_.group).ConfirmRevoked(id_, told);
  }
  host_.NoteActivity();
}

Status LocalConsumer::Commit(const TopicPartition& tp, const CommittedOffset& committed,
                             Epoch epoch) {
  if (closed_) return Fail(ErrorKind::kFenced, "commit by a closed member");
  if (committed.metadata.size() > LocalGroups::kMetadataBytesMax) {
    return Fail(ErrorKind::kInvalidArgument, "commit of {}: metadata of {} bytes; at most {}",
                ToString(tp), committed.metadata.size(), LocalGroups::kMetadataBytesMax);
  }
  return groups_.Commit(options_.group, id_, tp, committed, epoch);
}

Result<std::optional<CommittedOffset>> LocalConsumer::Committed(const TopicPartition& tp) {
  return groups_.CommittedOf(options_.group, tp);
}

Status LocalConsumer::Seek(const TopicPartition& tp, Offset to) {
  const auto it = readings_.find(tp);
  if (it == readings_.end()) {
    return Fail(ErrorKind::kInvalidArgument, "seek {} to {}: it is not assigned to this member",
                ToString(tp), to.value());
  }
  it->second.next = to;
  return {};
}

std::vector<TopicPartition> LocalConsumer::Assignment() const {
  std::vector<TopicPartition> partitions;
  for (const auto& [tp, reading] : readings_) partitions.push_back(tp);
  return partitions;
}

}  // namespace pinlake
