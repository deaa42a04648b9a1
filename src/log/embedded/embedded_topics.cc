// Topics of the embedded log: each change is durable in the metadata file before it is answered.
#include <algorithm>

#include "log/embedded/embedded_log.h"

namespace pinlake {

Path EmbeddedLog::DirectoryOf(const TopicName& topic, int32_t partition) const {
  return pinlake::Join(options_.dir, ToString(TopicPartition{topic, PartitionId(partition)}));
}

Status EmbeddedLog::SaveMetadata(const LogMetadata& metadata) {
  RETURN_IF_ERROR(Refusal());
  const Path path = pinlake::Join(options_.dir, kMetadataFile);
  const Status saved = disk_.ReplaceAtomically(path, EncodeMetadata(metadata));
  if (saved) {
    metadata_ = metadata;
    return {};
  }
  // Either the old file is untouched, or nobody knows which one a crash would leave.
  const auto there = disk_.ReadAll(path);
  if (!there || *there != EncodeMetadata(metadata_)) FailStop(saved.error());
  return saved;
}

void EmbeddedLog::Configure(Topic& topic) const {
  topic.in_force = ConfigsInForce(topic.meta.configs, rules_);
  topic.limits = {.segment_bytes = ConfigNumber(topic.in_force, "segment.bytes"),
                  .segment_ms = ConfigNumber(topic.in_force, "segment.ms"),
                  .retention_ms = ConfigNumber(topic.in_force, "retention.ms"),
                  .retention_bytes = ConfigNumber(topic.in_force, "retention.bytes")};
  topic.record_bytes_max = static_cast<size_t>(ConfigNumber(topic.in_force, "max.message.bytes"));
}

Result<EmbeddedLog::Partitions> EmbeddedLog::OpenPartitions(const TopicName& topic, int32_t from,
                                                            int32_t to, bool make) {
  Partitions partitions;
  for (int32_t p = from; make && p < to; ++p) {
    // What an interrupted create left behind belongs to no topic.
    RETURN_IF_ERROR(disk_.RemoveTree(DirectoryOf(topic, p)));
    RETURN_IF_ERROR(disk_.MakeDirectories(DirectoryOf(topic, p)));
  }
  if (make) RETURN_IF_ERROR(disk_.SyncDirectory(options_.dir));
  for (int32_t p = from; p < to; ++p) {
    ASSIGN_OR_RETURN(const bool exists, disk_.Exists(DirectoryOf(topic, p)));
    if (!exists) {
      return Fail(ErrorKind::kCorruption, "{} is missing; topic {} has {} partitions",
                  DirectoryOf(topic, p), topic.value(), to);
    }
    ASSIGN_OR_RETURN(auto partition,
                     PartitionLog::Open(disk_, DirectoryOf(topic, p), {topic, PartitionId(p)}));
    partitions.push_back(std::move(partition));
  }
  return partitions;
}

Result<EmbeddedLog::TopicPtr> EmbeddedLog::FindTopic(const TopicName& name) {
  const std::shared_lock lock(topics_mutex_);
  if (closed_) return Fail(ErrorKind::kCancelled, "the log is closed");
  const auto it = topics_.find(name);
  if (it == topics_.end()) return Fail(ErrorKind::kNotFound, "unknown topic {}", name.value());
  return it->second;
}

Result<std::shared_ptr<PartitionLog>> EmbeddedLog::FindPartition(const TopicPartition& tp) {
  const std::shared_lock lock(topics_mutex_);
  if (closed_) return Fail(ErrorKind::kCancelled, "the log is closed");
  const auto it = topics_.find(tp.topic);
  if (it == topics_.end()) return Fail(ErrorKind::kNotFound, "unknown topic {}", tp.topic.value());
  const auto& partitions = it->second->partitions;
  const int32_t p = tp.partition.value();
  if (p < 0 || static_cast<size_t>(p) >= partitions.size()) {
    return Fail(ErrorKind::kNotFound, "unknown partition {}; the topic has {}", ToString(tp),
                partitions.size());
  }
  return partitions[static_cast<size_t>(p)];
}

TopicInfo EmbeddedLog::InfoOf(const TopicName& name, const Topic& topic) const {
  TopicInfo info{.topic = name,
                 .log_id = LogId(cluster_id_ + "/" + topic.meta.id),
                 .partitions = {},
                 .configs = topic.in_force,
                 .overrides = topic.meta.configs,
                 .internal = false};
  for (int32_t p = 0; p < topic.meta.partitions; ++p) {
    info.partitions.push_back({PartitionId(p), 0, {0}, {0}});
  }
  return info;
}

Result<TopicInfo> EmbeddedLog::CreateTopic(const TopicSpec& spec) {
  const std::lock_guard admin(admin_mutex_);
  RETURN_IF_ERROR(CheckTopicSpec(spec, rules_));
  if (const auto existing = FindTopic(spec.topic)) {
    return Fail(ErrorKind::kAlreadyExists, "topic {} exists", spec.topic.value());
  } else if (existing.error().kind() != ErrorKind::kNotFound) {
    return Fail(existing.error());
  }
  auto topic = std::make_shared<Topic>();
  topic->meta = {rng_.Uuid(), spec.partitions, spec.configs, {}};
  Configure(*topic);
  TopicInfo info;
  {
    const std::lock_guard io(io_mutex_);
    RETURN_IF_ERROR(Refusal());
    ASSIGN_OR_RETURN(topic->partitions, OpenPartitions(spec.topic, 0, spec.partitions, true));
    LogMetadata changed = metadata_;
    changed.topics[spec.topic] = topic->meta;
    RETURN_IF_ERROR(SaveMetadata(changed));
    info = InfoOf(spec.topic, *topic);
    const std::unique_lock lock(topics_mutex_);
    topics_.emplace(spec.topic, std::move(topic));
  }
  groups_->TopicsChanged();
  return info;
}

Status EmbeddedLog::RemoveDirectories(const TopicName& topic, int32_t partitions) {
  for (int32_t p = 0; p < partitions; ++p) RETURN_IF_ERROR(disk_.RemoveTree(DirectoryOf(topic, p)));
  return disk_.SyncDirectory(options_.dir);
}

Status EmbeddedLog::DeleteTopic(const TopicName& name) {
  const std::lock_guard admin(admin_mutex_);
  ASSIGN_OR_RETURN(const TopicPtr topic, FindTopic(name));
  std::vector<Finished> finished;
  {
    const std::lock_guard io(io_mutex_);
    LogMetadata changed = metadata_;
    changed.topics.erase(name);
    changed.deleted.push_back({name, topic->meta.partitions});
    RETURN_IF_ERROR(SaveMetadata(changed));
    {
      const std::unique_lock lock(topics_mutex_);
      topics_.erase(name);
    }
    const Error deleted(ErrorKind::kNotFound, "topic " + name.value() + " was deleted");
    for (const auto& partition : topic->partitions) FailAllOf(*partition, deleted, finished);
  }
  Answer(std::move(finished));
  groups_->TopicsChanged();
  RETURN_IF_ERROR(groups_->ForgetTopic(name));
  const std::lock_guard io(io_mutex_);
  RETURN_IF_ERROR(RemoveDirectories(name, topic->meta.partitions));
  LogMetadata changed = metadata_;
  std::erase_if(changed.deleted, [&](const auto& deleted) { return deleted.topic == name; });
  return SaveMetadata(changed);
}

Status EmbeddedLog::AddPartitions(const TopicName& name, int32_t partitions) {
  const std::lock_guard admin(admin_mutex_);
  ASSIGN_OR_RETURN(const TopicPtr topic, FindTopic(name));
  const int32_t before = topic->meta.partitions;
  if (partitions <= before) {
    return Fail(ErrorKind::kInvalidArgument, "topic {} has {} partitions already, {} asked for",
                name.value(), before, partitions);
  }
  RETURN_IF_ERROR(CheckTopicSpec({.topic = name, .partitions = partitions}, rules_));
  {
    const std::lock_guard io(io_mutex_);
    RETURN_IF_ERROR(Refusal());
    ASSIGN_OR_RETURN(Partitions added, OpenPartitions(name, before, partitions, true));
    LogMetadata changed = metadata_;
    changed.topics.at(name).partitions = partitions;
    RETURN_IF_ERROR(SaveMetadata(changed));
    const std::unique_lock lock(topics_mutex_);
    topic->meta.partitions = partitions;
    for (auto& partition : added) topic->partitions.push_back(std::move(partition));
  }
  groups_->TopicsChanged();
  return {};
}

Status EmbeddedLog::AlterTopic(const TopicName& name,
                               const std::map<std::string, std::optional<std::string>>& configs) {
  const std::lock_guard admin(admin_mutex_);
  ASSIGN_OR_RETURN(const TopicPtr topic, FindTopic(name));
  const std::lock_guard io(io_mutex_);
  LogMetadata changed = metadata_;
  auto& set = changed.topics.at(name).configs;
  ASSIGN_OR_RETURN(set, AlteredConfigs(set, configs, rules_));
  RETURN_IF_ERROR(SaveMetadata(changed));
  const std::unique_lock lock(topics_mutex_);
  topic->meta.configs = set;
  Configure(*topic);
  return {};
}

Result<std::vector<TopicName>> EmbeddedLog::ListTopics() {
  const std::shared_lock lock(topics_mutex_);
  std::vector<TopicName> names;
  for (const auto& [name, topic] : topics_) names.push_back(name);
  return names;
}

Result<TopicInfo> EmbeddedLog::DescribeTopic(const TopicName& name) {
  ASSIGN_OR_RETURN(const TopicPtr topic, FindTopic(name));
  const std::shared_lock lock(topics_mutex_);
  return InfoOf(name, *topic);
}

Status EmbeddedLog::PutTopicFact(const TopicName& name, const std::string& key,
                                 const std::string& value) {
  const std::lock_guard admin(admin_mutex_);
  ASSIGN_OR_RETURN(const TopicPtr topic, FindTopic(name));
  const std::lock_guard io(io_mutex_);
  LogMetadata changed = metadata_;
  auto& facts = changed.topics.at(name).facts;
  if (value.empty()) {
    facts.erase(key);
  } else {
    facts[key] = value;
  }
  RETURN_IF_ERROR(SaveMetadata(changed));
  const std::unique_lock lock(topics_mutex_);
  topic->meta.facts = facts;
  return {};
}

Result<std::map<std::string, std::string>> EmbeddedLog::TopicFacts(const TopicName& name) {
  ASSIGN_OR_RETURN(const TopicPtr topic, FindTopic(name));
  const std::shared_lock lock(topics_mutex_);
  return topic->meta.facts;
}

std::map<TopicName, int32_t> EmbeddedLog::PartitionCounts() {
  const std::shared_lock lock(topics_mutex_);
  std::map<TopicName, int32_t> counts;
  for (const auto& [name, topic] : topics_) counts.emplace(name, topic->meta.partitions);
  return counts;
}

}  // namespace pinlake
