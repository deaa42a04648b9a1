#include "sink/topic_partition_writer.h"

#include <algorithm>
#include <utility>

#include "observe/log.h"
#include "sink/sink_metrics.h"

namespace pinlake {
namespace {

/// Bytes are leased in steps, so that the budget is not asked once a record.
constexpr int64_t kLeaseBytesMin = 4096;
constexpr int64_t kLeaseBytesMax = 1 << 20;
/// What a task may open although others hold the whole budget.
constexpr int64_t kGuaranteedBytes = 1 << 20;

/// Whether opening again later can help.
bool IsTransient(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kThrottled:
    case ErrorKind::kUnavailable:
    case ErrorKind::kUnknownOutcome:
    case ErrorKind::kConflict:
    case ErrorKind::kNotFound:  // the topic is being deleted: we are about to lose it
    case ErrorKind::kOutOfSpace:
      return true;
    case ErrorKind::kInvalidArgument:
    case ErrorKind::kUnauthenticated:
    case ErrorKind::kPermissionDenied:
    case ErrorKind::kAlreadyExists:
    case ErrorKind::kFenced:
    case ErrorKind::kUnsupported:
    case ErrorKind::kCancelled:
    case ErrorKind::kCorruption:
    case ErrorKind::kInternal:
      return false;
  }
  return false;
}

}  // namespace

TopicPartitionWriter::TopicPartitionWriter(SinkServices& services, TopicPartition tp, Epoch epoch)
    : services_(services),
      tp_(std::move(tp)),
      epoch_(epoch),
      open_at_(Micros(0)),
      bytes_total_(services.metrics.GetCounter(kSinkBytesTotal, {tp_.topic.value()})),
      records_total_(services.metrics.GetCounter(kSinkRecordsTotal, {tp_.topic.value()})),
      commits_total_(services.metrics.GetCounter(kSinkCommitsTotal, {tp_.topic.value()})) {
  // No records before it is known where to begin.
  services_.consumer.Pause(tp_);
  paused_ = true;
}

TopicPartitionWriter::~TopicPartitionWriter() {
  if (over_) over_->store(true);
}

void TopicPartitionWriter::Fail(Error error, Mode then) {
  LogError("Sink can't go on with a topic partition.", F("topic", tp_.topic.value()),
           F("partition", tp_.partition.value()), F("reason", error));
  if (!failure_) failure_ = std::move(error);
  mode_ = std::max(mode_, then);
  sets_.clear();
  set_at_ = 0;
}

// ---- Taking up

void TopicPartitionWriter::Open() {
  if (Now() < *open_at_) return;
  open_at_.reset();
  const Status opened = TryOpen();
  if (opened) return;
  if (opened.error().kind() == ErrorKind::kFenced ||
      opened.error().kind() == ErrorKind::kCancelled) {
    gone_ = true;
  } else if (IsTransient(opened.error().kind())) {
    LogWarn("Topic partition can't be taken up yet.", F("topic", tp_.topic.value()),
            F("partition", tp_.partition.value()), F("reason", opened.error()));
    open_at_ = Now() + services_.options.retry_backoff;
  } else {
    Fail(opened.error().In(fmt::format("take up {}", ToString(tp_))), Mode::kSettling);
  }
}

Status TopicPartitionWriter::TryOpen() {
  ASSIGN_OR_RETURN(const auto committed, services_.consumer.Committed(tp_));
  ASSIGN_OR_RETURN(const auto topic, services_.log.DescribeTopic(tp_.topic));
  log_id_ = topic.log_id;
  settings_ = services_.options.today;
  ASSIGN_OR_RETURN(auto start, StartAt(committed));
  return TakeUp(std::move(start));
}

Result<PartitionStart> TopicPartitionWriter::StartAt(
    const std::optional<CommittedOffset>& committed) {
  if (!committed) return StartFresh();
  ASSIGN_OR_RETURN(const auto record, ParseCutRecord(committed->metadata));
  if (record) return StartFromRecord(committed->offset, *record);
  // Another program's commit (Connect's): its offset is the beginning of our first cut.
  group_start_ = committed->offset;
  return PartitionStart{committed->offset, true, committed->offset, 0, {}, {}, false};
}

Result<PartitionStart> TopicPartitionWriter::StartFresh() {
  ASSIGN_OR_RETURN(const auto range, services_.log.Offsets(tp_));
  if (services_.options.group.reset == OffsetReset::kNone) {
    return pinlake::Fail(ErrorKind::kInvalidArgument,
                         "group {} has no committed offset and auto.offset.reset is none",
                         services_.options.group.group.value());
  }
  const bool earliest = services_.options.group.reset == OffsetReset::kEarliest;
  group_start_ = earliest ? range.low : range.end;
  return PartitionStart{group_start_, false, group_start_, 0, {}, {}, false};
}

