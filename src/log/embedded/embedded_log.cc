#include "log/embedded/embedded_log.h"

#include <unistd.h>

#include <algorithm>

#include "observe/log.h"

namespace pinlake {
namespace {

constexpr std::string_view kLockFile = "pinlake.lock";
// Less than this is no room to go on with.
constexpr uint64_t kFreeBytesMin = 8 << 20;

std::string Holder() {
  char host[256] = "this machine";
  ::gethostname(host, sizeof host - 1);
  return fmt::format("process {} on {}", ::getpid(), host);
}

}  // namespace

EmbeddedLog::EmbeddedLog(EmbeddedLogOptions options, Disk& disk, Clock& clock)
    : options_(std::move(options)),
      disk_(disk),
      clock_(clock),
      rng_(options_.seed ? Rng(*options_.seed) : Rng::FromSystem()),
      rules_{.defaults = {{"segment.bytes", std::to_string(options_.segment_bytes)},
                          {"retention.ms", std::to_string(options_.retention_ms)},
                          {"retention.bytes", std::to_string(options_.retention_bytes)},
                          {"max.message.bytes", std::to_string(options_.record_bytes_max)}},
             .allow_compact = false} {}

Result<std::unique_ptr<EmbeddedLog>> EmbeddedLog::Open(EmbeddedLogOptions options, Disk& disk,
                                                       Clock& clock) {
  std::unique_ptr<EmbeddedLog> log(new EmbeddedLog(std::move(options), disk, clock));
  if (auto status = log->OpenAll(); !status) {
    return Fail(std::move(status).error().In("open log " + log->options_.dir));
  }
  log->StartWriter();
  return log;
}

Status EmbeddedLog::OpenAll() {
  for (const auto& [name, value] : rules_.defaults) {
    RETURN_IF_ERROR(CheckTopicConfig(name, value, rules_));
  }
  RETURN_IF_ERROR(disk_.MakeDirectories(options_.dir));
  ASSIGN_OR_RETURN(lock_, disk_.Lock(pinlake::Join(options_.dir, kLockFile), Holder()));
  RETURN_IF_ERROR(LoadMetadata());
  cluster_id_ = metadata_.cluster_id;
  for (const auto& [name, meta] : metadata_.topics) {
    auto topic = std::make_shared<Topic>();
    topic->meta = meta;
    Configure(*topic);
    ASSIGN_OR_RETURN(topic->partitions, OpenPartitions(name, 0, meta.partitions, false));
    topics_.emplace(name, std::move(topic));
  }
  RETURN_IF_ERROR(OpenOffsets());
  groups_ = std::make_unique<LocalGroups>(static_cast<GroupHost&>(*this), durable_offsets_);
  next_retention_ = clock_.Steady() + options_.retention_check;
  return PurgeDeleted();
}

Status EmbeddedLog::LoadMetadata() {
  const Path path = pinlake::Join(options_.dir, kMetadataFile);
  const auto text = disk_.ReadAll(path);
  if (text) {
    auto metadata = DecodeMetadata(*text);
    if (!metadata) return Fail(std::move(metadata).error().In(path));
    metadata_ = *std::move(metadata);
    return {};
  }
  if (text.error().kind() != ErrorKind::kNotFound) return Fail(text.error());
  metadata_.cluster_id = rng_.Uuid();
  // The first time: the directory itself must not vanish with what it holds.
  for (Path at = options_.dir; at != "." && at != "/"; at = ParentOf(at)) {
    const Status synced = disk_.SyncDirectory(ParentOf(at));
    if (!synced && synced.error().kind() != ErrorKind::kPermissionDenied) return synced;
  }
  return SaveMetadata(metadata_);
}

Status EmbeddedLog::OpenOffsets() {
  const Path directory = pinlake::Join(options_.dir, std::string(kOffsetsTopic) + "-0");
  RETURN_IF_ERROR(disk_.MakeDirectories(directory));
  RETURN_IF_ERROR(disk_.SyncDirectory(options_.dir));
  const TopicPartition tp{TopicName(std::string(kOffsetsTopic)), PartitionId(0)};
  ASSIGN_OR_RETURN(offsets_, PartitionLog::Open(disk_, directory, tp));
  const OffsetRange range = offsets_->offsets();
  for (Offset at = range.low; at < range.end;) {
    ASSIGN_OR_RETURN(const RecordSet set, offsets_->Read(at, 1 << 20));
    for (const auto& record : set.records) {
      RETURN_IF_ERROR(ApplyOffsetRecord(record, durable_offsets_));
    }
    at = set.next;
  }
  return {};
}

// Finishes deletions that a crash interrupted.
Status EmbeddedLog::PurgeDeleted() {
  std::vector<TopicName> unknown;
  for (const auto& [group, offsets] : durable_offsets_) {
    for (const auto& [tp, committed] : offsets) {
      if (!topics_.contains(tp.topic)) unknown.push_back(tp.topic);
    }
  }
  for (const auto& topic : unknown) RETURN_IF_ERROR(groups_->ForgetTopic(topic));
  if (metadata_.deleted.empty()) return {};
  for (const auto& deleted : metadata_.deleted) {
    RETURN_IF_ERROR(RemoveDirectories(deleted.topic, deleted.partitions));
  }
  LogMetadata purged = metadata_;
  purged.deleted.clear();
  return SaveMetadata(purged);
}

void EmbeddedLog::StartWriter() {
  if (!options_.threads) return;
  has_writer_ = true;
  writer_ = std::jthread([this](std::stop_token stop) { WriterLoop(std::move(stop)); });
}

EmbeddedLog::~EmbeddedLog() { Close(); }

void EmbeddedLog::Close() {
  {
    // No append is half way in: they hold this shared.
    const std::unique_lock lock(topics_mutex_);
    if (std::exchange(closed_, true)) return;
  }
  if (writer_.joinable()) {
    writer_.request_stop();
    writer_.join();
  }
  if (groups_ == nullptr) return;
  while (Step()) {
  }
  groups_->Close();
  const std::lock_guard io(io_mutex_);
  const auto close = [&](PartitionLog& partition) {
    if (Refusal()) {
      if (auto status = partition.Close(); !status) {
        LogWarn("Topic partition not trimmed.", F("topic_partition", ToString(partition.tp())),
                F("error", status.error()));
      }
    }
  };
  for (const auto& [name, topic] : topics_) {
    for (const auto& partition : topic->partitions) close(*partition);
  }
  close(*offsets_);
  lock_.reset();
  activity_.Note();
}

Status EmbeddedLog::Refusal() const {
  const std::lock_guard lock(state_mutex_);
  if (!failed_) return {};
  return Fail(ErrorKind::kUnavailable, "the log stopped after: {}", failed_->message());
}

Status EmbeddedLog::Ready() {
  {
    const std::shared_lock lock(topics_mutex_);
    if (closed_) return Fail(ErrorKind::kCancelled, "the log is closed");
  }
  RETURN_IF_ERROR(Refusal());
  if (!out_of_space_) return {};
  ASSIGN_OR_RETURN(const uint64_t free, disk_.FreeBytes(options_.dir));
  if (free < kFreeBytesMin) {
    return Fail(ErrorKind::kOutOfSpace, "{} has {} bytes free; {} are needed", options_.dir, free,
                kFreeBytesMin);
  }
  return {};
}

void EmbeddedLog::Await(uint64_t seen, Millis wait, std::stop_token stop) {
  if (options_.threads) {
    activity_.Await(seen, wait, stop);
  } else if (!Step()) {
    clock_.SleepFor(wait, stop);
  }
}

Result<RecordSet> EmbeddedLog::ReadNow(const TopicPartition& tp, Offset from, size_t bytes_max) {
  ASSIGN_OR_RETURN(const auto partition, FindPartition(tp));
  return partition->Read(from, bytes_max);
}

Result<RecordSet> EmbeddedLog::Read(const TopicPartition& tp, Offset from, size_t bytes_max,
                                    Millis wait, std::stop_token stop) {
  const Micros deadline = clock_.Steady() + wait;
  while (true) {
    const uint64_t seen = activity_.count();
    auto set = ReadNow(tp, from, bytes_max);
    const auto left = std::chrono::ceil<Millis>(deadline - clock_.Steady());
    if (!set || set->next != from || left.count() <= 0 || stop.stop_requested()) return set;
    Await(seen, left, stop);
  }
}

Result<OffsetRange> EmbeddedLog::Offsets(const TopicPartition& tp) {
  ASSIGN_OR_RETURN(const auto partition, FindPartition(tp));
  return partition->offsets();
}

Result<Offset> EmbeddedLog::OffsetAt(const TopicPartition& tp, TimestampMs at) {
  ASSIGN_OR_RETURN(const auto partition, FindPartition(tp));
  return partition->OffsetAt(at);
}

Result<std::unique_ptr<GroupConsumer>> EmbeddedLog::Join(const GroupOptions& options) {
  return groups_->Join(options);
}

Result<GroupInfo> EmbeddedLog::DescribeGroup(const GroupName& group) {
  return groups_->Describe(group);
}

Result<std::map<TopicPartition, CommittedOffset>> EmbeddedLog::CommittedOffsets(
    const GroupName& group) {
  return groups_->Committed(group);
}

Status EmbeddedLog::SetCommittedOffsets(const GroupName& group,
                                        const std::map<TopicPartition, CommittedOffset>& offsets) {
  return groups_->SetCommitted(group, offsets);
}

}  // namespace pinlake
