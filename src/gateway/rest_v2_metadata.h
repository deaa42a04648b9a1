// REST Proxy v2: topics, partitions, offsets, brokers.
#pragma once

#include <optional>
#include <string_view>

#include "gateway/call.h"
#include "model/record.h"

namespace pinlake {

void AnswerRoot(CallPtr call);
void ListTopics(CallPtr call);
void DescribeTopic(CallPtr call);
void ListPartitions(CallPtr call);
void DescribePartition(CallPtr call);
void DescribeOffsets(CallPtr call);
void ListBrokers(CallPtr call);

/// A partition in a path; none if it is no integer of 32 bits, which the original answers with 404.
std::optional<PartitionId> ParsePartitionId(std::string_view text);

/// Topics that lists leave out.
bool IsInternalTopic(const TopicName& topic);

}  // namespace pinlake
