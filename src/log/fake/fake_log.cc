#include "log/fake/fake_log.h"

#include <algorithm>

namespace pinlake {

namespace {

std::optional<std::string> Own(const MaybeBytes& bytes) {
  if (!bytes) return std::nullopt;
  return std::string(*bytes);
}

size_t BytesOf(const NewRecord& record) {
  return RecordView{{}, 0, record.key, record.value, record.headers}.bytes();
}

}  // namespace

FakeLog::FakeLog(Clock& clock, FakeLogOptions options)
    : clock_(clock), options_(std::move(options)), groups_(*this, {}) {}

FakeLog::~FakeLog() { Close(); }

void FakeLog::Await(uint64_t seen, Millis wait, std::stop_token stop) {
  if (options_.single_thread) {
    clock_.SleepFor(wait, stop);
  } else {
    activity_.Await(seen, wait, stop);
  }
}

Result<FakeLog::Topic*> FakeLog::Find(const TopicName& topic) {
  const auto it = topics_.find(topic);
  if (it == topics_.end()) return Fail(ErrorKind::kNotFound, "unknown topic {}", topic.value());
  return &it->second;
}

Result<FakeLog::Partition*> FakeLog::Find(const TopicPartition& tp) {
  ASSIGN_OR_RETURN(Topic * topic, Find(tp.topic));
  const int32_t p = tp.partition.value();
  if (p < 0 || static_cast<size_t>(p) >= topic->partitions.size()) {
    return Fail(ErrorKind::kNotFound, "unknown partition {}; the topic has {}", ToString(tp),
                topic->partitions.size());
  }
  return &topic->partitions[static_cast<size_t>(p)];
}

TopicInfo FakeLog::InfoOf(const Topic& topic) const {
  TopicInfo info{.topic = topic.spec.topic,
                 .log_id = topic.log_id,
                 .partitions = {},
                 .configs = ConfigsInForce(topic.spec.configs, rules_),
                 .overrides = topic.spec.configs,
                 .internal = false};
  for (size_t p = 0; p < topic.partitions.size(); ++p) {
    info.partitions.push_back({PartitionId(static_cast<int32_t>(p)), 0, {0}, {0}});
  }
  return info;
}

Result<TopicInfo> FakeLog::CreateLocked(const TopicSpec& spec) {
  RETURN_IF_ERROR(CheckTopicSpec(spec, rules_));
  if (topics_.contains(spec.topic)) {
    return Fail(ErrorKind::kAlreadyExists, "topic {} exists", spec.topic.value());
  }
  Topic topic{.spec = spec,
              .log_id = LogId(fmt::format("{}/topic-{}", options_.cluster_id, next_topic_id_++)),
              .partitions = std::vector<Partition>(static_cast<size_t>(spec.partitions)),
              .facts = {},
              .partitioner = {}};
  return InfoOf(topics_.emplace(spec.topic, std::move(topic)).first->second);
}

Result<TopicInfo> FakeLog::CreateTopic(const TopicSpec& spec) {
  Result<TopicInfo> info = [&] {
    const std::lock_guard lock(mutex_);
    return CreateLocked(spec);
  }();
  if (info) groups_.TopicsChanged();
  return info;
}

Status FakeLog::DeleteTopic(const TopicName& topic) {
  {
    const std::lock_guard lock(mutex_);
    RETURN_IF_ERROR(Find(topic));
    topics_.erase(topic);
  }
  groups_.TopicsChanged();
  return groups_.ForgetTopic(topic);
}

Status FakeLog::AddPartitions(const TopicName& name, int32_t partitions) {
  {
    const std::lock_guard lock(mutex_);
    ASSIGN_OR_RETURN(Topic * topic, Find(name));
    if (partitions <= topic->spec.partitions) {
      return Fail(ErrorKind::kInvalidArgument, "topic {} has {} partitions already, {} asked for",
                  name.value(), topic->spec.partitions, partitions);
    }
    TopicSpec grown = topic->spec;
    grown.partitions = partitions;
    RETURN_IF_ERROR(CheckTopicSpec(grown, rules_));
    topic->spec = grown;
    topic->partitions.resize(static_cast<size_t>(partitions));
  }
  groups_.TopicsChanged();
  return {};
}

Status FakeLog::AlterTopic(const TopicName& name,
                           const std::map<std::string, std::optional<std::string>>& configs) {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(Topic * topic, Find(name));
  ASSIGN_OR_RETURN(topic->spec.configs, AlteredConfigs(topic->spec.configs, configs, rules_));
  return {};
}

Result<std::vector<TopicName>> FakeLog::ListTopics() {
  const std::lock_guard lock(mutex_);
  std::vector<TopicName> names;
  for (const auto& [name, topic] : topics_) names.push_back(name);
  return names;
}

Result<TopicInfo> FakeLog::DescribeTopic(const TopicName& name) {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const Topic* topic, Find(name));
  return InfoOf(*topic);
}