Result<PartitionStart> TopicPartitionWriter::StartFromRecord(Offset committed,
                                                             const CutRecord& record) {
  if (record.log_id != log_id_) {
    return pinlake::Fail(
        ErrorKind::kInvalidArgument,
        "the offset {} that group {} committed is of log {}, but the topic is now log {}: it was "
        "deleted and made again. Reset the group's offsets, and give the connector another "
        "topics.dir or remove the old objects, to begin anew",
        committed.value(), services_.options.group.group.value(), record.log_id.value(),
        log_id_.value());
  }
  group_start_ = record.start;
  PartitionStart start{committed, true, committed, 0, {}, record.switches, false};
  if (record.skipped) {
    start.cut_start = record.skipped->from;
    start.skipped = record.skipped->count;
  }
  if (Has(PlantedBug::kForgetRecordedEnds)) return start;
  if (Has(PlantedBug::kForgetReadings)) start.switches.clear();
  for (const auto& end : record.ends) start.ends.push_back({end, true});
  if (!start.ends.empty() && record.properties != settings_.recorded) {
    ASSIGN_OR_RETURN(settings_, services_.options.settings_for(record.properties));
    settings_.rules.schedule.reset();
    settings_.rules.rotate_interval_ms = 0;
    start.repeat_only = true;
  }
  return start;
}

Status TopicPartitionWriter::TakeUp(PartitionStart start) {
  RETURN_IF_ERROR(services_.consumer.Seek(tp_, start.committed));
  encoder_ = settings_.make_encoder();
  partitioner_ = settings_.make_partitioner ? settings_.make_partitioner() : nullptr;
  wallclock_path_.clear();
  encoded_partitions_.clear();
  read_to_ = start.committed;
  partition_.emplace(settings_.rules, std::move(start));
  bodies_of_ = partition_->open_number();
  over_ = std::make_shared<std::atomic<bool>>(false);
  return {};
}

void TopicPartitionWriter::DropWork() {
  if (over_) over_->store(true);
  jobs_.clear();
  retries_.clear();
  closed_.clear();
  bodies_.clear();
  open_bytes_ = 0;
  sets_.clear();
  set_at_ = 0;
  partition_.reset();
}

// ---- Life

void TopicPartitionWriter::Step(Reading reading) {
  if (gone_) return;
  if (open_at_ && mode_ == Mode::kRunning) Open();
  if (!partition_) return;
  if (mode_ == Mode::kRunning) {
    partition_->OnClock(services_.clock.WallMs());
    CollectClosed();
    Process(reading);
  }
  CommitIfDue();
  if (gone_ || !partition_) return;
  SubmitStores();
  Retry();
  if (partition_ && mode_ == Mode::kRunning && partition_->repeated()) {
    DropWork();
    open_at_ = Micros(0);
  }
  PauseOrResume();
}

void TopicPartitionWriter::PauseOrResume() {
  const bool wanted = mode_ != Mode::kRunning || !partition_ || !sets_.empty();
  if (wanted == paused_) return;
  paused_ = wanted;
  if (paused_) {
    services_.consumer.Pause(tp_);
  } else {
    services_.consumer.Resume(tp_);
  }
}

void TopicPartitionWriter::Finish() {
  mode_ = std::max(mode_, Mode::kFinishing);
  sets_.clear();
  set_at_ = 0;
  PauseOrResume();
}

void TopicPartitionWriter::Revoke() {
  mode_ = Mode::kSettling;
  sets_.clear();
  set_at_ = 0;
  retries_.clear();
  if (over_) over_->store(true);
  PauseOrResume();
}

bool TopicPartitionWriter::drained() const {
  if (gone_ || !partition_) return true;
  return jobs_.empty() && retries_.empty() && Wish() == CommitWish::kNone;
}

bool TopicPartitionWriter::can_cut() const {
  return partition_ && mode_ == Mode::kRunning && partition_->can_cut();
}

bool TopicPartitionWriter::CutForMemory() {
  if (!can_cut() || !partition_->CutNow(RotationReason::kMemory)) return false;
  CollectClosed();
  return true;
}

bool TopicPartitionWriter::Reached(Offset end) const {
  return partition_ && !failure_ && read_to_ >= end && jobs_.empty() && partition_->idle() &&
         partition_->commit_wish() == CommitWish::kNone;
}

std::optional<int64_t> TopicPartitionWriter::closes_open_at_ms() const {
  if (!partition_ || !partition_->has_open_records()) return {};
  return partition_->next_schedule_ms();
}

