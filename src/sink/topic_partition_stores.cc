// TopicPartitionWriter's stores of objects.
#include <utility>

#include "observe/log.h"
#include "sink/object_adoption.h"
#include "sink/sink_metrics.h"
#include "sink/topic_partition_writer.h"

namespace pinlake {

void TopicPartitionWriter::SubmitStores() {
  if (mode_ == Mode::kSettling) return;
  for (const StoreObject& object : partition_->TakeStores()) {
    Submit({object, closed_.at(object.cut).at(object.object)});
    if (Has(PlantedBug::kCommitBeforeStore)) partition_->OnObjectStored(object);
  }
}

void TopicPartitionWriter::Submit(Job job) {
  const uint64_t id = services_.next_job++;
  if (job.closed->first_sent == Micros(0)) job.closed->first_sent = Now();
  UploadJob upload{
      id,   job.closed->key, job.closed->bytes, job.closed->put, services_.options.conditional_put,
      over_};
  jobs_.emplace(id, std::move(job));
  services_.uploader.Submit(std::move(upload));
}

void TopicPartitionWriter::Retry() {
  if (retries_.empty() || Now() < retry_at_) return;
  for (Job& job : std::exchange(retries_, {})) Submit(std::move(job));
}

bool TopicPartitionWriter::OnAnswer(UploadAnswer& answer) {
  const auto at = jobs_.find(answer.id);
  if (at == jobs_.end()) return false;
  Job job = std::move(at->second);
  jobs_.erase(at);
  if (!answer.result) {
    OnStoreError(std::move(job), answer.result.error());
  } else if (*answer.result) {
    OnExists(job, **answer.result);
  } else {
    OnStored(job, false);
  }
  return true;
}

void TopicPartitionWriter::OnStored(const Job& job, bool adopted) {
  const Closed& object = *job.closed;
  const auto& facts = object.facts;
  if (adopted) {
    services_.metrics.GetCounter(kSinkAdoptedTotal, {tp_.topic.value()}).Add();
  }
  services_.metrics.GetCounter(kSinkObjectsTotal, {tp_.topic.value(), Name(object.reason)}).Add();
  bytes_total_.Add(object.bytes->size());
  records_total_.Add(static_cast<uint64_t>(facts.count));
  LogInfo(adopted ? "Object was stored already." : "Object stored.",
          F("object_key", object.key.value()), F("records", facts.count),
          F("bytes", object.bytes->size()), F("reason", Name(object.reason)),
          F("took_ms", (Now() - object.first_sent).count() / 1000));
  partition_->OnObjectStored(job.object);
  // Its bytes are not needed any more; the cut waits in line for the commit.
  job.closed->leases.clear();
  job.closed->bytes.reset();
}

void TopicPartitionWriter::OnExists(const Job& job, const ObjectInfo& info) {
  if (Has(PlantedBug::kNoDigestCompare)) return OnStored(job, true);
  const auto verdict = JudgeExisting(job.closed->facts, info.metadata);
  switch (verdict.what) {
    case Existing::kSame:
      return OnStored(job, true);
    case Existing::kOtherEnd:
      return StartOver(job, verdict.end);
    case Existing::kForeign:
      return Fail(Error(ErrorKind::kAlreadyExists,
                        fmt::format("store {} of {}: an object of that name exists and is not "
                                    "the one to be stored: {}",
                                    job.closed->key.value(), ToString(tp_), verdict.why)),
                  Mode::kSettling);
  }
}

void TopicPartitionWriter::StartOver(const Job& job, Offset end) {
  auto again = partition_->StartOverWithEnd(job.object.cut, end);
  const auto& facts = job.closed->facts;
  if (!again) {
    return Fail(again.error().In(fmt::format(
                    "store {} of {}: an object of that name exists with the cut [{}, {}), ours is "
                    "[{}, {})",
                    job.closed->key.value(), ToString(tp_), facts.cut_start.value(), end.value(),
                    facts.cut_start.value(), facts.cut_end.value())),
                Mode::kSettling);
  }
  LogWarn("An object exists with another end; its cut is repeated.",
          F("object_key", job.closed->key.value()), F("end_offset", end.value()),
          F("planned_end_offset", facts.cut_end.value()));
  DropWork();
  if (mode_ != Mode::kRunning) return;  // the next assignment meets it again
  const Status taken = TakeUp(std::move(*again));
  if (taken) return;
  DropWork();
  open_at_ = Now() + services_.options.retry_backoff;
}

void TopicPartitionWriter::OnStoreError(Job job, const Error& error) {
  switch (error.kind()) {
    case ErrorKind::kThrottled:
    case ErrorKind::kUnavailable:
    case ErrorKind::kConflict:        // another upload of the name is under way
    case ErrorKind::kUnknownOutcome:  // putting it again tells: it is refused if it is there
    case ErrorKind::kOutOfSpace:
      services_.metrics.GetCounter(kSinkRetriesTotal, {"store", Name(error.kind())}).Add();
      LogWarn("Object is not stored yet.", F("object_key", job.closed->key.value()),
              F("reason", error));
      if (mode_ == Mode::kSettling) return;
      if (retries_.empty()) retry_at_ = Now() + services_.options.retry_backoff;
      retries_.push_back(std::move(job));
      return;
    case ErrorKind::kCancelled:
    case ErrorKind::kFenced:
      return;
    case ErrorKind::kInvalidArgument:
    case ErrorKind::kUnauthenticated:
    case ErrorKind::kPermissionDenied:
    case ErrorKind::kNotFound:
    case ErrorKind::kAlreadyExists:
    case ErrorKind::kUnsupported:
    case ErrorKind::kCorruption:
    case ErrorKind::kInternal:
      retries_.clear();
      return Fail(error.In(fmt::format("store {} of {} ({} bytes)", job.closed->key.value(),
                                       ToString(tp_), job.closed->bytes->size())),
                  Mode::kSettling);
  }
}

}  // namespace pinlake
