#include "gateway/routes.h"

#include <string>

#include "gateway/rest_v2_metadata.h"
#include "gateway/rest_v2_produce.h"
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
  static constexpr Route kRoutes[] = {
      {"GET", "/", kRestV2, AnswerRoot},
      {"POST", "/", kRestV2, AnswerRoot},
      {"GET", "/topics", kRestV2, ListTopics},
      {"GET", "/topics/{topic}", kRestV2, DescribeTopic},
      {"POST", "/topics/{topic}", kProduce, ProduceToTopic},
      {"GET", "/topics/{topic}/partitions", kRestV2, ListPartitions},
      {"GET", "/topics/{topic}/partitions/{partition}", kRestV2, DescribePartition},
      {"POST", "/topics/{topic}/partitions/{partition}", kProduce, ProduceToPartition},
      {"GET", "/topics/{topic}/partitions/{partition}/offsets", kRestV2, DescribeOffsets},
      {"GET", "/brokers", kRestV2, ListBrokers},
      {"GET", "/healthz", kPlain, AnswerHealth},
      {"GET", "/readyz", kPlain, AnswerReady},
      {"GET", "/metrics", kPlain, AnswerMetrics},
  };
  return kRoutes;
}

RouteMatch FindRoute(std::string_view method, const std::vector<std::string>& segments) {
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  RouteMatch found;
  bool get = false, post = false;
  for (const Route& route : Routes()) {
    RouteMatch match;
    if (!Matches(route.pattern, segments, &match)) continue;
    if (route.method == wanted) {
      match.route = &route;
      return match;
    }
    (route.method == "GET" ? get : post) = true;
  }
  if (get || post) {
    found.allowed = std::string(post ? "POST, " : "") + (get ? "HEAD, GET, " : "") + "OPTIONS";
  }
  return found;
}

}  // namespace pinlake