std::optional<Micros> TopicPartitionWriter::wake_at() const {
  std::optional<Micros> at = open_at_;
  const auto sooner = [&at](Micros other) { at = at ? std::min(*at, other) : other; };
  if (!retries_.empty()) sooner(retry_at_);
  if (partition_ && Wish() != CommitWish::kNone) {
    sooner(commit_retry_at_.value_or(Now() + services_.options.commit_linger));
  }
  return at;
}

// ---- Records

void TopicPartitionWriter::OnRecords(RecordSet set) {
  if (mode_ != Mode::kRunning || !partition_) return;
  sets_.push_back(std::move(set));
}

void TopicPartitionWriter::OnOffsetLost(Offset wanted, Offset resumed) {
  if (resumed < wanted) {
    return Fail(Error(ErrorKind::kCorruption,
                      fmt::format("{}: offset {} is past the end of the log, which goes on at {}: "
                                  "the log lost records that were read",
                                  ToString(tp_), wanted.value(), resumed.value())),
                Mode::kSettling);
  }
  LogError("Records were removed by retention before they were stored.",
           F("topic", tp_.topic.value()), F("partition", tp_.partition.value()),
           F("first_offset", wanted.value()), F("next_offset", resumed.value()));
  services_.metrics.GetCounter(kSinkLostRecordsTotal, {tp_.topic.value()})
      .Add(static_cast<uint64_t>(resumed - wanted));
}

void TopicPartitionWriter::Process(Reading reading) {
  while (!sets_.empty()) {
    const RecordSet& set = sets_.front();
    for (; set_at_ < set.records.size(); ++set_at_) {
      const RecordView& record = set.records[set_at_];
      if (record.offset < read_to_) continue;  // fetched before a seek
      if (!ProcessOne(record, reading)) return;
      read_to_ = record.offset + 1;
    }
    read_to_ = std::max(read_to_, set.next);
    sets_.pop_front();
    set_at_ = 0;
  }
}

bool TopicPartitionWriter::ProcessOne(const RecordView& record, Reading reading) {
  const bool admitted = partition_->Admit(record.offset);
  CollectClosed();
  if (!admitted) return false;
  if (services_.budget.over() && !MayGrow(reading)) return false;
  const auto fact = Encode(record);
  if (!fact) return false;
  partition_->OnRecord(*fact);
  CollectClosed();
  return mode_ == Mode::kRunning;
}

/// Over the budget.
bool TopicPartitionWriter::MayGrow(Reading reading) const {
  if (reading == Reading::kWithinBudget) return false;
  // A recorded cut is repeated whatever it takes.
  return open_bytes_ < kGuaranteedBytes || !can_cut();
}

/// None if the topic partition failed.
std::optional<RecordFact> TopicPartitionWriter::Encode(const RecordView& record) {
  if (partitioner_) return EncodeIntoPlace(record);
  const EncodedPartitionId id = Intern(fmt::format("partition={}", tp_.partition.value()));
  const auto known = bodies_.find(id);
  Body fresh;
  Body& body = known == bodies_.end() ? fresh : known->second;
  const size_t before = body.bytes.size();
  const auto written = encoder_->Append(record, &body.bytes);
  if (!written || !*written) body.bytes.resize(before);
  if (!written) return Skip(record, "bad record", written.error());
  if (!*written) {
    return SkipNull(record);
  }
  body.digester.Add(record);
  Account(body);
  if (known == bodies_.end()) bodies_.emplace(id, std::move(fresh));
  return RecordFact{record.offset, record.timestamp, id, false, false};
}

/// The record decides where it goes, and may close what is open before it.
std::optional<RecordFact> TopicPartitionWriter::EncodeIntoPlace(const RecordView& record) {
  encoded_.clear();
  const auto written = encoder_->Append(record, &encoded_);
  if (!written) return Skip(record, "bad record", written.error());
  if (!*written) return SkipNull(record);
  const TimestampMs reading =
      partition_->RecordedReading(record.offset).value_or(services_.clock.WallMs());
  const auto place = partitioner_->Place(record, reading);
  if (!place) return Skip(record, "bad record", place.error());

  RecordFact fact{record.offset, place->timestamp, Intern(place->encoded_partition), false, false};
  if (partitioner_->wallclock() && wallclock_path_ != place->encoded_partition) {
    wallclock_path_ = place->encoded_partition;
    fact.bucket_switch = true;
  }
  partition_->Rotate(fact);
  CollectClosed();
  if (mode_ != Mode::kRunning) return {};
  fact.encoded_partition = Intern(place->encoded_partition);
  Body& body = bodies_[fact.encoded_partition];
  body.bytes.append(encoded_);
  body.digester.Add(record);
  Account(body);
  return fact;
}

