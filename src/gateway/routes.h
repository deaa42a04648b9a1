// The table of what the gateway answers to.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/call.h"

namespace pinlake {

/// Which media types a route's requests and answers have.
enum class RouteMedia {
  kPlain,      ///< the gateway's own: any request
  kRestV2,     ///< v2: any v2 Content-Type or none; v2's answer type
  kProduce,    ///< v2: embedded formats; none is binary
  kConsumers,  ///< v2: any v2 Content-Type or none; v2's answer type, embedded ones if asked for
  kRecords,    ///< v2: the same; the answer has the embedded format
  kV3,         ///< v3: JSON
};

/// Where a route's handler runs.
enum class RouteThread {
  kLoop,  ///< on the connection's thread: it must not block
  kPool,  ///< on a thread that may wait for the log
};

struct Route {
  std::string_view method;
  /// Segments in braces stand for one decoded segment.
  std::string_view pattern;
  RouteMedia media;
  void (*handle)(CallPtr call);
  RouteThread thread = RouteThread::kLoop;
  /// Gets the body piece by piece; `handle` is for requests without a body.
  std::shared_ptr<BodyReader> (*stream)(CallPtr call, BodyValve valve) = nullptr;
};

/// What a method and a path lead to.
struct RouteMatch {
  const Route* route = nullptr;  ///< null: see below
  std::string topic, partition;
  RouteParams params;
  /// The path is known under other methods, as "HEAD, GET, OPTIONS". Empty: it is unknown.
  std::string allowed;
};

std::span<const Route> Routes();
/// A HEAD request leads to the GET route.
RouteMatch FindRoute(std::string_view method, const std::vector<std::string>& segments);

}  // namespace pinlake
