#include "http/server_loop.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <vector>

#include "base/clock.h"
#include "http/server_metrics.h"

namespace pinlake {
namespace {

constexpr uint64_t kInboxId = 0;
constexpr size_t kScratchBytes = 64 << 10;

std::string HttpDate(int64_t second) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto time = static_cast<std::time_t>(second);
  std::tm utc{};
  gmtime_r(&time, &utc);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[utc.tm_wday], utc.tm_mday,
                     kMonths[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

Status Watch(int epoll_fd, int fd, uint32_t events, uint64_t id) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  if (::epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0) return {};
  return Fail(ErrorKind::kUnavailable, "epoll_ctl: {}", std::strerror(errno));
}

// Time-outs are looked at this often: a quarter of the shortest, within reason.
int64_t TickEveryMs(const HttpServerOptions& options) {
  const auto shortest = std::min({options.idle_timeout, options.head_timeout, options.body_timeout,
                                  options.answer_timeout, options.write_timeout});
  return std::clamp<int64_t>(shortest.count() / 4, 10, 250);
}

}  // namespace

Result<std::unique_ptr<ServerLoop>> ServerLoop::Start(LoopContext context,
                                                      std::atomic<int64_t>& open) {
  ASSIGN_OR_RETURN(context.inbox, LoopInbox::Open());
  context.scratch.resize(kScratchBytes);
  const int epoll_fd = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) return Fail(ErrorKind::kUnavailable, "epoll_create: {}", std::strerror(errno));
  std::unique_ptr<ServerLoop> loop(new ServerLoop(epoll_fd, std::move(context), open));
  RETURN_IF_ERROR(Watch(epoll_fd, loop->context_.inbox->wake_fd(), EPOLLIN, kInboxId));
  auto* raw = loop.get();
  loop->thread_ = std::jthread([raw](std::stop_token stop) { raw->Run(stop); });
  return loop;
}

ServerLoop::ServerLoop(int epoll_fd, LoopContext context, std::atomic<int64_t>& open)
    : epoll_fd_(epoll_fd),
      context_(std::move(context)),
      open_(open),
      tick_every_ms_(TickEveryMs(*context_.options)) {
  RefreshTime();
}

ServerLoop::~ServerLoop() {
  End();
  ::close(epoll_fd_);
}

int64_t ServerLoop::End() {
  if (thread_.joinable()) {
    thread_.request_stop();
    context_.inbox->Push({0, 0, LoopEvent::Task([] {})});
    thread_.join();
  }
  return cut_off_;
}

void ServerLoop::Adopt(int fd, std::string peer) {
  connections_open_.fetch_add(1);
  open_.fetch_add(1);
  context_.inbox->Push(
      {0, 0, LoopEvent::Task([this, fd, peer = std::move(peer)] { Add(fd, peer); })});
}

void ServerLoop::BeginStop() {
  context_.inbox->Push({0, 0, LoopEvent::Task([this] {
                          context_.stopping = true;
                          for (auto it = connections_.begin(); it != connections_.end();) {
                            it->second->OnStop();
                            ForgetIfClosed(it++);
                          }
                        })});
}

void ServerLoop::Add(int fd, std::string peer) {
  auto transport = MakeTcpTransport(fd);
  const uint64_t id = next_id_++;
  if (context_.stopping || !Watch(epoll_fd_, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, id)) {
    connections_open_.fetch_sub(1);
    open_.fetch_sub(1);
    return;
  }
  const auto it = connections_
                      .emplace(id, std::make_unique<Connection>(id, std::move(transport),
                                                                std::move(peer), context_))
                      .first;
  it->second->OnReadable();
  ForgetIfClosed(it);
}

void ServerLoop::ForgetIfClosed(
    std::unordered_map<uint64_t, std::unique_ptr<Connection>>::iterator it) {
  if (!it->second->closed()) return;
  connections_.erase(it);
  connections_open_.fetch_sub(1);
  open_.fetch_sub(1);
}

void ServerLoop::RefreshTime() {
  context_.now_ms = SystemClock().Steady().count() / 1000;
  const int64_t second = SystemClock().WallMs() / 1000;
  if (second == date_second_) return;
  date_second_ = second;
  context_.date = HttpDate(second);
}

Millis ServerLoop::WaitTime() const {
  // Without connections nothing can be late, so an idle server sleeps.
  if (connections_.empty()) return Millis(-1);
  return Millis(std::max<int64_t>(0, next_tick_ms_ - SystemClock().Steady().count() / 1000));
}

void ServerLoop::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    HandleEvents(stop);
    HandleInbox();
    if (context_.now_ms >= next_tick_ms_) Tick();
  }
  HandleInbox();  // sockets on their way here must not leak
  context_.inbox->Close();
  for (auto& [id, connection] : connections_) {
    if (connection->busy()) cut_off_.fetch_add(1);
    connections_open_.fetch_sub(1);
    open_.fetch_sub(1);
  }
  connections_.clear();
}

void ServerLoop::HandleEvents(std::stop_token stop) {
  std::array<epoll_event, 128> events;
  const bool sleep = !stop.stop_requested() && context_.inbox->BeginWait();
  const int wait_ms = sleep ? static_cast<int>(WaitTime().count()) : 0;
  const int count = ::epoll_wait(epoll_fd_, events.data(), events.size(), wait_ms);
  RefreshTime();
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<size_t>(i)];
    if (event.data.u64 == kInboxId) {
      uint64_t woken;
      [[maybe_unused]] const auto read = ::read(context_.inbox->wake_fd(), &woken, sizeof woken);
      continue;
    }
    const auto it = connections_.find(event.data.u64);
    if (it == connections_.end()) continue;
    Connection& connection = *it->second;
    if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) {
      connection.OnHangUp();
    } else {
      if ((event.events & EPOLLOUT) != 0) connection.OnWritable();
      if ((event.events & (EPOLLIN | EPOLLRDHUP)) != 0) connection.OnReadable();
    }
    ForgetIfClosed(it);
  }
}

void ServerLoop::HandleInbox() {
  for (LoopEvent& event : context_.inbox->Take()) {
    if (auto* task = std::get_if<LoopEvent::Task>(&event.what)) {
      (*task)();
      continue;
    }
    const auto it = connections_.find(event.connection);
    if (it == connections_.end()) continue;
    it->second->OnEvent(std::move(event));
    ForgetIfClosed(it);
  }
}

void ServerLoop::Tick() {
  next_tick_ms_ = context_.now_ms + tick_every_ms_;
  for (auto it = connections_.begin(); it != connections_.end();) {
    it->second->OnTick();
    ForgetIfClosed(it++);
  }
}

}  // namespace pinlake
