#include "sink/sink_task.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "observe/log.h"
#include "sink/sink_metrics.h"

namespace pinlake {
namespace {

/// How many events one step takes from the group before it turns to stores and commits.
constexpr int kEventsMax = 32;
/// And how many bytes of records: what is read and not yet encoded is kept small beside the budget.
constexpr int64_t kPolledBytesMax = 4 << 20;
constexpr int64_t kPolledShareOfBudget = 16;
/// While stores are under way their answers are waited for, not records: this is the most that a
/// new record waits for it.
constexpr Millis kAnswerWait{2};
constexpr Micros kLagEvery{1'000'000};
/// `--exit-at-end` waits for the schedule to close what is open if that is no further away.
constexpr int64_t kScheduleWaitMs = 600'000;

int64_t BytesOf(const ConsumerEvent& event) {
  const auto* read = std::get_if<RecordsEvent>(&event);
  if (!read) return 0;
  int64_t bytes = 0;
  for (const auto& record : read->set.records) bytes += static_cast<int64_t>(record.bytes());
  return bytes;
}

}  // namespace

std::optional<Offset> EndBoard::EndOf(const TopicPartition& tp) const {
  std::lock_guard lock(mutex_);
  const auto at = waiting_.find(tp);
  if (at == waiting_.end()) return {};
  return at->second;
}

void EndBoard::Reached(const TopicPartition& tp) {
  std::lock_guard lock(mutex_);
  waiting_.erase(tp);
}

bool EndBoard::all_reached() const {
  std::lock_guard lock(mutex_);
  return waiting_.empty();
}

SinkTask::SinkTask(EventLog& log, std::unique_ptr<GroupConsumer> consumer,
                   std::unique_ptr<Uploader> uploader, Clock& clock, ByteBudget& budget,
                   MetricsRegistry& metrics, SinkTaskOptions options, EndBoard* ends)
    : consumer_(std::move(consumer)),
      uploader_(std::move(uploader)),
      options_(std::move(options)),
      services_{log, *consumer_, *uploader_, clock, budget, metrics, options_},
      ends_(ends) {}

// ---- A step

void SinkTask::Step(Millis wait) {
  if (closed_) return;
  bool busy = Answer(Millis(0));
  busy = PollAll(Millis(0)) || busy;
  StepWriters();
  if (!busy && wait > Millis(0)) {
    if (stores_in_flight()) {
      busy = Answer(std::min(wait, kAnswerWait));
    } else {
      busy = PollAll(WaitFor(wait));
    }
    if (busy) StepWriters();
  }
  NoteEnds();
  NoteLag();
}

bool SinkTask::Answer(Millis wait) {
  auto answers = uploader_->Take(wait);
  for (auto& answer : answers) {
    for (auto& [tp, writer] : writers_) {
      if (writer->OnAnswer(answer)) break;
    }
  }
  return !answers.empty();
}

bool SinkTask::PollAll(Millis wait) {
  bool busy = false;
  if (services_.clock.Steady() < next_poll_) return busy;
  const int64_t bytes_max =
      std::min(kPolledBytesMax, services_.budget.limit() / kPolledShareOfBudget);
  int64_t bytes = 0;
  for (int i = 0; i < kEventsMax && bytes <= bytes_max; ++i) {
    auto event = consumer_->Poll(i == 0 ? wait : Millis(0));
    if (!event) {
      OnPollError(event.error());
      return busy;
    }
    if (std::holds_alternative<NothingEvent>(*event)) return busy;
    busy = true;
    bytes += BytesOf(*event);
    std::visit([this](auto& e) { On(e); }, *event);
  }
  return busy;
}

void SinkTask::OnPollError(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::kThrottled:
    case ErrorKind::kUnavailable:
    case ErrorKind::kUnknownOutcome:
    case ErrorKind::kConflict:
    case ErrorKind::kNotFound:
    case ErrorKind::kOutOfSpace:
      LogWarn("Group can't be polled.", F("group", options_.group.group.value()),
              F("reason", error));
      next_poll_ = services_.clock.Steady() + options_.retry_backoff;
      return;
    case ErrorKind::kCancelled:  // the log is closing
      return Stop();
    case ErrorKind::kFenced:  // another member has our instance id
      writers_.clear();
      revoking_.clear();
      return Fail(error.In(fmt::format("poll group {}", options_.group.group.value())));
    case ErrorKind::kInvalidArgument:
    case ErrorKind::kUnauthenticated:
    case ErrorKind::kPermissionDenied:
    case ErrorKind::kAlreadyExists:
    case ErrorKind::kUnsupported:
    case ErrorKind::kCorruption:
    case ErrorKind::kInternal:
      return Fail(error.In(fmt::format("poll group {}", options_.group.group.value())));
  }
}

void SinkTask::On(AssignedEvent& event) {
  for (const auto& tp : event.partitions) {
    LogInfo("Topic partition assigned.", F("topic", tp.topic.value()),
            F("partition", tp.partition.value()), F("epoch", event.epoch.value()));
    revoking_.erase(tp);
    writers_[tp] = nullptr;  // the old one pauses nothing of the new one's
    writers_[tp] = std::make_unique<TopicPartitionWriter>(services_, tp, event.epoch);
    if (stopping_) writers_[tp]->Finish();
  }
}