Status FakeLog::PutTopicFact(const TopicName& name, const std::string& key,
                             const std::string& value) {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(Topic * topic, Find(name));
  if (value.empty()) {
    topic->facts.erase(key);
  } else {
    topic->facts[key] = value;
  }
  return {};
}

Result<std::map<std::string, std::string>> FakeLog::TopicFacts(const TopicName& name) {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const Topic* topic, Find(name));
  return topic->facts;
}

Result<Appended> FakeLog::AppendOne(Topic& topic, const NewRecord& record) {
  const size_t bytes = BytesOf(record);
  if (bytes > options_.record_bytes_max) {
    return Fail(ErrorKind::kInvalidArgument, "record of {} bytes; at most {}", bytes,
                options_.record_bytes_max);
  }
  const PartitionId p = topic.partitioner.Choose(record, bytes, topic.spec.partitions);
  ASSIGN_OR_RETURN(Partition * partition,
                   Find(TopicPartition{topic.spec.topic, p}).map_error([](Error error) {
                     return Error(ErrorKind::kInvalidArgument, error.message());
                   }));
  auto stored = std::make_shared<StoredRecord>();
  stored->offset = partition->end;
  stored->timestamp = record.timestamp.value_or(clock_.WallMs());
  stored->key = Own(record.key);
  stored->value = Own(record.value);
  for (const auto& header : record.headers) {
    stored->headers.emplace_back(header.key, Own(header.value));
  }
  for (const auto& [key, value] : stored->headers) {
    stored->header_views.push_back({key, StoredRecord::View(value)});
  }
  partition->end = partition->end + 1;
  const Appended appended{p, stored->offset, stored->timestamp};
  partition->records.push_back(std::move(stored));
  return appended;
}

std::vector<Result<Appended>> FakeLog::AppendAll(const TopicName& name, const RecordBatch& batch) {
  const auto all = [&](Error error) {
    return std::vector<Result<Appended>>(batch.records.size(), Fail(std::move(error)));
  };
  const std::lock_guard lock(mutex_);
  if (closed_) return all(Error(ErrorKind::kCancelled, "append to a closed log"));
  std::optional<Failure> failure;
  if (!append_failures_.empty()) {
    failure = append_failures_.front();
    append_failures_.pop_front();
    if (!failure->applied) return all(Error(failure->kind, "append: told to fail"));
  }
  if (options_.auto_create && !topics_.contains(name)) {
    if (auto created = CreateLocked({.topic = name}); !created) return all(created.error());
  }
  const auto topic = Find(name);
  if (!topic) return all(topic.error());
  std::vector<Result<Appended>> results;
  results.reserve(batch.records.size());
  for (const auto& record : batch.records) results.push_back(AppendOne(**topic, record));
  if (failure) return all(Error(failure->kind, "append: told to fail after the deed"));
  return results;
}

