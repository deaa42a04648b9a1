#include "gateway/rest_v2_metadata.h"

#include <algorithm>
#include <charconv>

#include "codec/json.h"
#include "gateway/rest_v2_errors.h"
#include "log/topic_rules.h"

namespace pinlake {
namespace {

const RestError& NoSuchPath() {
  static const RestError error{404, 404, "HTTP 404 Not Found"};
  return error;
}
const RestError& NoSuchPartition() {
  static const RestError error{404, 40402, "Partition not found."};
  return error;
}

void WritePartition(JsonWriter& json, const PartitionInfo& partition) {
  json.BeginObject().Key("partition").Int(partition.partition.value());
  json.Key("leader").Int(partition.leader).Key("replicas").BeginArray();
  for (const int32_t broker : partition.replicas) {
    const auto& in_sync = partition.in_sync;
    json.BeginObject().Key("broker").Int(broker);
    json.Key("leader").Bool(broker == partition.leader);
    json.Key("in_sync").Bool(std::find(in_sync.begin(), in_sync.end(), broker) != in_sync.end());
    json.EndObject();
  }
  json.EndArray().EndObject();
}

void WritePartitions(JsonWriter& json, const TopicInfo& topic) {
  json.BeginArray();
  for (const auto& partition : topic.partitions) WritePartition(json, partition);
  json.EndArray();
}

// The topic of the path; answers the request if there is none.
std::optional<TopicInfo> TopicOf(const CallPtr& call) {
  if (const Status named = CheckTopicName(TopicName(call->topic)); !named) {
    call->SendError(RestErrorOf(named.error()));
    return std::nullopt;
  }
  auto topic = call->context.log.DescribeTopic(TopicName(call->topic));
  if (topic) return std::move(*topic);
  call->SendError(RestErrorOf(topic.error()));
  return std::nullopt;
}

// The partition of the path; answers the request if there is none.
std::optional<PartitionInfo> PartitionOf(const CallPtr& call) {
  const auto wanted = ParsePartitionId(call->partition);
  if (!wanted) {
    call->SendError(NoSuchPath());
    return std::nullopt;
  }
  const auto topic = TopicOf(call);
  if (!topic) return std::nullopt;
  for (const auto& partition : topic->partitions) {
    if (partition.partition == *wanted) return partition;
  }
  call->SendError(NoSuchPartition());
  return std::nullopt;
}

}  // namespace

std::optional<PartitionId> ParsePartitionId(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return PartitionId(number);
}

bool IsInternalTopic(const TopicName& topic) {
  return topic.value() == "__consumer_offsets" || topic.value() == "__transaction_state" ||
         topic.value().starts_with("__pinlake_");
}

void AnswerRoot(CallPtr call) { call->Send(200, "{}"); }

void ListTopics(CallPtr call) {
  const auto topics = call->context.log.ListTopics();
  if (!topics) return call->SendError(RestErrorOf(topics.error()));
  JsonWriter json;
  json.BeginArray();
  for (const auto& topic : *topics) {
    if (!IsInternalTopic(topic)) json.String(topic.value());
  }
  json.EndArray();
  call->Send(200, json.Take());
}

void DescribeTopic(CallPtr call) {
  const auto topic = TopicOf(call);
  if (!topic) return;
  JsonWriter json;
  json.BeginObject().Key("name").String(topic->topic.value()).Key("configs").BeginObject();
  for (const auto& [name, value] : topic->configs) json.Key(name).String(value);
  json.EndObject().Key("partitions");
  WritePartitions(json, *topic);
  json.EndObject();
  call->Send(200, json.Take());
}

void ListPartitions(CallPtr call) {
  const auto topic = TopicOf(call);
  if (!topic) return;
  JsonWriter json;
  WritePartitions(json, *topic);
  call->Send(200, json.Take());
}

void DescribePartition(CallPtr call) {
  const auto partition = PartitionOf(call);
  if (!partition) return;
  JsonWriter json;
  WritePartition(json, *partition);
  call->Send(200, json.Take());
}

void DescribeOffsets(CallPtr call) {
  const auto partition = PartitionOf(call);
  if (!partition) return;
  const auto range = call->context.log.Offsets({TopicName(call->topic), partition->partition});
  if (!range) return call->SendError(RestErrorOf(range.error()));
  JsonWriter json;
  json.BeginObject().Key("beginning_offset").Int(range->low.value());
  json.Key("end_offset").Int(range->end.value()).EndObject();
  call->Send(200, json.Take());
}

void ListBrokers(CallPtr call) {
  const auto brokers = call->context.log.Brokers();
  if (!brokers) return call->SendError(RestErrorOf(brokers.error()));
  JsonWriter json;
  json.BeginObject().Key("brokers").BeginArray();
  for (const auto& broker : *brokers) json.Int(broker.id);
  json.EndArray().EndObject();
  call->Send(200, json.Take());
}

}  // namespace pinlake
