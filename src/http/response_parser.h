// Reads an HTTP/1.1 answer from bytes as they come.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/client_message.h"

namespace pinlake {

struct ResponseLimits {
  size_t head_bytes_max = 64 << 10;
  size_t body_bytes_max = 64 << 20;
};

/// One answer. Interim answers (1xx) are passed over. Not thread-safe.
///
/// Strict where two readers could disagree: repeated or malformed Content-Length, Content-Length
/// with chunks, folded lines, bare line feeds and blanks before a colon are refused. \see RFC 9112
class ResponseParser {
 public:
  /// \p no_body: the answer to a HEAD request.
  ResponseParser(bool no_body, ResponseLimits limits) : no_body_(no_body), limits_(limits) {}

  /// \return how many of \p bytes belong to this answer. kCorruption: not HTTP; kOutOfSpace: over a
  /// limit, the message says which.
  Result<size_t> Feed(std::string_view bytes);
  /// The other side closed. Ends a body without a length; otherwise kCorruption.
  Status Close();

  bool started() const { return started_; }
  bool done() const { return state_ == State::kDone; }
  /// The connection can carry another request after this answer.
  bool keep_alive() const { return keep_alive_ && state_ == State::kDone; }
  ClientResponse Take() { return std::move(response_); }

 private:
  enum class State {
    kHead,
    kLength,
    kUntilClose,
    kChunkSize,
    kChunkData,
    kChunkEnd,
    kTrailer,
    kDone
  };

  Result<size_t> FeedHead(std::string_view bytes);
  Status ParseHead(std::string_view head);
  Status ParseStatusLine(std::string_view line);
  Status ParseField(std::string_view line);
  Status ChooseFraming();
  Result<size_t> FeedBody(std::string_view bytes, uint64_t& left, State next);
  Result<size_t> FeedLine(std::string_view bytes);
  Status OnLine(std::string_view line);
  Status CheckRoom(uint64_t more) const;

  const bool no_body_;
  const ResponseLimits limits_;
  State state_ = State::kHead;
  bool started_ = false;
  bool keep_alive_ = true;
  std::string pending_;  ///< a head or line that is not whole yet
  size_t trailer_bytes_ = 0;
  uint64_t left_ = 0;
  ClientResponse response_;
};

}  // namespace pinlake
