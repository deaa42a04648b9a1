// The way of an append through the embedded log: enqueue, then in rounds write, sync, answer.
#include <algorithm>

#include "log/embedded/embedded_log.h"
#include "observe/log.h"

namespace pinlake {
namespace {

// The writer looks for retired segments at least this often, and whether it should stop.
constexpr Millis kIdleWait{500};

size_t BytesOf(const NewRecord& record) {
  return RecordView{{}, 0, record.key, record.value, record.headers}.bytes();
}

void FailEach(size_t records, const Error& error, const AppendDone& done) {
  done(std::vector<Result<Appended>>(records, Fail(error)));
}

}  // namespace

Status EmbeddedLog::CheckAppend(const Topic* topic, const TopicName& name) const {
  if (closed_) return Fail(ErrorKind::kCancelled, "append to a closed log");
  RETURN_IF_ERROR(Refusal());
  if (topic == nullptr) return Fail(ErrorKind::kNotFound, "unknown topic {}", name.value());
  return {};
}

Status EmbeddedLog::MakeIfUnknown(const TopicName& name) {
  if (!options_.auto_create) return {};
  {
    const std::shared_lock lock(topics_mutex_);
    if (closed_ || topics_.contains(name)) return {};
  }
  const auto made = CreateTopic({.topic = name, .partitions = options_.default_partitions});
  if (!made && made.error().kind() != ErrorKind::kAlreadyExists) return Fail(made.error());
  return {};
}

void EmbeddedLog::Append(const TopicName& name, RecordBatch batch, AppendDone done) {
  if (auto made = MakeIfUnknown(name); !made) {
    return FailEach(batch.records.size(), made.error(), done);
  }
  std::shared_lock lock(topics_mutex_);
  const auto it = topics_.find(name);
  Topic* topic = it == topics_.end() ? nullptr : it->second.get();
  if (const auto status = CheckAppend(topic, name); !status) {
    lock.unlock();
    return FailEach(batch.records.size(), status.error(), done);
  }
  if (waiting_bytes_.load(std::memory_order_relaxed) >= options_.waiting_bytes_max) {
    lock.unlock();
    return FailEach(
        batch.records.size(),
        Error(ErrorKind::kThrottled, fmt::format("{} bytes wait to be written already",
                                                 waiting_bytes_.load(std::memory_order_relaxed))),
        done);
  }
  const auto ticket = std::make_shared<AppendTicket>(batch.records.size(), std::move(done));
  Enqueue(*topic, batch, ticket);
  lock.unlock();
  ticket->FinishPart();
}

void EmbeddedLog::Enqueue(Topic& topic, const RecordBatch& batch,
                          const std::shared_ptr<AppendTicket>& ticket) {
  std::map<int32_t, std::vector<uint32_t>> shares;
  {
    const std::lock_guard lock(topic.choosing);
    for (uint32_t i = 0; i < batch.records.size(); ++i) {
      const size_t bytes = BytesOf(batch.records[i]);
      if (bytes > topic.record_bytes_max) {
        ticket->at(i) = Fail(ErrorKind::kInvalidArgument, "record of {} bytes; at most {}", bytes,
                             topic.record_bytes_max);
        continue;
      }
      const auto count = static_cast<int32_t>(topic.partitions.size());
      const int32_t p = topic.partitioner.Choose(batch.records[i], bytes, count).value();
      if (p < 0 || p >= count) {
        ticket->at(i) =
            Fail(ErrorKind::kInvalidArgument, "unknown partition {}; the topic has {}", p, count);
        continue;
      }
      shares[p].push_back(i);
    }
  }
  const TimestampMs now = clock_.WallMs();
  for (const auto& [p, records] : shares) {
    const auto& partition = topic.partitions[static_cast<size_t>(p)];
    const size_t bytes = partition->Enqueue(batch, records, now, ticket);
    waiting_bytes_.fetch_add(static_cast<int64_t>(bytes), std::memory_order_relaxed);
    Schedule(partition);
  }
}

void EmbeddedLog::Schedule(const std::shared_ptr<PartitionLog>& partition) {
  {
    const std::lock_guard lock(work_mutex_);
    if (std::exchange(partition->queued, true)) return;
    work_.push_back(partition);
  }
  work_there_.notify_one();
}

EmbeddedLog::Partitions EmbeddedLog::TakeWork() {
  const std::lock_guard lock(work_mutex_);
  for (const auto& partition : work_) partition->queued = false;
  return std::exchange(work_, {});
}

bool EmbeddedLog::Step() {
  std::vector<Finished> finished;
  bool worked = false;
  {
    const std::lock_guard io(io_mutex_);
    const Partitions work = TakeWork();
    worked = !work.empty();
    if (worked) Round(work, finished);
    RetainIfDue();
  }
  Answer(std::move(finished));
  if (worked) activity_.Note();
  return worked;
}

void EmbeddedLog::Round(const Partitions& work, std::vector<Finished>& finished) {
  if (const auto refused = Refusal(); !refused) {
    for (const auto& partition : work) FailAllOf(*partition, refused.error(), finished);
    return;
  }
  Partitions busy;
  for (const auto& partition : work) {
    if (partition == offsets_) {
      const Status compacted = CompactOffsets();
      if (!compacted && compacted.error().kind() != ErrorKind::kOutOfSpace) {
        FailStop(compacted.error());
      }
    }
    if (partition->Take()) busy.push_back(partition);
  }
  std::vector<Status> statuses(busy.size());
  for (size_t i = 0; i < busy.size(); ++i) WriteOne(*busy[i], statuses[i]);
  for (size_t i = 0; i < busy.size(); ++i) {
    if (!statuses[i]) continue;
    // Written, but after a failed sync nothing of the round may be believed.
    statuses[i] = Refusal();
    if (statuses[i]) statuses[i] = busy[i]->Sync();
    if (statuses[i]) statuses[i] = busy[i]->Publish();
    if (statuses[i]) continue;
    FailStop(statuses[i].error());
    statuses[i] = Fail(ErrorKind::kUnknownOutcome, "written, but not known to be durable: {}",
                       statuses[i].error().message());
  }
  for (size_t i = 0; i < busy.size(); ++i) {
    FinishOne(busy[i], statuses[i], finished);
    if (busy[i]->has_pending()) Schedule(busy[i]);
  }
}

void EmbeddedLog::WriteOne(PartitionLog& partition, Status& status) {
  status = Refusal();
  if (!status) return;
  status = partition.Write(LimitsOf(partition), clock_.WallMs());
  if (status) {
    out_of_space_ = false;
    return;
  }
  if (status.error().kind() != ErrorKind::kOutOfSpace) {
    FailStop(status.error());
    return;
  }
  if (!out_of_space_.exchange(true)) {
    LogError("No space for records.", F("topic_partition", ToString(partition.tp())),
             F("error", status.error()));
  }
}

void EmbeddedLog::FinishOne(const std::shared_ptr<PartitionLog>& partition, const Status& status,
                            std::vector<Finished>& finished) {
  auto [batch, base] = partition->Finish();
  if (status && partition == offsets_) NoteDurableOffsets(batch);
  finished.push_back({std::move(batch), base, status, partition});
}

void EmbeddedLog::FailAllOf(PartitionLog& partition, const Error& error,
                            std::vector<Finished>& finished) {
  for (auto& batch : partition.TakeAll()) {
    finished.push_back({std::move(batch), Offset(), Fail(error), nullptr});
  }
}

void EmbeddedLog::FailStop(const Error& error) {
  const std::lock_guard lock(state_mutex_);
  if (failed_) return;
  failed_ = error;
  LogError("The log stops: what was written last is not known to be durable.", F("error", error));
}

void EmbeddedLog::Answer(std::vector<Finished> finished) {
  for (auto& [batch, base, status, partition] : finished) {
    waiting_bytes_.fetch_sub(static_cast<int64_t>(batch.builder.bytes() - kBatchHeaderBytes),
                             std::memory_order_relaxed);
    for (auto& run : batch.runs) {
      for (int32_t delta = run.first_delta; delta < run.first_delta + run.count; ++delta) {
        auto& result = run.ticket->at(batch.records[static_cast<size_t>(delta)]);
        if (status) {
          result->offset = base + delta;
        } else {
          result = Fail(status.error());
        }
      }
      run.ticket->FinishPart();
    }
    if (partition != nullptr) partition->Recycle(std::move(batch));
  }
}

PartitionLimits EmbeddedLog::LimitsOf(const PartitionLog& partition) const {
  if (&partition == offsets_.get()) return {.segment_bytes = INT32_MAX};
  const std::shared_lock lock(topics_mutex_);
  const auto it = topics_.find(partition.tp().topic);
  return it == topics_.end() ? PartitionLimits{} : it->second->limits;
}

void EmbeddedLog::RetainIfDue() {
  if (!Refusal() || clock_.Steady() < next_retention_) return;
  next_retention_ = clock_.Steady() + options_.retention_check;
  for (const auto& [name, topic] : topics_) {
    for (const auto& partition : topic->partitions) {
      if (auto status = partition->Retain(topic->limits, clock_.WallMs()); !status) {
        return FailStop(status.error().In("retention of " + ToString(partition->tp())));
      }
    }
  }
}

Status EmbeddedLog::ApplyRetention() {
  const std::lock_guard io(io_mutex_);
  next_retention_ = Micros::min();
  RetainIfDue();
  return Refusal();
}

void EmbeddedLog::WriterLoop(std::stop_token stop) {
  Micros last{};
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(work_mutex_);
      work_there_.wait_for(lock, stop, kIdleWait, [&] { return !work_.empty(); });
    }
    const Micros next = last + options_.sync_window;
    const Micros now = SystemClock().Steady();
    if (next > now) std::this_thread::sleep_for(next - now);
    last = std::max(now, next);
    Step();
  }
}

