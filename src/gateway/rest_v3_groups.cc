#include "gateway/rest_v3_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>

#include "gateway/rest_v2_metadata.h"
#include "gateway/rest_v3_json.h"

namespace pinlake {
namespace {

std::string PathOf(const GroupName& group) {
  return "/consumer-groups/" + UrlSegment(group.value());
}
std::string NameOf(const GroupName& group) { return "/consumer-group=" + group.value(); }

/// "PreparingRebalance" as "PREPARING_REBALANCE".
std::string StateName(const std::string& state) {
  std::string name;
  for (const char c : state) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && !name.empty()) name += '_';
    name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  }
  return name;
}

void WriteGroup(JsonWriter& json, const V3Address& at, const GroupInfo& group) {
  const std::string path = PathOf(group.group);
  json.BeginObject();
  BeginResource(json, "KafkaConsumerGroup", at, path, NameOf(group.group));
  json.Key("consumer_group_id").String(group.group.value()).Key("is_simple").Bool(group.simple);
  json.Key("partition_assignor").String(group.assignor);
  json.Key("state").String(StateName(group.state));
  Related(json, "coordinator", at, fmt::format("/brokers/{}", group.coordinator));
  Related(json, "consumers", at, path + "/consumers");
  Related(json, "lag_summary", at, path + "/lag-summary");
  json.EndObject();
}

void WriteInstanceId(JsonWriter& json, std::string_view member, const std::string& id) {
  json.Key(member);
  if (id.empty()) {
    json.Null();
  } else {
    json.String(id);
  }
}

std::string PathOf(const GroupName& group, const GroupInfo::Member& member) {
  return PathOf(group) + "/consumers/" + UrlSegment(member.member_id);
}
std::string NameOf(const GroupName& group, const GroupInfo::Member& member) {
  return NameOf(group) + "/consumer=" + member.member_id;
}

void WriteMember(JsonWriter& json, const V3Address& at, const GroupName& group,
                 const GroupInfo::Member& member) {
  const std::string path = PathOf(group, member);
  json.BeginObject();
  BeginResource(json, "KafkaConsumer", at, path, NameOf(group, member));
  json.Key("consumer_group_id").String(group.value());
  json.Key("consumer_id").String(member.member_id);
  WriteInstanceId(json, "instance_id", member.instance_id);
  json.Key("client_id").String(member.client_id);
  Related(json, "assignments", at, path + "/assignments");
  json.EndObject();
}

void WriteAssignment(JsonWriter& json, const V3Address& at, const GroupName& group,
                     const GroupInfo::Member& member, const TopicPartition& tp) {
  const std::string topic = UrlSegment(tp.topic.value());
  const std::string partition =
      fmt::format("/topics/{}/partitions/{}", topic, tp.partition.value());
  json.BeginObject();
  BeginResource(json, "KafkaConsumerAssignment", at,
                PathOf(group, member) + "/assignments" + partition,
                fmt::format("{}/assignment={}/partition={}", NameOf(group, member),
                            tp.topic.value(), tp.partition.value()));
  json.Key("consumer_group_id").String(group.value());
  json.Key("consumer_id").String(member.member_id);
  json.Key("topic_name").String(tp.topic.value()).Key("partition_id").Int(tp.partition.value());
  Related(json, "partition", at, partition);
  Related(json, "lag", at,
          fmt::format("{}/lags/{}/partitions/{}", PathOf(group), topic, tp.partition.value()));
  json.EndObject();
}

struct Lag {
  TopicPartition tp;
  Offset current, end;
  GroupInfo::Member member = {};  // who has it; empty: nobody
  int64_t lag() const { return end - current; }
};

void WriteLag(JsonWriter& json, const V3Address& at, const GroupName& group, const Lag& lag) {
  json.BeginObject();
  BeginResource(json, "KafkaConsumerLag", at,
                fmt::format("{}/lags/{}/partitions/{}", PathOf(group),
                            UrlSegment(lag.tp.topic.value()), lag.tp.partition.value()),
                fmt::format("{}/lag={}/partition={}", NameOf(group), lag.tp.topic.value(),
                            lag.tp.partition.value()));
  json.Key("consumer_group_id").String(group.value());
  json.Key("topic_name").String(lag.tp.topic.value());
  json.Key("partition_id").Int(lag.tp.partition.value());
  json.Key("consumer_id").String(lag.member.member_id);
  WriteInstanceId(json, "instance_id", lag.member.instance_id);
  json.Key("client_id").String(lag.member.client_id);
  json.Key("current_offset").Int(lag.current.value()).Key("log_end_offset").Int(lag.end.value());
  json.Key("lag").Int(lag.lag()).EndObject();
}

/// A cluster and one of its groups, as a request names them.
struct GroupAt {
  V3Address at;
  GroupInfo info;
};

std::optional<GroupAt> GroupOf(const CallPtr& call) {
  auto at = ClusterOf(call);
  if (!at) return std::nullopt;
  const std::string& name = call->Param("group");
  auto info = call->context.log.DescribeGroup(GroupName(name));
  if (info) return GroupAt{std::move(*at), std::move(*info)};
  call->SendError(
      info.error().kind() == ErrorKind::kNotFound
          ? RestError{404, 404, fmt::format("Consumer Group {} could not be found.", name)}
          : V3ErrorOf(info.error()));
  return std::nullopt;
}