EncodedPartitionId TopicPartitionWriter::Intern(const std::string& path) {
  const auto next = static_cast<uint32_t>(encoded_partitions_.size());
  return encoded_partitions_.try_emplace(path, EncodedPartitionId(next)).first->second;
}

std::optional<RecordFact> TopicPartitionWriter::SkipNull(const RecordView& record) {
  return Skip(
      record, "null value",
      Error(ErrorKind::kInvalidArgument, "its value is null and behavior.on.null.values is fail"));
}

std::optional<RecordFact> TopicPartitionWriter::Skip(const RecordView& record, const char* why,
                                                     const Error& otherwise) {
  const bool null = std::string_view(why) == "null value";
  const bool tolerated =
      null ? settings_.null_values == NullValues::kIgnore
           : settings_.tolerate_bad_records && otherwise.kind() == ErrorKind::kInvalidArgument;
  if (!tolerated) {
    Fail(otherwise.In(
             fmt::format("record at offset {} of {}", record.offset.value(), ToString(tp_))),
         Mode::kFinishing);
    return {};
  }
  services_.metrics.GetCounter(kSinkSkippedTotal, {tp_.topic.value(), why}).Add();
  return RecordFact{record.offset, record.timestamp, EncodedPartitionId(0), true, false};
}

void TopicPartitionWriter::Account(Body& body) {
  const auto size = static_cast<int64_t>(body.bytes.size());
  if (size <= body.leased) return;
  const int64_t step = std::clamp(body.leased, kLeaseBytesMin, kLeaseBytesMax);
  const int64_t needed = size - body.leased;
  ByteLease lease = services_.budget.TryTake(std::max(needed, step));
  if (lease.bytes() == 0) lease = services_.budget.TryTake(needed);
  // Over the limit by this record; the task makes room before the next.
  if (lease.bytes() == 0) lease = services_.budget.Take(needed);
  body.leased += lease.bytes();
  open_bytes_ += lease.bytes();
  body.leases.push_back(std::move(lease));
}

void TopicPartitionWriter::CollectClosed() {
  for (; bodies_of_ < partition_->open_number(); bodies_of_ = bodies_of_ + 1) {
    const Cut& cut = partition_->cut(bodies_of_);
    auto& closed = closed_[cut.number];
    for (const auto& object : cut.objects) {
      const auto body = bodies_.find(object.encoded_partition);
      CHECK(body != bodies_.end(), "an object has bytes");
      auto made = Close(cut, object, std::move(body->second));
      if (!made) return Fail(std::move(made).error(), Mode::kSettling);
      closed.push_back(std::move(*made));
    }
    bodies_.clear();
    encoded_partitions_.clear();
    open_bytes_ = 0;
  }
}

Result<std::shared_ptr<TopicPartitionWriter::Closed>> TopicPartitionWriter::Close(
    const Cut& cut, const CutObject& object, Body body) {
  auto closed = std::make_shared<Closed>();
  closed->facts = {log_id_,
                   tp_,
                   cut.start,
                   cut.end,
                   object.first,
                   object.last,
                   object.count,
                   cut.skipped,
                   body.digester.Digest(),
                   {}};
  closed->facts.extra["reason"] = Name(cut.reason);
  const auto path =
      std::find_if(encoded_partitions_.begin(), encoded_partitions_.end(),
                   [&](const auto& known) { return known.second == object.encoded_partition; });
  CHECK(path != encoded_partitions_.end(), "an open object's encoded partition has a text");
  const ObjectName name{tp_, path->first, object.first, ObjectKind::kValue};
  ASSIGN_OR_RETURN(closed->key, MakeObjectKey(settings_.naming, name));
  ASSIGN_OR_RETURN(closed->put.metadata, RenderObjectMetadata(closed->facts));
  closed->put.content_type = settings_.content_type;
  closed->put.content_encoding = settings_.content_encoding;
  if (settings_.tag_objects) {
    closed->put.tags = {{"startOffset", std::to_string(object.first.value())},
                        {"endOffset", std::to_string(object.last.value())},
                        {"recordCount", std::to_string(object.count)}};
    closed->put.tags.insert(closed->put.tags.end(), settings_.extra_tags.begin(),
                            settings_.extra_tags.end());
    closed->put.tags_required = settings_.tags_required;
  }
  closed->bytes = std::make_shared<const std::string>(std::move(body.bytes));
  closed->leases = std::move(body.leases);
  closed->reason = cut.reason;
  return closed;
}

}  // namespace pinlake