OffsetsStored EmbeddedLog::StoreOffsets(
    const GroupName& group,
    const std::map<TopicPartition, std::optional<CommittedOffset>>& offsets) {
  std::vector<std::pair<std::string, std::optional<std::string>>> texts;
  RecordBatch batch;
  for (const auto& [tp, committed] : offsets) {
    auto& [key, value] = texts.emplace_back(EncodeOffsetKey(group, tp), std::nullopt);
    if (committed) value = EncodeOffsetValue(*committed, clock_.WallMs());
  }
  std::vector<uint32_t> records;
  for (const auto& [key, value] : texts) {
    records.push_back(static_cast<uint32_t>(batch.records.size()));
    batch.records.push_back({.key = key, .value = value ? MaybeBytes(*value) : std::nullopt});
  }
  struct Outcome {
    std::mutex mutex;
    std::condition_variable there;
    std::optional<Status> status;
  };
  const auto outcome = std::make_shared<Outcome>();
  const auto ticket = std::make_shared<AppendTicket>(
      batch.records.size(), [outcome](std::vector<Result<Appended>> results) {
        const std::lock_guard lock(outcome->mutex);
        outcome->status.emplace();
        for (auto& result : results) {
          if (!result) *outcome->status = Fail(std::move(result).error());
        }
        outcome->there.notify_all();
      });
  {
    const std::shared_lock lock(topics_mutex_);
    if (closed_) return {.status = Fail(ErrorKind::kCancelled, "commit to a closed log")};
    if (auto refused = Refusal(); !refused) return {.status = std::move(refused)};
    const size_t bytes = offsets_->Enqueue(batch, records, clock_.WallMs(), ticket);
    waiting_bytes_.fetch_add(static_cast<int64_t>(bytes), std::memory_order_relaxed);
    Schedule(offsets_);
  }
  ticket->FinishPart();
  const bool step = !has_writer_;
  std::unique_lock lock(outcome->mutex);
  while (!outcome->status) {
    if (step) {
      lock.unlock();
      Step();
      lock.lock();
    } else {
      outcome->there.wait(lock);
    }
  }
  const bool applied = outcome->status->has_value();
  return {.status = *std::move(outcome->status), .applied = applied};
}

