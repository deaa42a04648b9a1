#include "gateway/rest_consumer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <utility>
#include <variant>

#include "observe/log.h"

namespace pinlake {
namespace {

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

/// What one read of an assigned partition waits: a fetch from a broker of the same network.
constexpr Millis kReadWait{20};

/// As Java's clients are called by default.
std::string NextClientId(const GroupName& group) {
  static std::atomic<uint64_t> next{1};
  return fmt::format("consumer-{}-{}", group.value(), next++);
}

tl::unexpected<Error> Exclusive() {
  return Fail(ErrorKind::kConflict,
              "Subscription to topics, partitions and pattern are mutually exclusive");
}

/// A topic or partition that is not there may come.
bool IsMissing(const Error& error) {
  return error.kind() == ErrorKind::kNotFound || error.kind() == ErrorKind::kInvalidArgument;
}

/// A topic partition is read by one thread at a time; several instances may have the same one.
Result<RecordSet> ReadAlone(EventLog& log, const TopicPartition& tp, Offset from) {
  static std::array<std::mutex, 64> locks;
  const std::lock_guard lock(locks[std::hash<TopicPartition>{}(tp) % locks.size()]);
  return log.Read(tp, from, RestConsumer::kFetchBytesMax, kReadWait, {});
}

tl::unexpected<Error> NoResetPolicy(const TopicPartition& tp) {
  return Fail(ErrorKind::kInternal, "Undefined offset with no reset policy for partitions: [{}]",
              ToString(tp));
}

}  // namespace

RestConsumer::RestConsumer(EventLog& log, Clock& clock, RestConsumerSettings settings)
    : log_(log), clock_(clock), settings_(std::move(settings)), committed_at_(clock.Steady()) {}

Status RestConsumer::Subscribe(std::vector<TopicName> topics) {
  if (mode_ == Mode::kAssigned) return Exclusive();
  if (topics.empty()) {
    Unsubscribe();
    return {};
  }
  if (mode_ == Mode::kTopics && topics == topics_) return {};
  Leave();
  mode_ = Mode::kTopics;
  topics_ = std::move(topics);
  return {};
}

Status RestConsumer::SubscribePattern(TopicPattern pattern) {
  if (mode_ == Mode::kAssigned) return Exclusive();
  if (mode_ == Mode::kPattern && pattern.text() == pattern_->text()) return {};
  Leave();
  mode_ = Mode::kPattern;
  pattern_ = std::move(pattern);
  return {};
}

void RestConsumer::Unsubscribe() {
  Leave();
  mode_ = Mode::kNone;
}

std::vector<TopicName> RestConsumer::Subscription() const {
  return subscribed() ? topics_ : std::vector<TopicName>();
}

Status RestConsumer::Assign(std::vector<TopicPartition> partitions) {
  if (subscribed()) return Exclusive();
  AutoCommit(true);
  std::map<TopicPartition, std::optional<Offset>> positions;
  for (auto& tp : partitions) {
    const auto old = positions_.find(tp);
    positions[std::move(tp)] = old == positions_.end() ? std::nullopt : old->second;
  }
  for (const auto& [tp, position] : positions_) {
    if (!positions.contains(tp)) DropRecords(tp);
  }
  positions_ = std::move(positions);
  mode_ = positions_.empty() ? Mode::kNone : Mode::kAssigned;
  return {};
}

std::vector<TopicPartition> RestConsumer::Assignments() const {
  std::vector<TopicPartition> partitions;
  for (const auto& [tp, epoch] : held_) partitions.push_back(tp);
  for (const auto& [tp, position] : positions_) partitions.push_back(tp);
  return partitions;
}

Status RestConsumer::CheckAssigned(const TopicPartition& tp) const {
  if (held_.contains(tp) || positions_.contains(tp)) return {};
  return Fail(ErrorKind::kConflict, "No current assignment for partition {}", ToString(tp));
}

Status RestConsumer::Seek(const TopicPartition& tp, Offset to) {
  RETURN_IF_ERROR(CheckAssigned(tp));
  if (consumer_) {
    RETURN_IF_ERROR(consumer_->Seek(tp, to));
    begun_.insert(tp);
  } else {
    positions_[tp] = to;
  }
  DropFetched(tp);
  return {};
}

Status RestConsumer::SeekToBeginning(const TopicPartition& tp) {
  RETURN_IF_ERROR(CheckAssigned(tp));
  ASSIGN_OR_RETURN(const auto range, log_.Offsets(tp));
  return Seek(tp, range.low);
}

Status RestConsumer::SeekToEnd(const TopicPartition& tp) {
  RETURN_IF_ERROR(CheckAssigned(tp));
  ASSIGN_OR_RETURN(const auto range, log_.Offsets(tp));
  return Seek(tp, range.end);
}

Status RestConsumer::SeekToTime(const TopicPartition& tp, TimestampMs at) {
  RETURN_IF_ERROR(CheckAssigned(tp));
  ASSIGN_OR_RETURN(const auto to, log_.OffsetAt(tp, at));
  return Seek(tp, to);
}

Status RestConsumer::Commit(const std::map<TopicPartition, CommittedOffset>& offsets) {
  RETURN_IF_ERROR(CommitMap(offsets));
  for (const auto& [tp, committed] : offsets) dirty_.erase(tp);
  return {};
}

// Everything that is assigned has a position, also where nothing was handed out so far; that one is
// the committed offset, or the beginning. Where "latest" began is not known, so it stays as it is.
Status RestConsumer::CommitAll() {
  std::map<TopicPartition, CommittedOffset> offsets;
  std::optional<std::map<TopicPartition, CommittedOffset>> committed;
  for (const auto& tp : Assignments()) {
    const auto handed_out = handed_out_.find(tp);
    if (handed_out != handed_out_.end()) {
      offsets[tp] = {handed_out->second, ""};
      continue;
    }
    if (settings_.reset != OffsetReset::kEarliest) continue;
    if (!committed) {
      ASSIGN_OR_RETURN(committed, log_.CommittedOffsets(settings_.group));
    }
    if (committed->contains(tp)) continue;
    const auto range = log_.Offsets(tp);
    if (range) offsets[tp] = {range->low, ""};
  }
  return Commit(offsets);
}

Result<std::map<TopicPartition, CommittedOffset>> RestConsumer::Committed() {
  return log_.CommittedOffsets(settings_.group);
}

Status RestConsumer::CommitMap(const std::map<TopicPartition, CommittedOffset>& offsets) {
  if (offsets.empty()) return {};
  if (!consumer_) return log_.SetCommittedOffsets(settings_.group, offsets);
  for (const auto& [tp, committed] : offsets) {
    const auto held = held_.find(tp);
    if (held == held_.end()) {
      return Fail(ErrorKind::kConflict, "No current assignment for partition {}", ToString(tp));
    }
    RETURN_IF_ERROR(consumer_->Commit(tp, committed, held->second));
  }
  return {};
}

Status RestConsumer::CommitDirty() {
  std::map<TopicPartition, CommittedOffset> offsets;
  for (const auto& tp : dirty_) {
    const auto handed_out = handed_out_.find(tp);
    if (handed_out != handed_out_.end()) offsets[tp] = {handed_out->second, ""};
  }
  RETURN_IF_ERROR(CommitMap(offsets));
  dirty_.clear();
  return {};
}

void RestConsumer::AutoCommit(bool now) {
  if (!settings_.auto_commit || dirty_.empty()) return;
  const Micros time = clock_.Steady();
  if (!now && time - committed_at_ < kAutoCommitEvery) return;
  committed_at_ = time;
  const Status committed = CommitDirty();
  if (committed) return;
  LogWarn("A REST consumer's offsets are not committed; what it read may be read again.",
          F("group", settings_.group.value()), F("error", committed.error()));
}

Status RestConsumer::Begin() {
  switch (mode_) {
    case Mode::kNone:
      return Fail(ErrorKind::kInvalidArgument,
                  "The consumer instance is neither subscribed to topics nor assigned partitions");
    case Mode::kTopics:
    case Mode::kPattern:
      if (!consumer_) return Join();
      SetPaused(false);
      return {};
    case Mode::kAssigned:
      return {};
  }
  return {};
}

Status RestConsumer::Join() {
  GroupOptions options{.group = settings_.group,
                       .client_id = NextClientId(settings_.group),
                       .instance_id = "",
                       .topics = {},
                       .topics_regex = std::nullopt,
                       .reset = settings_.reset};
  options.fetch_bytes_max = kFetchBytesMax;
  if (mode_ == Mode::kPattern) {
    options.topics_regex = pattern_->text();
    RefreshPatternTopics();
    expects_assignment_ = !topics_.empty();
  } else {
    options.topics = topics_;
    ASSIGN_OR_RETURN(const auto existing, log_.ListTopics());
    expects_assignment_ = std::any_of(topics_.begin(), topics_.end(), [&](const auto& topic) {
      return std::find(existing.begin(), existing.end(), topic) != existing.end();
    });
  }
  ASSIGN_OR_RETURN(consumer_, log_.Join(options));
  dealt_ = paused_ = false;
  return {};
}

void RestConsumer::Leave() {
  AutoCommit(true);
  // Before the consumer: records of a client of Kafka's must not outlive it.
  fetched_.clear();
  polled_.clear();
  if (consumer_) consumer_->Close();
  consumer_.reset();
  dealt_ = false;
  held_.clear();
  begun_.clear();
  positions_.clear();
  handed_out_.clear();
  dirty_.clear();
  topics_.clear();
  pattern_.reset();
}

void RestConsumer::Close() {
  Leave();
  mode_ = Mode::kNone;
}

void RestConsumer::RefreshPatternTopics() {
  const auto existing = log_.ListTopics();
  if (!existing) return;  // as before; the next assignment asks again
  topics_.clear();
  for (const auto& topic : *existing) {
    if (pattern_->Matches(topic)) topics_.push_back(topic);
  }
}

Result<bool> RestConsumer::Poll() {
  if (polled_.empty() && fetched_.empty()) {
    RETURN_IF_ERROR(consumer_ ? PollGroup() : PollAssigned());
  }
  AutoCommit(false);
  while (polled_.size() < settings_.poll_records_max && !fetched_.empty()) {
    Fetched& front = fetched_.front();
    if (front.next == front.set.records.size()) {
      fetched_.pop_front();
      continue;
    }
    polled_.push_back({front.tp, front.set.records[front.next++], front.set.owner});
  }
  return !polled_.empty();
}

void RestConsumer::Pop() {
  const PolledRecord& front = polled_.front();
  handed_out_[front.tp] = front.record.offset + 1;
  dirty_.insert(front.tp);
  polled_.pop_front();
}

Status RestConsumer::PollGroup() {
  // Assignments and the like come one by one; records end the poll.
  constexpr int kEventsMax = 16;
  for (int i = 0; i < kEventsMax && fetched_.empty(); ++i) {
    auto event = consumer_->Poll(Millis(0));
    if (!event) {
      // Without a reset policy a log of our own finds no place to begin at.
      if (event.error().kind() != ErrorKind::kNotFound) return Fail(std::move(event).error());
      return Fail(ErrorKind::kInternal, "{}", event.error().message());
    }
    if (std::holds_alternative<NothingEvent>(*event)) return {};
    OnEvent(*std::move(event));
    if (settings_.reset == OffsetReset::kNone) RETURN_IF_ERROR(CheckBeginnings());
  }
  return {};
}

// A broker's member begins somewhere even without a reset policy.
Status RestConsumer::CheckBeginnings() {
  std::optional<std::map<TopicPartition, CommittedOffset>> committed;
  for (const auto& [tp, epoch] : held_) {
    if (begun_.contains(tp)) continue;
    if (!committed) {
      ASSIGN_OR_RETURN(committed, log_.CommittedOffsets(settings_.group));
    }
    if (!committed->contains(tp)) {
      DropRecords(tp);
      return NoResetPolicy(tp);
    }
    begun_.insert(tp);
  }
  return {};
}

void RestConsumer::OnEvent(ConsumerEvent event) {
  std::visit(
      Overloaded{[](NothingEvent&) {},
                 [&](AssignedEvent& assigned) {
                   dealt_ = true;
                   for (const auto& tp : assigned.partitions) held_[tp] = assigned.epoch;
                   // Partitions that stay are held under the new epoch as well.
                   for (auto& [tp, epoch] : held_) epoch = assigned.epoch;
                   if (mode_ == Mode::kPattern) RefreshPatternTopics();
                   if (paused_) {
                     for (const auto& tp : assigned.partitions) consumer_->Pause(tp);
                   }
                 },
                 [&](RevokedEvent& revoked) {
                   Revoke(revoked.partitions, false);
                   consumer_->ConfirmRevoked(revoked.partitions);
                 },
                 [&](LostEvent& lost) { Revoke(lost.partitions, true); },
                 [&](RecordsEvent& records) {
                   fetched_.push_back({std::move(records.tp), std::move(records.set)});
                 },
                 [&](OffsetLostEvent& lost) {
                   LogWarn(
                       "A REST consumer's offset is not in the log; it goes on elsewhere.",
                       F("group", settings_.group.value()), F("topic_partition", ToString(lost.tp)),
                       F("offset", lost.wanted.value()), F("resumed_offset", lost.resumed.value()));
                 }},
      event);
}

void RestConsumer::Revoke(const std::vector<TopicPartition>& partitions, bool lost) {
  if (!lost) AutoCommit(true);
  for (const auto& tp : partitions) {
    DropRecords(tp);
    held_.erase(tp);
    begun_.erase(tp);
  }
}

void RestConsumer::DropFetched(const TopicPartition& tp) {
  std::erase_if(fetched_, [&](const Fetched& fetched) { return fetched.tp == tp; });
}

void RestConsumer::DropRecords(const TopicPartition& tp) {
  DropFetched(tp);
  std::erase_if(polled_, [&](const PolledRecord& polled) { return polled.tp == tp; });
  handed_out_.erase(tp);
  dirty_.erase(tp);
}

void RestConsumer::SetPaused(bool paused) {
  if (paused_ == paused) return;
  paused_ = paused;
  for (const auto& [tp, epoch] : held_) {
    if (paused) {
      consumer_->Pause(tp);
    } else {
      consumer_->Resume(tp);
    }
  }
}

// In turn, so that none starves.
Status RestConsumer::PollAssigned() {
  std::vector<TopicPartition> turn;
  const auto begin = positions_.upper_bound(last_read_);
  for (auto it = begin; it != positions_.end(); ++it) turn.push_back(it->first);
  for (auto it = positions_.begin(); it != begin; ++it) turn.push_back(it->first);
  for (const auto& tp : turn) {
    auto& position = positions_[tp];
    if (!position) {
      const Status started = StartAssigned(tp);
      if (!started && IsMissing(started.error())) continue;
      if (!started) return started;
    }
    auto set = ReadAlone(log_, tp, *position);
    if (!set) {
      if (set.error().kind() == ErrorKind::kNotFound) continue;
      if (set.error().kind() != ErrorKind::kInvalidArgument) return Fail(std::move(set).error());
      ASSIGN_OR_RETURN(position, ResetOffset(tp));
      continue;
    }
    position = set->next;
    if (set->records.empty()) continue;
    last_read_ = tp;
    fetched_.push_back({tp, *std::move(set)});
    return {};
  }
  return {};
}

Status RestConsumer::StartAssigned(const TopicPartition& tp) {
  // A place that is not there answers so here, whatever the policy.
  RETURN_IF_ERROR(log_.Offsets(tp));
  ASSIGN_OR_RETURN(const auto committed, log_.CommittedOffsets(settings_.group));
  const auto found = committed.find(tp);
  if (found != committed.end()) {
    positions_[tp] = found->second.offset;
    return {};
  }
  ASSIGN_OR_RETURN(positions_[tp], ResetOffset(tp));
  return {};
}

Result<Offset> RestConsumer::ResetOffset(const TopicPartition& tp) {
  if (settings_.reset == OffsetReset::kNone) {
    return NoResetPolicy(tp);
  }
  ASSIGN_OR_RETURN(const auto range, log_.Offsets(tp));
  return settings_.reset == OffsetReset::kEarliest ? range.low : range.end;
}

void RestConsumer::Service() {
  AutoCommit(false);
  if (!consumer_) return;
  SetPaused(true);
  const Status polled = PollGroup();
  if (polled) return;
  if (!unreachable_.Allow()) return;
  LogWarn("A REST consumer can't reach its group.", F("group", settings_.group.value()),
          F("error", polled.error()));
}

}  // namespace pinlake
