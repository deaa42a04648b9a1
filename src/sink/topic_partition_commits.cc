// TopicPartitionWriter's offset commits.
#include <utility>

#include "observe/log.h"
#include "sink/sink_metrics.h"
#include "sink/topic_partition_writer.h"

namespace pinlake {
namespace {

constexpr size_t kNewEndsMax = 1000;
/// A commit waits for others to join it only while this many stores keep the uploader busy …
constexpr size_t kBusyStores = 8;
/// … and until this many cuts are recorded or taken by it (or commit_linger is over).
constexpr size_t kCompany = 16;
constexpr Micros kTailLinger{1'000'000};

}  // namespace

CommitWish TopicPartitionWriter::Wish() const {
  const CommitWish wish = partition_->commit_wish();
  if (mode_ != Mode::kSettling || wish != CommitWish::kRecord) {
    return mode_ == Mode::kSettling && wish == CommitWish::kFirst ? CommitWish::kNone : wish;
  }
  // Nothing new is to be stored, but what is stored can still be committed.
  return partition_->stored_cuts() > 0 ? CommitWish::kAdvance : CommitWish::kNone;
}

bool TopicPartitionWriter::CommitIsDue(CommitWish wish) {
  if (wish == CommitWish::kNone) {
    commit_wished_at_.reset();
    return false;
  }
  const Micros now = Now();
  if (commit_retry_at_ && now < *commit_retry_at_) return false;
  if (!commit_wished_at_) commit_wished_at_ = now;
  if (mode_ != Mode::kRunning) return true;
  const Micros waited = now - *commit_wished_at_;
  switch (wish) {
    case CommitWish::kNone:
      return false;
    case CommitWish::kTail:
      return waited >= kTailLinger;
    case CommitWish::kAdvance:
      return jobs_.empty() || partition_->stored_cuts() >= kCompany ||
             waited >= services_.options.commit_linger;
    case CommitWish::kRecord:
      return jobs_.size() < kBusyStores || partition_->unrecorded_cuts() >= kCompany ||
             partition_->stored_cuts() >= kCompany || waited >= services_.options.commit_linger;
    case CommitWish::kFirst:
      return true;
  }
  return false;
}

void TopicPartitionWriter::CommitIfDue() {
  const CommitWish wish = Wish();
  if (!CommitIsDue(wish)) return;
  commit_retry_at_.reset();
  CommitPlan plan = partition_->PlanCommit(mode_ == Mode::kSettling ? 0 : kNewEndsMax);
  if (Has(PlantedBug::kNoCutRecord) && wish == CommitWish::kRecord) {
    return OnCommitted(plan);
  }
  const auto offset = RenderPlan(&plan);
  if (!offset)
    return Fail(offset.error().In(fmt::format("commit {}", ToString(tp_))), Mode::kSettling);
  const Status committed = services_.consumer.Commit(tp_, *offset, epoch_);
  if (committed) {
    OnCommitted(plan);
  } else {
    OnCommitError(plan, *offset, committed.error());
  }
}

Result<CommittedOffset> TopicPartitionWriter::RenderPlan(CommitPlan* plan) const {
  CutRecord record{log_id_, plan->ends.empty(), group_start_, settings_.recorded, plan->ends,
                   {},      plan->switches};
  if (plan->skipped > 0) record.skipped = SkippedBefore{plan->cut_start, plan->skipped};
  // Fewer new ends until the record fits; those that are recorded already did fit.
  for (size_t new_ends = plan->ends.size();;) {
    auto text = RenderCutRecord(record);
    if (text) return CommittedOffset{plan->offset, std::move(*text)};
    if (text.error().kind() != ErrorKind::kOutOfSpace || new_ends == 0) {
      return pinlake::Fail(std::move(text).error());
    }
    new_ends /= 2;
    *plan = partition_->PlanCommit(new_ends);
    record.ends = plan->ends;
    record.switches = plan->switches;
    record.clean = plan->ends.empty();
  }
}

void TopicPartitionWriter::OnCommitted(const CommitPlan& plan) {
  commits_total_.Add();
  commit_wished_at_.reset();
  partition_->OnCommitted(plan);
  closed_.erase(closed_.begin(), closed_.lower_bound(partition_->cuts().empty()
                                                         ? partition_->open_number()
                                                         : partition_->cuts().front().number));
}

void TopicPartitionWriter::OnCommitError(const CommitPlan& plan, const CommittedOffset& offset,
                                         const Error& error) {
  const auto later = [&] {
    services_.metrics.GetCounter(kSinkRetriesTotal, {"commit", Name(error.kind())}).Add();
    commit_retry_at_ = Now() + services_.options.retry_backoff;
  };
  switch (error.kind()) {
    case ErrorKind::kUnknownOutcome: {
      const auto now = services_.consumer.Committed(tp_);
      if (now && *now == offset) return OnCommitted(plan);
      return later();
    }
    case ErrorKind::kThrottled:
    case ErrorKind::kUnavailable:
    case ErrorKind::kConflict:
    case ErrorKind::kOutOfSpace:
      return later();
    case ErrorKind::kFenced:
      if (Has(PlantedBug::kEpochIgnored)) return OnCommitted(plan);
      [[fallthrough]];
    case ErrorKind::kCancelled:
      LogWarn("Assignment is over; what is not committed is dropped.",
              F("topic", tp_.topic.value()), F("partition", tp_.partition.value()),
              F("reason", error));
      gone_ = true;
      return DropWork();
    case ErrorKind::kInvalidArgument:
    case ErrorKind::kUnauthenticated:
    case ErrorKind::kPermissionDenied:
    case ErrorKind::kNotFound:
    case ErrorKind::kAlreadyExists:
    case ErrorKind::kUnsupported:
    case ErrorKind::kCorruption:
    case ErrorKind::kInternal:
      // Commits can't be made: settling would wish for the same one for ever.
      Fail(error.In(fmt::format("commit offset {} of {}", offset.offset.value(), ToString(tp_))),
           Mode::kSettling);
      return DropWork();
  }
}

}  // namespace pinlake
