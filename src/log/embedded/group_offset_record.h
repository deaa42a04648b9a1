// Committed offsets as records, in the form of Kafka's __consumer_offsets. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "log/group_consumer.h"
#include "log/local_groups.h"
#include "log/topic_rules.h"

namespace pinlake {

/// Key version 1: group, topic, partition.
/// \see org.apache.kafka.coordinator.group.generated.OffsetCommitKey
std::string EncodeOffsetKey(const GroupName& group, const TopicPartition& tp);
/// Value version 3: offset, leader epoch (-1), metadata, commit timestamp.
/// \see org.apache.kafka.coordinator.group.generated.OffsetCommitValue
std::string EncodeOffsetValue(const CommittedOffset& committed, TimestampMs at);

using AllOffsets = std::map<GroupName, GroupOffsets>;
/// Takes over what a record says; a null value removes. kCorruption.
Status ApplyOffsetRecord(const RecordView& record, AllOffsets& offsets);

}  // namespace pinlake
