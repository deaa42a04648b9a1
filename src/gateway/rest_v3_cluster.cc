#include "gateway/rest_v3_cluster.h"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/rest_v3_json.h"
#include "gateway/self_url.h"

namespace pinlake {
namespace {

int32_t ControllerOf(const std::vector<BrokerInfo>& brokers) {
  for (const auto& broker : brokers) {
    if (broker.controller) return broker.id;
  }
  return brokers.empty() ? 0 : brokers.front().id;
}

void WriteCluster(JsonWriter& json, const V3Address& at, int32_t controller) {
  json.BeginObject();
  BeginResource(json, "KafkaCluster", at, "", "");
  Related(json, "controller", at, fmt::format("/brokers/{}", controller));
  Related(json, "acls", at, "/acls");
  Related(json, "brokers", at, "/brokers");
  Related(json, "broker_configs", at, "/broker-configs");
  Related(json, "consumer_groups", at, "/consumer-groups");
  Related(json, "topics", at, "/topics");
  Related(json, "partition_reassignments", at, "/topics/-/partitions/-/reassignment");
  json.EndObject();
}

void WriteBroker(JsonWriter& json, const V3Address& at, const BrokerInfo& broker) {
  const std::string path = fmt::format("/brokers/{}", broker.id);
  json.BeginObject();
  BeginResource(json, "KafkaBroker", at, path, fmt::format("/broker={}", broker.id));
  json.Key("broker_id").Int(broker.id);
  if (broker.host.empty()) {
    json.Key("host").Null().Key("port").Null();
  } else {
    json.Key("host").String(broker.host).Key("port").Int(broker.port);
  }
  json.Key("rack");
  if (broker.rack) {
    json.String(*broker.rack);
  } else {
    json.Null();
  }
  Related(json, "configs", at, path + "/configs");
  Related(json, "partition_replicas", at, path + "/partition-replicas");
  json.EndObject();
}

std::optional<std::vector<BrokerInfo>> BrokersOf(const CallPtr& call) {
  auto brokers = call->context.log.Brokers();
  if (brokers) return std::move(*brokers);
  call->SendError(V3ErrorOf(brokers.error()));
  return std::nullopt;
}

}  // namespace

void V3ListClusters(CallPtr call) {
  const std::string id = call->context.log.ClusterId();
  if (id.empty()) return call->SendError({500, 50003, "No broker tells the cluster's id."});
  const auto brokers = BrokersOf(call);
  if (!brokers) return;
  const std::string self = SelfUrl(*call) + "/v3/clusters";
  const V3Address at(self + "/" + UrlSegment(id), id);
  call->Send(200, RenderList("KafkaClusterList", self, [&](JsonWriter& json) {
               WriteCluster(json, at, ControllerOf(*brokers));
             }));
}

void V3GetCluster(CallPtr call) {
  if (call->context.log.ClusterId() != call->Param("cluster")) {
    return call->SendError(V3NotFound());
  }
  const auto at = ClusterOf(call);
  if (!at) return;
  const auto brokers = BrokersOf(call);
  if (!brokers) return;
  JsonWriter json;
  WriteCluster(json, *at, ControllerOf(*brokers));
  call->Send(200, json.Take());
}

void V3ListBrokers(CallPtr call) {
  const auto at = ClusterOf(call);
  if (!at) return;
  const auto brokers = BrokersOf(call);
  if (!brokers) return;
  call->Send(200, RenderList("KafkaBrokerList", at->url() + "/brokers", [&](JsonWriter& json) {
               for (const auto& broker : *brokers) WriteBroker(json, *at, broker);
             }));
}

void V3GetBroker(CallPtr call) {
  const auto at = ClusterOf(call);
  if (!at) return;
  const auto brokers = BrokersOf(call);
  if (!brokers) return;
  for (const auto& broker : *brokers) {
    if (std::to_string(broker.id) != call->Param("broker")) continue;
    JsonWriter json;
    WriteBroker(json, *at, broker);
    return call->Send(200, json.Take());
  }
  call->SendError(V3NotFound());
}

}  // namespace pinlake
