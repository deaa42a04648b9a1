// The other half of a request: where its answer goes, from any thread, exactly once.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "http/server_message.h"

namespace pinlake {

/// What streams and their connection tell each other.
struct StreamState {
  std::atomic<size_t> queued_bytes{0};
  std::atomic<bool> closed{false};
};

/// Something for a server loop to do. Connection ids are never used twice, so what comes late finds
/// nobody and is dropped.
struct LoopEvent {
  struct StreamHead {
    Answer head;
    std::shared_ptr<StreamState> state;
  };
  struct StreamChunk {
    std::string bytes;
  };
  struct StreamEnd {};
  struct ReadOn {};
  using Make = std::function<Answer()>;
  using Task = std::function<void()>;

  uint64_t connection = 0;
  uint64_t exchange = 0;
  std::variant<Answer, Make, StreamHead, StreamChunk, StreamEnd, ReadOn, Task> what;
};

/// Carries events to a loop's thread. Thread-safe; outlives the loop as long as somebody holds it.
class LoopInbox {
 public:
  static Result<std::shared_ptr<LoopInbox>> Open();
  ~LoopInbox();
  LoopInbox(const LoopInbox&) = delete;

  /// Drops \p event once closed.
  void Push(LoopEvent event);
  /// By the loop, before it waits: true if it may sleep; from then on Push writes to wake_fd().
  bool BeginWait();
  /// By the loop, awake again: all events so far.
  std::vector<LoopEvent> Take();
  void Close();
  int wake_fd() const { return wake_fd_; }

 private:
  explicit LoopInbox(int wake_fd) : wake_fd_(wake_fd) {}

  const int wake_fd_;
  std::mutex mutex_;
  std::vector<LoopEvent> events_;
  bool sleeping_ = false;
  bool closed_ = false;
};

/// A streamed answer (server-sent events, long lists). Thread-safe; ended when destroyed.
class AnswerStream {
 public:
  enum class Wrote { kOk, kFull, kClosed };

  AnswerStream(std::shared_ptr<LoopInbox> inbox, uint64_t connection, uint64_t exchange,
               std::shared_ptr<StreamState> state, size_t queued_bytes_max);
  ~AnswerStream();
  AnswerStream(AnswerStream&&) = default;
  AnswerStream& operator=(AnswerStream&&) = delete;

  /// Sends \p bytes as soon as the peer takes them. kFull: too many are waiting already, nothing
  /// was taken; try later. kClosed: nobody listens any more.
  Wrote Write(std::string bytes);
  bool closed() const { return state_->closed; }

 private:
  std::shared_ptr<LoopInbox> inbox_;
  uint64_t connection_, exchange_;
  std::shared_ptr<StreamState> state_;
  size_t queued_bytes_max_;
};

/// Lets a connection read on whose body somebody did not want more of. Thread-safe; does nothing
/// once that request is over.
class BodyValve {
 public:
  BodyValve(std::shared_ptr<LoopInbox> inbox, uint64_t connection, uint64_t exchange)
      : inbox_(std::move(inbox)), connection_(connection), exchange_(exchange) {}
  void Open() { inbox_->Push({connection_, exchange_, LoopEvent::ReadOn{}}); }

 private:
  std::shared_ptr<LoopInbox> inbox_;
  uint64_t connection_, exchange_;
};

/// Answers one request, once, from any thread; moves only. An answer that comes after the
/// connection is gone, or its time is over, is dropped. Destroyed unanswered it answers 500, so
/// that no client waits for a mistake of ours.
class Responder {
 public:
  Responder(std::shared_ptr<LoopInbox> inbox, uint64_t connection, uint64_t exchange,
            size_t stream_bytes_max);
  ~Responder();
  Responder(Responder&&) = default;
  Responder& operator=(Responder&&) = delete;

  void Send(Answer answer);
  /// \p make runs on the connection's thread: for answers that cost time to render.
  void SendFrom(std::function<Answer()> make);
  /// Sends the head now and the body as it comes. HEAD requests get the head only.
  AnswerStream SendStream(Answer head);

 private:
  std::shared_ptr<LoopInbox> inbox_;  ///< null once answered
  uint64_t connection_, exchange_;
  size_t stream_bytes_max_;
};

}  // namespace pinlake
