#include "gateway/routes.h"

#include <algorithm>
#include <string>

#include "gateway/rest_v2_consumers.h"
#include "gateway/rest_v2_metadata.h"
#include "gateway/rest_v2_produce.h"
#include "gateway/rest_v3_cluster.h"
#include "gateway/rest_v3_groups.h"
#include "gateway/rest_v3_produce.h"
#include "gateway/rest_v3_topics.h"
#include "gateway/service_routes.h"

namespace pinlake {
namespace {

bool Matches(std::string_view pattern, const std::vector<std::string>& segments,
             RouteMatch* match) {
  pattern.remove_prefix(1);
  size_t at = 0;
  while (!pattern.empty()) {
    if (at == segments.size()) return false;
    const size_t slash = pattern.find('/');
    const std::string_view part = pattern.substr(0, slash);
    if (part == "{topic}") {
      if (segments[at].empty()) return false;
      match->topic = segments[at];
    } else if (part == "{partition}") {
      match->partition = segments[at];
    } else if (part.starts_with('{')) {
      if (segments[at].empty()) return false;
      match->params.emplace_back(part.substr(1, part.size() - 2), segments[at]);
    } else if (part != segments[at]) {
      return false;
    }
    ++at;
    pattern = slash == std::string_view::npos ? "" : pattern.substr(slash + 1);
  }
  return at == segments.size();
}

}  // namespace

std::span<const Route> Routes() {
  using enum RouteMedia;
  using enum RouteThread;
  static constexpr Route kRoutes[] = {
      {"GET", "/", kRestV2, AnswerRoot},
      {"POST", "/", kRestV2, AnswerRoot},
      {"GET", "/topics", kRestV2, ListTopics, kPool},
      {"GET", "/topics/{topic}", kRestV2, DescribeTopic, kPool},
      {"POST", "/topics/{topic}", kProduce, ProduceToTopic},
      {"GET", "/topics/{topic}/partitions", kRestV2, ListPartitions, kPool},
      {"GET", "/topics/{topic}/partitions/{partition}", kRestV2, DescribePartition, kPool},
      {"POST", "/topics/{topic}/partitions/{partition}", kProduce, ProduceToPartition},
      {"GET", "/topics/{topic}/partitions/{partition}/offsets", kRestV2, DescribeOffsets, kPool},
      {"GET", "/brokers", kRestV2, ListBrokers, kPool},
      {"POST", "/consumers/{group}", kConsumers, CreateConsumer},
      {"DELETE", "/consumers/{group}/instances/{instance}", kConsumers, DeleteConsumer},
      {"POST", "/consumers/{group}/instances/{instance}/subscription", kConsumers,
       SubscribeConsumer},
      {"GET", "/consumers/{group}/instances/{instance}/subscription", kConsumers, GetSubscription},
      {"DELETE", "/consumers/{group}/instances/{instance}/subscription", kConsumers,
       UnsubscribeConsumer},
      {"POST", "/consumers/{group}/instances/{instance}/assignments", kConsumers, AssignConsumer},
      {"GET", "/consumers/{group}/instances/{instance}/assignments", kConsumers, GetAssignments},
      {"POST", "/consumers/{group}/instances/{instance}/positions", kConsumers, SeekConsumer},
      {"POST", "/consumers/{group}/instances/{instance}/positions/beginning", kConsumers,
       SeekConsumerToBeginning},
      {"POST", "/consumers/{group}/instances/{instance}/positions/end", kConsumers,
       SeekConsumerToEnd},
      {"POST", "/consumers/{group}/instances/{instance}/offsets", kConsumers, CommitOffsets},
      {"GET", "/consumers/{group}/instances/{instance}/offsets", kConsumers, GetCommittedOffsets},
      {"GET", "/consumers/{group}/instances/{instance}/records", kRecords, ReadRecords},
      {"POST", "/v3/clusters/{cluster}/topics/{topic}/records", kV3, V3RefuseEmpty, kLoop,
       V3Produce},
      {"GET", "/v3/clusters", kV3, V3ListClusters, kPool},
      {"GET", "/v3/clusters/{cluster}", kV3, V3GetCluster, kPool},
      {"GET", "/v3/clusters/{cluster}/brokers", kV3, V3ListBrokers, kPool},
      {"GET", "/v3/clusters/{cluster}/brokers/{broker}", kV3, V3GetBroker, kPool},
      {"GET", "/v3/clusters/{cluster}/topics", kV3, V3ListTopics, kPool},
      {"POST", "/v3/clusters/{cluster}/topics", kV3, V3CreateTopic, kPool},
      {"GET", "/v3/clusters/{cluster}/topics/{topic}", kV3, V3GetTopic, kPool},
      {"DELETE", "/v3/clusters/{cluster}/topics/{topic}", kV3, V3DeleteTopic, kPool},
      {"GET", "/v3/clusters/{cluster}/topics/{topic}/configs", kV3, V3ListConfigs, kPool},
      {"GET", "/v3/clusters/{cluster}/topics/{topic}/configs/{name}", kV3, V3GetConfig, kPool},
      {"PUT", "/v3/clusters/{cluster}/topics/{topic}/configs/{name}", kV3, V3SetConfig, kPool},
      {"DELETE", "/v3/clusters/{cluster}/topics/{topic}/configs/{name}", kV3, V3ResetConfig, kPool},
      {"POST", "/v3/clusters/{cluster}/topics/{topic}/configs:alter", kV3, V3AlterConfigs, kPool},
      {"GET", "/v3/clusters/{cluster}/topics/{topic}/partitions", kV3, V3ListPartitions, kPool},
      {"GET", "/v3/clusters/{cluster}/topics/{topic}/partitions/{partition}", kV3, V3GetPartition,
       kPool},
      {"GET", "/v3/clusters/{cluster}/topics/{topic}/partitions/{partition}/replicas", kV3,
       V3ListReplicas, kPool},
      {"GET", "/v3/clusters/{cluster}/topics/{topic}/partitions/{partition}/replicas/{broker}", kV3,
       V3GetReplica, kPool},
      {"GET", "/v3/clusters/{cluster}/consumer-groups", kV3, V3ListGroups, kPool},
      {"GET", "/v3/clusters/{cluster}/consumer-groups/{group}", kV3, V3GetGroup, kPool},
      {"GET", "/v3/clusters/{cluster}/consumer-groups/{group}/consumers", kV3, V3ListConsumers,
       kPool},
      {"GET", "/v3/clusters/{cluster}/consumer-groups/{group}/consumers/{consumer}", kV3,
       V3GetConsumer, kPool},
      {"GET", "/v3/clusters/{cluster}/consumer-groups/{group}/consumers/{consumer}/assignments",
       kV3, V3ListAssignments, kPool},
      {"GET", "/v3/clusters/{cluster}/consumer-groups/{group}/lags", kV3, V3ListLags, kPool},
      {"GET", "/v3/clusters/{cluster}/consumer-groups/{group}/lags/{topic}/partitions/{partition}",
       kV3, V3GetLag, kPool},
      {"GET", "/v3/clusters/{cluster}/consumer-groups/{group}/lag-summary", kV3, V3GetLagSummary,
       kPool},
      {"GET", "/healthz", kPlain, AnswerHealth},
      {"GET", "/readyz", kPlain, AnswerReady, kPool},
      {"GET", "/metrics", kPlain, AnswerMetrics},
  };
  return kRoutes;
}

RouteMatch FindRoute(std::string_view method, const std::vector<std::string>& segments) {
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  RouteMatch found;
  std::vector<std::string_view> methods;
  for (const Route& route : Routes()) {
    RouteMatch match;
    if (!Matches(route.pattern, segments, &match)) continue;
    if (route.method == wanted) {
      match.route = &route;
      return match;
    }
    methods.push_back(route.method);
  }
  if (methods.empty()) return found;
  // In the original's order.
  for (const std::string_view known : {"POST", "PUT", "PATCH", "DELETE", "GET"}) {
    if (std::find(methods.begin(), methods.end(), known) == methods.end()) continue;
    if (known == "GET") found.allowed += "HEAD, ";
    found.allowed.append(known).append(", ");
  }
  found.allowed += "OPTIONS";
  return found;
}

}  // namespace pinlake