/// By lag, the largest first. Answers the request if there is none.
std::optional<std::vector<Lag>> LagsOf(const CallPtr& call, const GroupInfo& group) {
  EventLog& log = call->context.log;
  const auto committed = log.CommittedOffsets(group.group);
  if (!committed) {
    call->SendError(V3ErrorOf(committed.error()));
    return std::nullopt;
  }
  std::vector<Lag> lags;
  for (const auto& [tp, offset] : *committed) {
    const auto range = log.Offsets(tp);
    if (!range) continue;  // deleted meanwhile
    Lag lag{.tp = tp, .current = offset.offset, .end = range->end};
    for (const auto& member : group.members) {
      const auto& assigned = member.assigned;
      if (std::find(assigned.begin(), assigned.end(), tp) != assigned.end()) lag.member = member;
    }
    lags.push_back(std::move(lag));
  }
  std::stable_sort(lags.begin(), lags.end(),
                   [](const Lag& a, const Lag& b) { return a.lag() > b.lag(); });
  if (!lags.empty()) return lags;
  call->SendError(
      {404, 404, fmt::format("Consumer Group {} has no committed offsets.", group.group.value())});
  return std::nullopt;
}

const GroupInfo::Member* MemberOf(const CallPtr& call, const GroupInfo& group) {
  for (const auto& member : group.members) {
    if (member.member_id == call->Param("consumer")) return &member;
  }
  call->SendError(V3NotFound());
  return nullptr;
}

}  // namespace

void V3ListGroups(CallPtr call) {
  const auto at = ClusterOf(call);
  if (!at) return;
  const auto names = call->context.log.ListGroups();
  if (!names) return call->SendError(V3ErrorOf(names.error()));
  std::vector<GroupInfo> groups;
  for (const auto& name : *names) {
    auto info = call->context.log.DescribeGroup(name);
    if (info) groups.push_back(std::move(*info));  // else gone meanwhile
  }
  const std::string self = at->url() + "/consumer-groups";
  call->Send(200, RenderList("KafkaConsumerGroupList", self, [&](JsonWriter& json) {
               for (const auto& group : groups) WriteGroup(json, *at, group);
             }));
}

void V3GetGroup(CallPtr call) {
  const auto group = GroupOf(call);
  if (!group) return;
  JsonWriter json;
  WriteGroup(json, group->at, group->info);
  call->Send(200, json.Take());
}

void V3ListConsumers(CallPtr call) {
  const auto group = GroupOf(call);
  if (!group) return;
  const std::string self = group->at.url() + PathOf(group->info.group) + "/consumers";
  call->Send(200, RenderList("KafkaConsumerList", self, [&](JsonWriter& json) {
               for (const auto& member : group->info.members) {
                 WriteMember(json, group->at, group->info.group, member);
               }
             }));
}

void V3GetConsumer(CallPtr call) {
  const auto group = GroupOf(call);
  if (!group) return;
  const auto* member = MemberOf(call, group->info);
  if (member == nullptr) return;
  JsonWriter json;
  WriteMember(json, group->at, group->info.group, *member);
  call->Send(200, json.Take());
}

void V3ListAssignments(CallPtr call) {
  const auto group = GroupOf(call);
  if (!group) return;
  const auto* member = MemberOf(call, group->info);
  if (member == nullptr) return;
  const std::string self = group->at.url() + PathOf(group->info.group, *member) + "/assignments";
  call->Send(200, RenderList("KafkaConsumerAssignmentList", self, [&](JsonWriter& json) {
               for (const auto& tp : member->assigned) {
                 WriteAssignment(json, group->at, group->info.group, *member, tp);
               }
             }));
}

void V3ListLags(CallPtr call) {
  const auto group = GroupOf(call);
  if (!group) return;
  const auto lags = LagsOf(call, group->info);
  if (!lags) return;
  const std::string self = group->at.url() + PathOf(group->info.group) + "/lags";
  call->Send(200, RenderList("KafkaConsumerLagList", self, [&](JsonWriter& json) {
               for (const auto& lag : *lags) WriteLag(json, group->at, group->info.group, lag);
             }));
}

void V3GetLag(CallPtr call) {
  const auto group = GroupOf(call);
  if (!group) return;
  const auto lags = LagsOf(call, group->info);
  if (!lags) return;
  const auto partition = ParsePartitionId(call->partition);
  for (const auto& lag : *lags) {
    if (lag.tp.topic.value() != call->topic || lag.tp.partition != partition) continue;
    JsonWriter json;
    WriteLag(json, group->at, group->info.group, lag);
    return call->Send(200, json.Take());
  }
  call->SendError(V3NotFound());
}

void V3GetLagSummary(CallPtr call) {
  const auto group = GroupOf(call);
  if (!group) return;
  const auto lags = LagsOf(call, group->info);
  if (!lags) return;
  int64_t total = 0;
  for (const auto& lag : *lags) total += lag.lag();
  const Lag& most = lags->front();
  const GroupName& name = group->info.group;
  JsonWriter json;
  json.BeginObject();
  BeginResource(json, "KafkaConsumerGroupLagSummary", group->at, PathOf(name) + "/lag-summary",
                NameOf(name) + "/lag-summary");
  json.Key("consumer_group_id").String(name.value());
  json.Key("max_lag").Int(most.lag()).Key("total_lag").Int(total);
  json.Key("max_lag_consumer_id").String(most.member.member_id);
  Related(json, "max_lag_consumer", group->at,
          most.member.member_id.empty() ? PathOf(name) + "/consumers" : PathOf(name, most.member));
  json.Key("max_lag_client_id").String(most.member.client_id);
  WriteInstanceId(json, "max_lag_instance_id", most.member.instance_id);
  json.Key("max_lag_topic_name").String(most.tp.topic.value());
  json.Key("max_lag_partition_id").Int(most.tp.partition.value());
  Related(json, "max_lag_partition", group->at,
          fmt::format("/topics/{}/partitions/{}", UrlSegment(most.tp.topic.value()),
                      most.tp.partition.value()));
  json.EndObject();
  call->Send(200, json.Take());
}

}  // namespace pinlake
