#include "http/exchange.h"

#include <poll.h>

#include <algorithm>
#include <array>

namespace pinlake {
namespace {

constexpr size_t kReadBytes = 16 << 10;

class Exchanger {
 public:
  Exchanger(ByteStream& stream, const ClientRequest& request, const ExchangeLimits& limits)
      : stream_(stream), limits_(limits), parser_(request.method == "HEAD", limits.response) {}

  ExchangeOutcome Run(std::string_view head, const ClientRequest& request) {
    pieces_.reserve(request.body.size() + 1);
    pieces_.push_back(head);
    for (const std::string_view piece : request.body) {
      if (!piece.empty()) pieces_.push_back(piece);
    }
    Status status = SendAll();
    if (status && !parser_.done()) status = ReceiveAll();
    ExchangeOutcome outcome{.sent_whole = first_ == pieces_.size(),
                            .answer_begun = parser_.started(),
                            .closed = closed_,
                            .keep_alive = status && !extra_ && parser_.keep_alive()};
    outcome.keep_alive = outcome.keep_alive && outcome.sent_whole;
    if (status) {
      outcome.answer = parser_.Take();
    } else {
      outcome.answer = Fail(std::move(status).error());
    }
    return outcome;
  }

 private:
  /// Ends early, without error, if an answer begins meanwhile or the other side closes.
  Status SendAll() {
    while (first_ < pieces_.size()) {
      const IoStep step = stream_.Write(std::span(pieces_).subspan(first_));
      if (step.state == IoStep::State::kMoved) {
        Advance(step.bytes);
        continue;
      }
      if (step.state == IoStep::State::kClosed || step.state == IoStep::State::kBroken) return {};
      const short wanted = step.state == IoStep::State::kNeedWrite ? POLLOUT | POLLIN : POLLIN;
      RETURN_IF_ERROR(Wait(wanted));
      ASSIGN_OR_RETURN(const bool open, ReceiveSome());
      if (!open || parser_.started()) return {};
    }
    return {};
  }

  Status ReceiveAll() {
    while (!parser_.done()) {
      // All that had come was read before: to wait first saves a read that would find nothing.
      RETURN_IF_ERROR(Wait(POLLIN));
      ASSIGN_OR_RETURN(const bool open, ReceiveSome());
      if (!open) return {};
    }
    return {};
  }

  /// Reads all that has come (TLS may hold bytes that poll does not see).
  /// \return false once the other side has closed and the answer is whole.
  Result<bool> ReceiveSome() {
    std::array<char, kReadBytes> buffer;
    while (!parser_.done()) {
      const IoStep step = stream_.Read(buffer.data(), buffer.size());
      switch (step.state) {
        case IoStep::State::kMoved: {
          ASSIGN_OR_RETURN(const size_t taken, parser_.Feed({buffer.data(), step.bytes}));
          extra_ = taken < step.bytes;
          break;
        }
        case IoStep::State::kNeedRead:
          return true;
        case IoStep::State::kNeedWrite:
          RETURN_IF_ERROR(Wait(POLLOUT));
          break;
        case IoStep::State::kClosed:
        case IoStep::State::kBroken:
          closed_ = true;
          if (!parser_.started()) {
            return Fail(ErrorKind::kUnavailable, "the connection was closed without an answer");
          }
          RETURN_IF_ERROR(parser_.Close());
          return false;
      }
    }
    return true;
  }

  Status Wait(short events) {
    const Micros patience = std::min(limits_.deadline, SystemClock().Steady() + limits_.progress);
    return AwaitSocket(stream_.descriptor(), events, {patience, limits_.stop});
  }

  void Advance(size_t bytes) {
    while (bytes > 0) {
      std::string_view& piece = pieces_[first_];
      const size_t n = std::min(bytes, piece.size());
      piece.remove_prefix(n);
      bytes -= n;
      if (piece.empty()) ++first_;
    }
  }

  ByteStream& stream_;
  const ExchangeLimits& limits_;
  ResponseParser parser_;
  std::vector<std::string_view> pieces_;
  size_t first_ = 0;    ///< the first piece that is not sent whole
  bool extra_ = false;  ///< bytes after the answer: out of step, not to be used again
  bool closed_ = false;
};

}  // namespace

ExchangeOutcome Exchange(ByteStream& stream, std::string_view head, const ClientRequest& request,
                         const ExchangeLimits& limits) {
  return Exchanger(stream, request, limits).Run(head, request);
}

}  // namespace pinlake