void EmbeddedLog::NoteDurableOffsets(const PendingBatch& batch) {
  DecodedRecords decoded;
  const std::string_view bytes = batch.builder.view();
  const auto header = PeekBatch(bytes);
  CHECK(header.has_value(), "the batch was just written");
  const auto next = DecodeBatch(bytes, *header, header->base, SIZE_MAX, decoded);
  CHECK(next.has_value(), "the batch was just written");
  for (const auto& record : decoded.records) {
    const Status applied = ApplyOffsetRecord(record, durable_offsets_);
    CHECK(applied.has_value(), "the record was just encoded");
  }
}

// Rewrites all offsets at the start of a new segment, then removes the segments before. Each batch
// is synced before the next is written, like any.
Status EmbeddedLog::CompactOffsets() {
  if (offsets_->active_bytes() < static_cast<uint64_t>(options_.offsets_segment_bytes)) return {};
  RETURN_IF_ERROR(offsets_->Roll());
  const Offset start = offsets_->offsets().end;
  const TimestampMs now = clock_.WallMs();
  PendingBatch batch;
  const auto write = [&]() -> Status {
    if (batch.builder.count() == 0) return {};
    offsets_->Give(std::exchange(batch, PendingBatch()));
    Status status = offsets_->Write({.segment_bytes = INT32_MAX}, now);
    if (status) {
      status = offsets_->Sync();
      if (status) status = offsets_->Publish();
      if (!status) status = Fail(ErrorKind::kUnavailable, "{}", status.error().message());
    }
    offsets_->Finish();
    return status;
  };
  for (const auto& [group, offsets] : durable_offsets_) {
    for (const auto& [tp, committed] : offsets) {
      const std::string key = EncodeOffsetKey(group, tp);
      const std::string value = EncodeOffsetValue(committed, now);
      batch.builder.Add({.key = key, .value = value}, now);
      if (batch.builder.bytes() >= PartitionLog::kBatchBytesMax) RETURN_IF_ERROR(write());
    }
  }
  RETURN_IF_ERROR(write());
  return offsets_->RemoveBefore(start);
}

}  // namespace pinlake
