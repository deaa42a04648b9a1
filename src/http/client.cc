#include "http/client.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "http/exchange.h"
#include "http/stream.h"
#include "http/tls.h"

namespace pinlake {
namespace {

struct OriginHash {
  size_t operator()(const HttpOrigin& origin) const {
    return std::hash<std::string>{}(origin.host) * 31 + origin.port * 2u + (origin.tls ? 1 : 0);
  }
};

/// The connections that wait for a next request. Thread-safe.
class IdleConnections {
 public:
  IdleConnections(Micros idle, size_t per_origin_max)
      : idle_(idle), per_origin_max_(per_origin_max) {}

  /// The one used last, if it is still open; null if there is none.
  std::unique_ptr<ByteStream> Take(const HttpOrigin& origin) {
    while (true) {
      Kept kept;
      {
        std::lock_guard lock(mutex_);
        const auto at = by_origin_.find(origin);
        if (at == by_origin_.end() || at->second.empty()) return nullptr;
        kept = std::move(at->second.back());
        at->second.pop_back();
      }
      if (SystemClock().Steady() - kept.since < idle_ && kept.stream->IsQuiet()) {
        return std::move(kept.stream);
      }
    }
  }

  void Keep(const HttpOrigin& origin, std::unique_ptr<ByteStream> stream) {
    const Micros now = SystemClock().Steady();
    std::vector<Kept> expired;  // closed without the lock
    std::lock_guard lock(mutex_);
    auto& kept = by_origin_[origin];
    const auto fresh =
        std::ranges::find_if(kept, [&](const Kept& k) { return now - k.since < idle_; });
    std::move(kept.begin(), fresh, std::back_inserter(expired));
    kept.erase(kept.begin(), fresh);
    if (kept.size() < per_origin_max_) kept.push_back({std::move(stream), now});
  }

  size_t Count() const {
    std::lock_guard lock(mutex_);
    size_t count = 0;
    for (const auto& [origin, kept] : by_origin_) count += kept.size();
    return count;
  }

 private:
  struct Kept {
    std::unique_ptr<ByteStream> stream;
    Micros since{};
  };

  const Micros idle_;
  const size_t per_origin_max_;
  mutable std::mutex mutex_;
  std::unordered_map<HttpOrigin, std::vector<Kept>, OriginHash> by_origin_;
};

bool IsSafe(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

bool IsTarget(std::string_view target) {
  return target.starts_with('/') &&
         std::ranges::all_of(target, [](char c) { return c > 0x20 && c != 0x7f; });
}

/// A value with a line break would be another field.
bool IsFieldText(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

Result<std::string> RenderHead(const HttpOrigin& origin, const ClientRequest& request,
                               const std::string& user_agent) {
  if (!IsTarget(request.target)) {
    return Fail(ErrorKind::kInvalidArgument, "'{}' cannot be the target of a request",
                request.target);
  }
  std::string head;
  head.reserve(512);
  head.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\n");
  if (!request.fields.Find("host")) head.append("Host: ").append(origin.HostField()).append("\r\n");
  for (const HttpField& field : request.fields.all()) {
    if (!IsFieldText(field.name) || !IsFieldText(field.value)) {
      return Fail(ErrorKind::kInvalidArgument, "a line break in the header field {}",
                  field.name.substr(0, field.name.find_first_of("\r\n")));
    }
    head.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  if (!user_agent.empty()) head.append("User-Agent: ").append(user_agent).append("\r\n");
  size_t length = 0;
  for (const std::string_view piece : request.body) length += piece.size();
  if (length > 0 || !(IsSafe(request.method) || request.method == "DELETE")) {
    head.append("Content-Length: ").append(std::to_string(length)).append("\r\n");
  }
  return head.append("\r\n");
}

}  // namespace

class HttpClient::Impl {
 public:
  explicit Impl(HttpClientOptions options)
      : options_(std::move(options)), idle_(options_.idle_timeout, options_.idle_per_origin_max) {}

  Result<ClientResponse> Send(const HttpOrigin& origin, const ClientRequest& request,
                              std::stop_token stop) {
    ASSIGN_OR_RETURN(const std::string head, RenderHead(origin, request, options_.user_agent));
    const Micros deadline =
        SystemClock().Steady() + request.timeout.value_or(options_.request_timeout);
    const ExchangeLimits limits{
        .deadline = deadline,
        .progress = options_.progress_timeout,
        .response = {options_.head_bytes_max,
                     request.body_bytes_max.value_or(options_.body_bytes_max)},
        .stop = stop};
    if (auto kept = idle_.Take(origin)) {
      ExchangeOutcome outcome = Exchange(*kept, head, request, limits);
      const bool stale = outcome.closed && !outcome.answer_begun;
      const bool may_repeat = !outcome.sent_whole || request.repeatable || IsSafe(request.method);
      if (!(stale && may_repeat))
        return Finish(origin, request, std::move(kept), std::move(outcome));
    }
    ASSIGN_OR_RETURN(auto stream, Connect(origin, {deadline, stop}));
    ExchangeOutcome outcome = Exchange(*stream, head, request, limits);
    return Finish(origin, request, std::move(stream), std::move(outcome));
  }

  size_t idle_connections() const { return idle_.Count(); }

 private:
  Result<std::unique_ptr<ByteStream>> Connect(const HttpOrigin& origin, Patience patience) {
    patience.deadline =
        std::min(patience.deadline, SystemClock().Steady() + Micros(options_.connect_timeout));
    std::shared_ptr<TlsClientContext> tls;
    if (origin.tls) {
      ASSIGN_OR_RETURN(tls, Tls());
    }
    return ConnectStream(origin, tls.get(), patience);
  }

  /// The authorities are read once, by the first request that needs them.
  Result<std::shared_ptr<TlsClientContext>> Tls() {
    std::lock_guard lock(tls_mutex_);
    if (!tls_) {
      ASSIGN_OR_RETURN(tls_, TlsClientContext::Open(options_.ca_file));
    }
    return tls_;
  }

  Result<ClientResponse> Finish(const HttpOrigin& origin, const ClientRequest& request,
                                std::unique_ptr<ByteStream> stream, ExchangeOutcome outcome) {
    if (outcome.keep_alive) idle_.Keep(origin, std::move(stream));
    if (outcome.answer) return std::move(outcome.answer);
    const Error& error = outcome.answer.error();
    return Fail(Error(KindOf(request, outcome), error.message())
                    .In(fmt::format("{} {}", request.method, origin.Text())));
  }

  static ErrorKind KindOf(const ClientRequest& request, const ExchangeOutcome& outcome) {
    const ErrorKind kind = outcome.answer.error().kind();
    if (kind == ErrorKind::kCancelled || kind == ErrorKind::kOutOfSpace) return kind;
    return outcome.sent_whole && !IsSafe(request.method) ? ErrorKind::kUnknownOutcome
                                                         : ErrorKind::kUnavailable;
  }

  const HttpClientOptions options_;
  IdleConnections idle_;
  std::mutex tls_mutex_;
  std::shared_ptr<TlsClientContext> tls_;
};

HttpClient::HttpClient(HttpClientOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
HttpClient::~HttpClient() = default;

Result<ClientResponse> HttpClient::Send(const HttpOrigin& origin, const ClientRequest& request,
                                        std::stop_token stop) {
  return impl_->Send(origin, request, std::move(stop));
}

size_t HttpClient::idle_connections() const { return impl_->idle_connections(); }

}  // namespace pinlake