void SinkTask::On(RevokedEvent& event) {
  const Micros until = services_.clock.Steady() + options_.drain_limit;
  for (const auto& tp : event.partitions) {
    LogInfo("Topic partition revoked.", F("topic", tp.topic.value()),
            F("partition", tp.partition.value()));
    const auto writer = writers_.find(tp);
    if (writer != writers_.end()) writer->second->Revoke();
    revoking_.emplace(tp, until);
  }
}

void SinkTask::On(LostEvent& event) {
  for (const auto& tp : event.partitions) {
    LogWarn("Topic partition lost.", F("topic", tp.topic.value()),
            F("partition", tp.partition.value()));
    revoking_.erase(tp);
    writers_.erase(tp);
  }
}

void SinkTask::On(RecordsEvent& event) {
  const auto writer = writers_.find(event.tp);
  if (writer == writers_.end() || writer->second->epoch() != event.epoch) return;
  writer->second->OnRecords(std::move(event.set));
}

void SinkTask::On(OffsetLostEvent& event) {
  const auto writer = writers_.find(event.tp);
  if (writer != writers_.end()) writer->second->OnOffsetLost(event.wanted, event.resumed);
}

void SinkTask::StepWriters() {
  for (auto& [tp, writer] : writers_) {
    writer->Step(MakeRoom());
    if (writer->failure() && !failure_) Fail(*writer->failure());
  }
  std::erase_if(writers_, [this](const auto& entry) {
    return entry.second->gone() && !revoking_.contains(entry.first);
  });
  FinishRevocations();
}

Reading SinkTask::MakeRoom() {
  if (!services_.budget.over()) return Reading::kWithinBudget;
  if (stores_in_flight()) return Reading::kWithinBudget;  // they give bytes back
  TopicPartitionWriter* largest = nullptr;
  for (auto& [tp, writer] : writers_) {
    if (!writer->can_cut()) continue;
    if (!largest || writer->open_bytes() > largest->open_bytes()) largest = writer.get();
  }
  if (largest && largest->CutForMemory()) {
    LogInfo("Open objects are closed to stay within the memory budget.",
            F("topic", largest->tp().topic.value()),
            F("partition", largest->tp().partition.value()));
    return Reading::kWithinBudget;
  }
  return Reading::kRegardless;
}

void SinkTask::FinishRevocations() {
  std::vector<TopicPartition> settled;
  for (const auto& [tp, until] : revoking_) {
    const auto writer = writers_.find(tp);
    if (writer == writers_.end() || writer->second->drained() ||
        services_.clock.Steady() >= until) {
      settled.push_back(tp);
    }
  }
  for (const auto& tp : settled) {
    writers_.erase(tp);
    revoking_.erase(tp);
  }
  if (!settled.empty()) consumer_->ConfirmRevoked(settled);
}

void SinkTask::Fail(const Error& error) {
  if (failure_) return;
  failure_ = error;
  LogError("Sink task failed.", F("group", options_.group.group.value()), F("reason", error));
  Stop();
}

void SinkTask::Stop() {
  if (stopping_) return;
  stopping_ = true;
  stop_until_ = services_.clock.Steady() + options_.drain_limit;
  for (auto& [tp, writer] : writers_) writer->Finish();
}

bool SinkTask::done() const {
  if (closed_) return true;
  if (!stopping_) return false;
  if (services_.clock.Steady() >= *stop_until_) return true;
  return std::all_of(writers_.begin(), writers_.end(),
                     [](const auto& entry) { return entry.second->drained(); });
}

void SinkTask::Close() {
  if (closed_) return;
  closed_ = true;
  writers_.clear();
  consumer_->Close();
}

// ---- Waiting and counting

bool SinkTask::stores_in_flight() const {
  return std::any_of(writers_.begin(), writers_.end(),
                     [](const auto& entry) { return entry.second->stores_in_flight(); });
}

Millis SinkTask::WaitFor(Millis wait) const {
  const Micros now = services_.clock.Steady();
  Micros least = wait;
  for (const auto& [tp, writer] : writers_) {
    if (const auto at = writer->wake_at()) least = std::min(least, std::max(*at - now, Micros(0)));
    if (const auto due = writer->closes_open_at_ms()) {
      const int64_t in_ms = std::max<int64_t>(*due - services_.clock.WallMs(), 0);
      least = std::min(least, Micros(std::min<int64_t>(in_ms, 60'000) * 1000));
    }
  }
  return std::chrono::ceil<Millis>(least);
}

void SinkTask::NoteEnds() {
  if (!ends_) return;
  for (const auto& [tp, writer] : writers_) {
    const auto end = ends_->EndOf(tp);
    if (!end || !writer->Reached(*end)) continue;
    const auto closes = writer->closes_open_at_ms();
    if (closes && *closes - services_.clock.WallMs() <= kScheduleWaitMs) continue;
    ends_->Reached(tp);
  }
}

void SinkTask::NoteLag() {
  const Micros now = services_.clock.Steady();
  if (now < next_lag_) return;
  next_lag_ = now + kLagEvery;
  for (const auto& [tp, writer] : writers_) {
    if (writer->committed() < Offset(0)) continue;
    const auto range = services_.log.Offsets(tp);
    if (!range) continue;
    services_.metrics
        .GetGauge(kSinkLagRecords, {tp.topic.value(), std::to_string(tp.partition.value())})
        .Set(static_cast<double>(range->end - writer->committed()));
  }
}

}  // namespace pinlake