void FakeLog::Append(const TopicName& topic, RecordBatch batch, AppendDone done) {
  bool created = false;
  if (options_.auto_create) {
    const std::lock_guard lock(mutex_);
    created = !topics_.contains(topic);
  }
  auto results = AppendAll(topic, batch);
  if (created) groups_.TopicsChanged();
  activity_.Note();
  Answer(std::move(done), std::move(results));
}

void FakeLog::Answer(AppendDone done, std::vector<Result<Appended>> results) {
  {
    const std::lock_guard lock(mutex_);
    if (holding_) {
      held_answers_.push_back(
          [done = std::move(done), results = std::move(results)]() mutable { done(results); });
      return;
    }
  }
  done(std::move(results));
}

Result<RecordSet> FakeLog::ReadNow(const TopicPartition& tp, Offset from, size_t bytes_max) {
  const std::lock_guard lock(mutex_);
  if (closed_) return Fail(ErrorKind::kCancelled, "read of a closed log");
  if (!read_failures_.empty()) {
    const ErrorKind kind = read_failures_.front();
    read_failures_.pop_front();
    return Fail(kind, "read of {}: told to fail", ToString(tp));
  }
  ASSIGN_OR_RETURN(const Partition* partition, Find(tp));
  if (from < partition->low || from > partition->end) {
    return Fail(ErrorKind::kInvalidArgument, "read {} from {}: the log holds [{}, {}]",
                ToString(tp), from.value(), partition->low.value(), partition->end.value());
  }
  auto it = std::lower_bound(partition->records.begin(), partition->records.end(), from,
                             [](const auto& record, Offset at) { return record->offset < at; });
  RecordSet set{.records = {}, .next = partition->end, .owner = {}};
  auto owners = std::make_shared<std::vector<std::shared_ptr<const StoredRecord>>>();
  for (size_t bytes = 0; it != partition->records.end(); ++it) {
    const RecordView view = (*it)->view();
    if (!set.records.empty() && bytes + view.bytes() > bytes_max) {
      set.next = set.records.back().offset + 1;
      break;
    }
    bytes += view.bytes();
    set.records.push_back(view);
    owners->push_back(*it);
  }
  set.owner = std::move(owners);
  return set;
}

Result<RecordSet> FakeLog::Read(const TopicPartition& tp, Offset from, size_t bytes_max,
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

Result<OffsetRange> FakeLog::Offsets(const TopicPartition& tp) {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const Partition* partition, Find(tp));
  return OffsetRange{partition->low, partition->end};
}

Result<Offset> FakeLog::OffsetAt(const TopicPartition& tp, TimestampMs at) {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const Partition* partition, Find(tp));
  for (const auto& record : partition->records) {
    if (record->timestamp >= at) return record->offset;
  }
  return partition->end;
}

Result<std::unique_ptr<GroupConsumer>> FakeLog::Join(const GroupOptions& options) {
  return groups_.Join(options);
}

Result<GroupInfo> FakeLog::DescribeGroup(const GroupName& group) { return groups_.Describe(group); }

Result<std::map<TopicPartition, CommittedOffset>> FakeLog::CommittedOffsets(
    const GroupName& group) {
  return groups_.Committed(group);
}

Status FakeLog::SetCommittedOffsets(const GroupName& group,
                                    const std::map<TopicPartition, CommittedOffset>& offsets) {
  return groups_.SetCommitted(group, offsets);
}

Status FakeLog::Ready() {
  const std::lock_guard lock(mutex_);
  if (closed_) return Fail(ErrorKind::kCancelled, "the log is closed");
  return ready_;
}

void FakeLog::Close() {
  ReleaseAppends();
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  groups_.Close();
}

std::map<TopicName, int32_t> FakeLog::PartitionCounts() {
  const std::lock_guard lock(mutex_);
  std::map<TopicName, int32_t> counts;
  for (const auto& [name, topic] : topics_) counts.emplace(name, topic.spec.partitions);
  return counts;
}

}  // namespace pinlake
