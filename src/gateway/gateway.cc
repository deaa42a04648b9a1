#include "gateway/gateway.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "gateway/call.h"
#include "gateway/request_path.h"
#include "gateway/rest_consumers.h"
#include "gateway/routes.h"
#include "http/server.h"
#include "observe/log.h"

namespace pinlake {
namespace {

/// Threads that wait for the log on behalf of requests about topics and groups.
constexpr size_t kBlockingThreadsMax = 16;
/// How long consumer instances may take to commit and leave their groups at the end.
constexpr Millis kLeaveGroups{5'000};

struct ListenAddress {
  std::string host;
  uint16_t port = 0;
};

// The option table has checked the form.
Result<ListenAddress> ParseListen(std::string_view listen) {
  const size_t colon = listen.rfind(':');
  if (colon == std::string_view::npos) {
    return Fail(ErrorKind::kInvalidArgument, "listen '{}': it is not host:port", listen);
  }
  ListenAddress address{.host = std::string(listen.substr(0, colon))};
  if (address.host.starts_with('[') && address.host.ends_with(']')) {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  const auto port = listen.substr(colon + 1);
  const char* const end = port.data() + port.size();
  if (const auto read = std::from_chars(port.data(), end, address.port);
      read.ec != std::errc() || read.ptr != end) {
    return Fail(ErrorKind::kInvalidArgument, "listen '{}': port '{}' is not 0 to 65535", listen,
                port);
  }
  return address;
}

bool IsLoopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

HttpServerOptions ServerOptions(const GatewayOptions& options, const ListenAddress& address) {
  HttpServerOptions server;
  server.host = address.host;
  server.port = address.port;
  server.threads = options.threads;
  server.connections_max = options.connections_max;
  server.header_bytes_max = options.header_bytes_max;
  server.body_bytes_max = options.body_bytes_max;
  server.body_bytes_minimum = options.body_bytes_minimum;
  server.idle_timeout = options.idle_timeout;
  server.head_timeout = options.head_timeout;
  server.body_timeout = options.body_timeout;
  server.answer_timeout = options.answer_timeout;
  server.write_timeout = options.write_timeout;
  return server;
}

// The original gives 404, 405 and 406 without a Content-Type.
void AnswerWithoutType(Call& call, int status, std::string_view phrase, std::string allow = {}) {
  call.type.clear();
  Answer answer = call.MakeError({status, status, fmt::format("HTTP {} {}", status, phrase)});
  if (!allow.empty()) answer.fields.emplace_back("Allow", std::move(allow));
  call.Send(std::move(answer));
}

void AnswerOptions(Call& call, std::string allowed) {
  call.type = "text/plain";
  Answer answer = call.MakeAnswer(200, allowed);
  answer.fields.emplace_back("Allow", std::move(allowed));
  call.Send(std::move(answer));
}

/// \param allowed  the methods of the path; empty: it is unknown
void AnswerWithoutRoute(Call& call, std::string allowed) {
  if (allowed.empty()) return AnswerWithoutType(call, 404, "Not Found");
  if (call.request.head.method() == "OPTIONS") return AnswerOptions(call, std::move(allowed));
  AnswerWithoutType(call, 405, "Method Not Allowed", std::move(allowed));
}

bool BodyFits(RouteMedia media, RestV2Body body) {
  if (body == RestV2Body::kOther) return false;
  return media != RouteMedia::kProduce || body != RestV2Body::kPlain;
}

std::optional<std::string> NegotiateAnswer(RouteMedia media,
                                           std::optional<std::string_view> accept) {
  if (media == RouteMedia::kConsumers) return NegotiateRestV2Consumers(accept);
  if (media == RouteMedia::kRecords) return NegotiateRestV2Records(accept);
  return NegotiateRestV2(accept);
}

bool NegotiateV3(Call& call) {
  const auto& head = call.request.head;
  call.type = kJsonType;
  const std::string_view method = head.method();
  if ((method == "POST" || method == "PUT") && !IsJsonType(head.Find("content-type"))) {
    call.SendError({415, 415, "HTTP 415 Unsupported Media Type"});
    return false;
  }
  static constexpr OfferedType kOffered[] = {{kJsonType, 1}};
  if (auto type = NegotiateType(head.Find("accept"), kOffered)) {
    call.type = std::move(*type);
    return true;
  }
  AnswerWithoutType(call, 406, "Not Acceptable");
  return false;
}

/// Content-Type before Accept, as in the original. \return false: answered already.
bool NegotiateMedia(Call& call) {
  if (call.route->media == RouteMedia::kPlain) return true;
  const auto& head = call.request.head;
  const auto accept = head.Find("accept");
  if (call.route->media == RouteMedia::kV3) return NegotiateV3(call);
  call.body = RestV2BodyOf(head.Find("content-type"));
  if (call.body == RestV2Body::kNotAType) {
    call.type = kJsonType;
    call.SendError({400, 400, "Content-Type is not of the form type/subtype."});
    return false;
  }
  if (!BodyFits(call.route->media, call.body)) {
    call.type = TypeOfUnsupported(accept);
    call.SendError({415, 415, "HTTP 415 Unsupported Media Type"});
    return false;
  }
  auto type = NegotiateAnswer(call.route->media, accept);
  if (!type) {
    AnswerWithoutType(call, 406, "Not Acceptable");
    return false;
  }
  call.type = std::move(*type);
  return true;
}

class GatewayImpl final : public Gateway, private RequestHandler {
 public:
  GatewayImpl(const GatewayOptions& options, EventLog& log, MetricsRegistry& metrics)
      : options_(options),
        context_(options_, log, metrics),
        consumers_(log, SystemClock(), options_) {
    context_.consumers = &consumers_;
    context_.pool = &pool_;
  }
  ~GatewayImpl() override { Stop(Millis(0)); }

  Status Serve(const ListenAddress& address, ByteBudget& budget, MetricsRegistry& metrics) {
    ASSIGN_OR_RETURN(server_,
                     HttpServer::Start(ServerOptions(options_, address), *this, budget, metrics));
    LogInfo("Gateway listens.", F("host", address.host), F("port", port()));
    return {};
  }

  uint16_t port() const override { return server_->port(); }

  bool Stop(Millis deadline) override {
    if (!server_ || context_.stopping.exchange(true)) return true;
    const bool all_answered = server_->Stop(deadline);
    pool_.Stop();
    consumers_.Stop(kLeaveGroups);
    if (all_answered) {
      LogInfo("Gateway stopped.");
    } else {
      LogWarn("Gateway stopped; requests were cut off.", F("deadline_ms", deadline.count()));
    }
    return all_answered;
  }

 private:
  void OnRequest(ServerRequest request, Responder responder) override {
    CallPtr call = Prepare(std::move(request), std::move(responder));
    if (!call) return;
    const Route* route = call->route;
    if (route->thread == RouteThread::kLoop) return route->handle(std::move(call));
    pool_.Post([route, call = std::move(call)] { route->handle(call); });
  }

  bool TakesPieces(const RequestHead& head) override {
    // Only such paths: the rest need not be looked at twice.
    const std::string_view target = head.target();
    if (head.method() != "POST" || target.find("/records") == target.npos) return false;
    const auto segments = PathSegments(target, options_.base_paths);
    if (!segments) return false;
    const RouteMatch match = FindRoute("POST", *segments);
    return match.route != nullptr && match.route->stream != nullptr;
  }

  std::shared_ptr<BodyReader> OnStreamedRequest(ServerRequest request, Responder responder,
                                                BodyValve valve) override {
    CallPtr call = Prepare(std::move(request), std::move(responder));
    if (!call) return nullptr;
    const Route* route = call->route;
    return route->stream(std::move(call), std::move(valve));
  }

  bool Enabled(const Route& route) const {
    switch (route.media) {
      case RouteMedia::kPlain:
        return true;
      case RouteMedia::kV3:
        return options_.api_v3;
      case RouteMedia::kRestV2:
      case RouteMedia::kProduce:
      case RouteMedia::kConsumers:
      case RouteMedia::kRecords:
        return options_.api_v2;
    }
    return true;
  }

  /// The call with its route and the answer's type; null: it is answered already.
  CallPtr Prepare(ServerRequest request, Responder responder) {
    auto call = std::make_shared<Call>(context_, std::move(request), std::move(responder));
    const auto segments = PathSegments(call->request.head.target(), options_.base_paths);
    if (!segments) {
      call->type = kJsonType;
      call->SendError({400, 400, segments.error().message()});
      return nullptr;
    }
    const std::string_view method = call->request.head.method();
    RouteMatch match = FindRoute(method, *segments);
    if (match.route != nullptr && !Enabled(*match.route)) match = {};
    if (match.route == nullptr) {
      AnswerWithoutRoute(*call, std::move(match.allowed));
      return nullptr;
    }
    call->route = match.route;
    call->topic = std::move(match.topic);
    call->partition = std::move(match.partition);
    call->params = std::move(match.params);
    return NegotiateMedia(*call) ? call : nullptr;
  }

  Answer OnRefused(int status, std::string_view sentence) override {
    Answer answer;
    answer.status = status;
    answer.content_type = kJsonType;
    answer.body = RenderRestError({status, status, std::string(sentence)});
    return answer;
  }

  const GatewayOptions options_;
  GatewayContext context_;
  RestConsumers consumers_;
  TaskPool pool_{kBlockingThreadsMax};
  std::unique_ptr<HttpServer> server_;
};

}  // namespace

Result<std::unique_ptr<Gateway>> Gateway::Start(const GatewayOptions& options, EventLog& log,
                                                ByteBudget& budget, MetricsRegistry& metrics) {
  ASSIGN_OR_RETURN(const auto address, ParseListen(options.listen));
  if (!options.insecure && !IsLoopback(address.host)) {
    return Fail(ErrorKind::kInvalidArgument,
                "listen on {}: other machines could write to the log without a login; set "
                "insecure=true to allow that",
                options.listen);
  }
  auto gateway = std::make_unique<GatewayImpl>(options, log, metrics);
  RETURN_IF_ERROR(gateway->Serve(address, budget, metrics));
  return gateway;
}

}  // namespace pinlake
