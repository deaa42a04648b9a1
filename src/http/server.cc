#include "http/server.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "http/listener.h"
#include "http/server_loop.h"
#include "http/server_metrics.h"
#include "observe/log.h"

namespace pinlake {
namespace {

constexpr Millis kNoDescriptorsPause{100};
constexpr Millis kStopStep{2};

// Descriptors for connections and for the rest of the process.
void RaiseDescriptorLimit(int32_t connections) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = std::min<rlim_t>(static_cast<rlim_t>(connections) + 1024, limit.rlim_max);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

class ServerImpl final : public HttpServer {
 public:
  ServerImpl(const HttpServerOptions& options, RequestHandler& handler, ByteBudget& budget,
             MetricsRegistry& metrics, Listener listener)
      : options_(options),
        handler_(handler),
        metrics_(metrics),
        account_(std::make_shared<BodyAccount>(budget, options.body_bytes_minimum)),
        listener_(std::move(listener)),
        port_(listener_.port()),
        accepted_(metrics.GetCounter(kHttpConnectionsTotal, {"accepted"})),
        refused_(metrics.GetCounter(kHttpConnectionsTotal, {"refused"})) {
    connections_source_ = metrics.AddGaugeSource(
        kHttpConnections, {}, [this] { return static_cast<double>(open_.load()); });
    body_source_ = metrics.AddGaugeSource(kHttpBodyBytes, {}, [account = account_] {
      return static_cast<double>(account->held_bytes());
    });
  }
  ~ServerImpl() override { Stop(Millis(0)); }

  Status StartLoops() {
    const auto cores = static_cast<int32_t>(std::max(1u, std::thread::hardware_concurrency()));
    const int32_t threads = options_.threads > 0 ? options_.threads : cores;
    RaiseDescriptorLimit(options_.connections_max);
    for (int32_t i = 0; i < threads; ++i) {
      ASSIGN_OR_RETURN(auto loop, ServerLoop::Start(MakeContext(), open_));
      loops_.push_back(std::move(loop));
    }
    acceptor_ = std::jthread([this](std::stop_token stop) { Accept(stop); });
    return {};
  }

  uint16_t port() const override { return port_; }
  int64_t connections() const override { return open_.load(); }

  bool Stop(Millis deadline) override {
    const std::lock_guard lock(stop_mutex_);
    if (acceptor_.joinable()) {
      acceptor_.request_stop();
      listener_.Wake();
      acceptor_.join();
    }
    listener_.Close();
    for (auto& loop : loops_) loop->BeginStop();
    const auto until = SystemClock().Steady() + deadline;
    while (open_ > 0 && SystemClock().Steady() < until) SystemClock().SleepFor(kStopStep, {});
    int64_t cut_off = 0;
    for (auto& loop : loops_) cut_off += loop->End();
    loops_.clear();
    return cut_off == 0;
  }

 private:
  LoopContext MakeContext() {
    LoopContext context{};
    context.options = &options_;
    context.limits = {.header_bytes_max = options_.header_bytes_max,
                      .body_bytes_max = options_.body_bytes_max};
    context.handler = &handler_;
    context.metrics = &metrics_;
    context.received_bytes = &metrics_.GetCounter(kHttpReceivedBytesTotal);
    context.sent_bytes = &metrics_.GetCounter(kHttpSentBytesTotal);
    context.account = account_;
    return context;
  }

  // One thread accepts and deals the connections out in turn: with SO_REUSEPORT a listener a loop
  // the kernel deals by hash, which leaves loops idle when connections are few.
  void Accept(std::stop_token stop) {
    LogLimiter limiter(10'000);
    size_t next = 0;
    while (!stop.stop_requested()) {
      pollfd waiting{listener_.fd(), POLLIN, 0};
      if (::poll(&waiting, 1, -1) <= 0) continue;
      auto accepted = listener_.Accept();
      if (!accepted) {
        if (limiter.Allow()) LogWarn("Connections have to wait.", F("error", accepted.error()));
        SystemClock().SleepFor(kNoDescriptorsPause, stop);
        continue;
      }
      if (accepted->fd < 0) continue;
      if (open_ >= options_.connections_max) {
        refused_.Add();
        RefuseConnection(accepted->fd);
        continue;
      }
      accepted_.Add();
      loops_[next++ % loops_.size()]->Adopt(accepted->fd, std::move(accepted->peer));
    }
  }

  void RefuseConnection(int fd) {
    Answer answer = handler_.OnRefused(503, "Too many connections are open; try again later.");
    answer.fields.emplace_back("Retry-After", "1");
    std::string text;
    AppendHead(text, answer, "Thu, 01 Jan 1970 00:00:00 GMT", answer.body.size(),
               "Connection: close\r\n");
    text += answer.body;
    [[maybe_unused]] const auto sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    ::shutdown(fd, SHUT_WR);
    // Bytes that are here already would turn the close into a reset, which may overtake the answer.
    char dropped[4096];
    while (::recv(fd, dropped, sizeof dropped, MSG_DONTWAIT) > 0) {
    }
    ::close(fd);
  }

  const HttpServerOptions options_;
  RequestHandler& handler_;
  MetricsRegistry& metrics_;
  std::shared_ptr<BodyAccount> account_;
  Listener listener_;
  const uint16_t port_;
  Counter& accepted_;
  Counter& refused_;
  std::atomic<int64_t> open_{0};
  std::shared_ptr<const void> connections_source_, body_source_;
  std::mutex stop_mutex_;
  std::vector<std::unique_ptr<ServerLoop>> loops_;
  std::jthread acceptor_;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::Start(const HttpServerOptions& options,
                                                      RequestHandler& handler, ByteBudget& budget,
                                                      MetricsRegistry& metrics) {
  ASSIGN_OR_RETURN(auto listener, Listener::Open(options.host, options.port));
  auto server =
      std::make_unique<ServerImpl>(options, handler, budget, metrics, std::move(listener));
  RETURN_IF_ERROR(server->StartLoops());
  return server;
}

}  // namespace pinlake
