// One request on its way through the gateway.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/task_pool.h"
#include "gateway/gateway_counters.h"
#include "gateway/gateway_options.h"
#include "http/server.h"
#include "log/event_log.h"
#include "observe/metrics.h"
#include "protocol/rest_error.h"
#include "protocol/rest_v2_media.h"

namespace pinlake {

struct Route;
class RestConsumers;

using RouteParams = std::vector<std::pair<std::string_view, std::string>>;

/// What handlers work with; outlives every call.
struct GatewayContext {
  GatewayContext(const GatewayOptions& given, EventLog& event_log, MetricsRegistry& registry)
      : options(given), log(event_log), metrics(registry), counters(registry) {}

  const GatewayOptions& options;
  EventLog& log;
  MetricsRegistry& metrics;
  GatewayCounters counters;
  RestConsumers* consumers = nullptr;
  TaskPool* pool = nullptr;  ///< for what blocks or comes later
  std::atomic<bool> stopping{false};
};

/// Owns a request until it is answered. Handlers may keep it, and answer from any thread.
class Call {
 public:
  Call(GatewayContext& context, ServerRequest request, Responder responder);

  GatewayContext& context;
  ServerRequest request;
  const Route* route = nullptr;
  /// Decoded parts of the path: what stands for {topic}, {partition}.
  std::string topic, partition;
  /// What stands for the others, such as {group}, by name.
  RouteParams params;
  /// Content-Type of the answer, negotiated; empty: none.
  std::string type;
  RestV2Body body = RestV2Body::kNone;

  /// What stands for {\p name} in the route's pattern.
  const std::string& Param(std::string_view name) const;

  /// Each answers; only one may be called, once.
  void Send(int status, std::string body_text);
  void SendError(const RestError& error);
  void Send(Answer answer);
  /// The head now, with status 200; the body as it comes.
  AnswerStream SendStream();
  /// \p make runs on the connection's thread.
  void SendFrom(std::function<Answer()> make);

  /// An answer with status, type and body.
  Answer MakeAnswer(int status, std::string body_text) const;
  Answer MakeError(const RestError& error) const;

 private:
  void Finish(Answer* answer);

  Responder responder_;
  std::string request_id_;
  Micros began_;
};
using CallPtr = std::shared_ptr<Call>;

/// The request's X-Request-Id if it is short and plain, else a new one.
std::string RequestIdOf(const RequestHead& head);

}  // namespace pinlake
