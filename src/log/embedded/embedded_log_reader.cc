#include "log/embedded/embedded_log_reader.h"

#include <algorithm>

#include "log/topic_rules.h"

namespace pinlake {
namespace {

constexpr Millis kLookEvery{5};
// A mark that is being written at this moment is read again.
constexpr int kMarkReadsMax = 100;
// Retention may remove a segment between finding and opening it.
constexpr int kReadsMax = 3;

bool Moved(const Error& error) {
  return error.kind() == ErrorKind::kNotFound || error.kind() == ErrorKind::kInvalidArgument;
}

}  // namespace

Result<std::unique_ptr<EmbeddedLogReader>> EmbeddedLogReader::Open(Path dir, Disk& disk,
                                                                   Clock& clock) {
  std::unique_ptr<EmbeddedLogReader> log(new EmbeddedLogReader(std::move(dir), disk, clock));
  ASSIGN_OR_RETURN(const LogMetadata metadata, log->Metadata());
  log->cluster_id_ = metadata.cluster_id;
  return log;
}

Status EmbeddedLogReader::Refuse(std::string_view what) const {
  return Fail(ErrorKind::kPermissionDenied, "{}: the log in {} is open for reading only", what,
              dir_);
}

Status EmbeddedLogReader::Ready() { return Refuse("append"); }

Result<LogMetadata> EmbeddedLogReader::Metadata() {
  const Path path = pinlake::Join(dir_, kMetadataFile);
  const auto text = disk_.ReadAll(path);
  if (!text) return Fail(text.error().In("no log in " + dir_));
  auto metadata = DecodeMetadata(*text);
  if (!metadata) return Fail(std::move(metadata).error().In(path));
  return metadata;
}

Result<std::optional<SyncedMark>> EmbeddedLogReader::ReadMark(const Path& directory) {
  const Path path = pinlake::Join(directory, kSyncedMarkFile);
  for (int i = 0; i < kMarkReadsMax; ++i) {
    const auto bytes = disk_.ReadAll(path);
    if (!bytes && bytes.error().kind() == ErrorKind::kNotFound) return std::nullopt;
    if (!bytes) return Fail(bytes.error());
    // Nothing was ever synced there.
    if (bytes->empty()) return std::nullopt;
    if (auto mark = DecodeSyncedMark(*bytes)) return mark;
  }
  return Fail(ErrorKind::kUnavailable,
              "{} is not whole; the writing process mends it when it opens the log", path);
}

Result<std::shared_ptr<SegmentReader>> EmbeddedLogReader::Load(
    const TopicPartition& tp, const Path& directory, const std::optional<SyncedMark>& mark) {
  auto segments = std::make_shared<SegmentReader>(disk_, directory, ToString(tp));
  if (!mark) return segments;
  ASSIGN_OR_RETURN(const auto entries, disk_.List(directory));
  std::vector<Offset> bases;
  for (const auto& entry : entries) {
    const auto base = SegmentBase(entry.name, ".log");
    if (base && *base < mark->segment) bases.push_back(*base);
  }
  std::sort(bases.begin(), bases.end());
  for (const Offset base : bases) {
    const Path stem = pinlake::Join(directory, SegmentName(base));
    ASSIGN_OR_RETURN(const auto file, disk_.OpenRead(stem + ".log"));
    ASSIGN_OR_RETURN(const uint64_t size, file->Size());
    ASSIGN_OR_RETURN(const SegmentIndex index, LoadSegmentIndex(disk_, stem, base, size));
    segments->AddClosed(base, size, index.max_timestamp());
  }
  segments->SetActiveUnindexed(mark->segment, mark->position, mark->end);
  segments->SetLow(mark->low);
  return segments;
}

Result<std::shared_ptr<SegmentReader>> EmbeddedLogReader::Refresh(const TopicPartition& tp,
                                                                  const std::string& topic_id,
                                                                  bool anew) {
  const Path directory = pinlake::Join(dir_, ToString(tp));
  ASSIGN_OR_RETURN(const auto mark, ReadMark(directory));
  const std::lock_guard lock(mutex_);
  Partition& known = partitions_[tp];
  if (!anew && known.segments != nullptr && known.topic_id == topic_id) {
    if (known.mark == mark) return known.segments;
    if (known.mark && mark && known.mark->segment == mark->segment &&
        known.mark->low == mark->low) {
      known.mark = mark;
      known.segments->ExtendActive(mark->position, mark->end);
      return known.segments;
    }
  }
  ASSIGN_OR_RETURN(auto segments, Load(tp, directory, mark));
  known = {topic_id, mark, segments};
  return segments;
}

void EmbeddedLogReader::Forget(const TopicPartition& tp) {
  const std::lock_guard lock(mutex_);
  partitions_.erase(tp);
}

Result<std::shared_ptr<SegmentReader>> EmbeddedLogReader::Segments(const TopicPartition& tp) {
  if (tp.topic.value() == kOffsetsTopic) return Refresh(tp, "", true);
  ASSIGN_OR_RETURN(const LogMetadata metadata, Metadata());
  const auto topic = metadata.topics.find(tp.topic);
  if (topic == metadata.topics.end()) {
    return Fail(ErrorKind::kNotFound, "unknown topic {}", tp.topic.value());
  }
  if (tp.partition.value() < 0 || tp.partition.value() >= topic->second.partitions) {
    return Fail(ErrorKind::kNotFound, "unknown partition {}; the topic has {}", ToString(tp),
                topic->second.partitions);
  }
  auto segments = Refresh(tp, topic->second.id, false);
  for (int i = 1; i < kReadsMax && !segments && Moved(segments.error()); ++i) {
    segments = Refresh(tp, topic->second.id, true);
  }
  return segments;
}

Result<RecordSet> EmbeddedLogReader::Read(const TopicPartition& tp, Offset from, size_t bytes_max,
                                          Millis wait, std::stop_token stop) {
  const Micros deadline = clock_.Steady() + wait;
  while (true) {
    ASSIGN_OR_RETURN(auto segments, Segments(tp));
    auto set = segments->Read(from, bytes_max);
    for (int i = 1; i < kReadsMax && !set && set.error().kind() == ErrorKind::kNotFound; ++i) {
      Forget(tp);
      ASSIGN_OR_RETURN(segments, Segments(tp));
      set = segments->Read(from, bytes_max);
    }
    const auto left = std::chrono::ceil<Millis>(deadline - clock_.Steady());
    if (!set || set->next != from || left.count() <= 0 || stop.stop_requested()) return set;
    clock_.SleepFor(std::min(left, kLookEvery), stop);
  }
}

Result<OffsetRange> EmbeddedLogReader::Offsets(const TopicPartition& tp) {
  ASSIGN_OR_RETURN(const auto segments, Segments(tp));
  return segments->offsets();
}

Result<Offset> EmbeddedLogReader::OffsetAt(const TopicPartition& tp, TimestampMs at) {
  ASSIGN_OR_RETURN(const auto segments, Segments(tp));
  return segments->OffsetAt(at);
}

Result<std::vector<TopicName>> EmbeddedLogReader::ListTopics() {
  ASSIGN_OR_RETURN(const LogMetadata metadata, Metadata());
  std::vector<TopicName> names;
  for (const auto& [name, topic] : metadata.topics) names.push_back(name);
  return names;
}

Result<TopicInfo> EmbeddedLogReader::DescribeTopic(const TopicName& name) {
  ASSIGN_OR_RETURN(const LogMetadata metadata, Metadata());
  const auto topic = metadata.topics.find(name);
  if (topic == metadata.topics.end()) {
    return Fail(ErrorKind::kNotFound, "unknown topic {}", name.value());
  }
  TopicInfo info{.topic = name,
                 .log_id = LogId(metadata.cluster_id + "/" + topic->second.id),
                 .partitions = {},
                 .configs = ConfigsInForce(topic->second.configs, {}),
                 .overrides = topic->second.configs,
                 .internal = false};
  for (int32_t p = 0; p < topic->second.partitions; ++p) {
    info.partitions.push_back({PartitionId(p), 0, {0}, {0}});
  }
  return info;
}

Result<std::map<std::string, std::string>> EmbeddedLogReader::TopicFacts(const TopicName& name) {
  ASSIGN_OR_RETURN(const LogMetadata metadata, Metadata());
  const auto topic = metadata.topics.find(name);
  if (topic == metadata.topics.end()) {
    return Fail(ErrorKind::kNotFound, "unknown topic {}", name.value());
  }
  return topic->second.facts;
}

Result<AllOffsets> EmbeddedLogReader::ReadCommitted() {
  const TopicPartition tp{TopicName(std::string(kOffsetsTopic)), PartitionId(0)};
  ASSIGN_OR_RETURN(const LogMetadata metadata, Metadata());
  // The writer rewrites them into a new segment now and then; then they are read again.
  for (int i = 1;; ++i) {
    const auto read = [&]() -> Result<AllOffsets> {
      ASSIGN_OR_RETURN(const auto segments, Segments(tp));
      AllOffsets offsets;
      const OffsetRange range = segments->offsets();
      for (Offset at = range.low; at < range.end;) {
        ASSIGN_OR_RETURN(const RecordSet set, segments->Read(at, 1 << 20));
        for (const auto& record : set.records) {
          RETURN_IF_ERROR(ApplyOffsetRecord(record, offsets));
        }
        at = set.next;
      }
      for (auto& [group, committed] : offsets) {
        std::erase_if(committed, [&](const auto& entry) {
          return !metadata.topics.contains(entry.first.topic);
        });
      }
      return offsets;
    };
    auto offsets = read();
    if (offsets || i >= kReadsMax || !Moved(offsets.error())) return offsets;
  }
}

Result<std::vector<GroupName>> EmbeddedLogReader::ListGroups() {
  ASSIGN_OR_RETURN(const AllOffsets offsets, ReadCommitted());
  std::vector<GroupName> names;
  for (const auto& [group, committed] : offsets) names.push_back(group);
  return names;
}

Result<GroupInfo> EmbeddedLogReader::DescribeGroup(const GroupName& group) {
  ASSIGN_OR_RETURN(const AllOffsets offsets, ReadCommitted());
  if (!offsets.contains(group)) {
    return Fail(ErrorKind::kNotFound, "group {} has no offsets", group.value());
  }
  return GroupInfo{group, "Unknown", {}};
}

Result<std::map<TopicPartition, CommittedOffset>> EmbeddedLogReader::CommittedOffsets(
    const GroupName& group) {
  ASSIGN_OR_RETURN(AllOffsets offsets, ReadCommitted());
  const auto it = offsets.find(group);
  return it == offsets.end() ? GroupOffsets{} : std::move(it->second);
}

Result<TopicInfo> EmbeddedLogReader::CreateTopic(const TopicSpec&) {
  return Fail(Refuse("create a topic").error());
}
Status EmbeddedLogReader::DeleteTopic(const TopicName&) { return Refuse("delete a topic"); }
Status EmbeddedLogReader::AddPartitions(const TopicName&, int32_t) {
  return Refuse("add partitions");
}
Status EmbeddedLogReader::AlterTopic(const TopicName&,
                                     const std::map<std::string, std::optional<std::string>>&) {
  return Refuse("alter a topic");
}
Status EmbeddedLogReader::PutTopicFact(const TopicName&, const std::string&, const std::string&) {
  return Refuse("put a fact");
}
void EmbeddedLogReader::Append(const TopicName&, RecordBatch batch, AppendDone done) {
  done(std::vector<Result<Appended>>(batch.records.size(), Fail(Refuse("append").error())));
}
Result<std::unique_ptr<GroupConsumer>> EmbeddedLogReader::Join(const GroupOptions&) {
  return Fail(Refuse("join a group").error());
}
Status EmbeddedLogReader::SetCommittedOffsets(const GroupName&,
                                              const std::map<TopicPartition, CommittedOffset>&) {
  return Refuse("set committed offsets");
}

}  // namespace pinlake
