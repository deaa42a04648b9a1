#include "http/responder.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace pinlake {

Result<std::shared_ptr<LoopInbox>> LoopInbox::Open() {
  const int fd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (fd < 0) return Fail(ErrorKind::kUnavailable, "eventfd: {}", std::strerror(errno));
  return std::shared_ptr<LoopInbox>(new LoopInbox(fd));
}

LoopInbox::~LoopInbox() { ::close(wake_fd_); }

void LoopInbox::Push(LoopEvent event) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    events_.push_back(std::move(event));
    wake = std::exchange(sleeping_, false);
  }
  if (!wake) return;
  const uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_fd_, &one, sizeof one);
}

bool LoopInbox::BeginWait() {
  const std::lock_guard lock(mutex_);
  sleeping_ = events_.empty();
  return sleeping_;
}

std::vector<LoopEvent> LoopInbox::Take() {
  const std::lock_guard lock(mutex_);
  sleeping_ = false;
  return std::exchange(events_, {});
}

void LoopInbox::Close() {
  std::vector<LoopEvent> dropped;  // destroyed outside the lock: an event may own a Responder
  const std::lock_guard lock(mutex_);
  closed_ = true;
  dropped.swap(events_);
}

AnswerStream::AnswerStream(std::shared_ptr<LoopInbox> inbox, uint64_t connection, uint64_t exchange,
                           std::shared_ptr<StreamState> state, size_t queued_bytes_max)
    : inbox_(std::move(inbox)),
      connection_(connection),
      exchange_(exchange),
      state_(std::move(state)),
      queued_bytes_max_(queued_bytes_max) {}

AnswerStream::~AnswerStream() {
  if (inbox_) inbox_->Push({connection_, exchange_, LoopEvent::StreamEnd{}});
}

AnswerStream::Wrote AnswerStream::Write(std::string bytes) {
  if (closed()) return Wrote::kClosed;
  if (bytes.empty()) return Wrote::kOk;
  const size_t waiting = state_->queued_bytes.fetch_add(bytes.size());
  if (waiting > 0 && waiting + bytes.size() > queued_bytes_max_) {
    state_->queued_bytes.fetch_sub(bytes.size());
    return Wrote::kFull;
  }
  inbox_->Push({connection_, exchange_, LoopEvent::StreamChunk{std::move(bytes)}});
  return Wrote::kOk;
}

Responder::Responder(std::shared_ptr<LoopInbox> inbox, uint64_t connection, uint64_t exchange,
                     size_t stream_bytes_max)
    : inbox_(std::move(inbox)),
      connection_(connection),
      exchange_(exchange),
      stream_bytes_max_(stream_bytes_max) {}

Responder::~Responder() {
  if (inbox_) Send({.status = 500, .close = true});
}

void Responder::Send(Answer answer) {
  CHECK(inbox_ != nullptr, "a request is answered once");
  std::exchange(inbox_, nullptr)->Push({connection_, exchange_, std::move(answer)});
}

void Responder::SendFrom(std::function<Answer()> make) {
  CHECK(inbox_ != nullptr, "a request is answered once");
  std::exchange(inbox_, nullptr)->Push({connection_, exchange_, std::move(make)});
}

AnswerStream Responder::SendStream(Answer head) {
  CHECK(inbox_ != nullptr, "a request is answered once");
  auto state = std::make_shared<StreamState>();
  auto inbox = std::exchange(inbox_, nullptr);
  inbox->Push({connection_, exchange_, LoopEvent::StreamHead{std::move(head), state}});
  return {std::move(inbox), connection_, exchange_, std::move(state), stream_bytes_max_};
}

}  // namespace pinlake
