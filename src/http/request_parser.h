// Bytes of a connection into requests: the framing of HTTP/1.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/server_message.h"

namespace pinlake {

/// Why a request is answered by the server itself.
struct Refusal {
  int status = 400;
  std::string sentence;
};

struct RequestLimits {
  uint32_t header_bytes_max = 32 << 10;
  uint64_t body_bytes_max = 64 << 20;
};

/// Parses one request at a time. Not thread-safe.
///
/// Refused: both Content-Length and Transfer-Encoding, either of them twice, a length that is not a
/// plain number, any transfer coding but `chunked`, folded fields, no or several Host fields in
/// HTTP/1.1, versions but 1.0 and 1.1; limits.
class RequestParser {
 public:
  explicit RequestParser(const RequestLimits& limits);
  ~RequestParser();

  enum class Step {
    kNeedMore,  ///< all bytes that could be used were used
    kHead,      ///< the head is complete; call Feed again for the body
    kDone,      ///< the request is complete; bytes not used belong to the next one
    kRefused,   ///< see refusal(); nothing more can be read from this connection
  };
  struct Fed {
    Step step;
    size_t used;
  };

  /// Starts with the next request; its body counts in \p account.
  void Begin(std::shared_ptr<BodyAccount> account);
  /// Takes bytes. Those not used must be given again, with more behind them.
  Fed Feed(std::string_view data);

  const Refusal& refusal() const;
  /// After kHead.
  const RequestHead& head() const;
  bool keep_alive() const;
  bool expects_body() const;
  bool expects_continue() const;
  /// Bytes of the body so far.
  uint64_t body_bytes() const;
  /// After kHead: the head, with an empty body; the rest of the body comes by TakeBody.
  ServerRequest TakeHead();
  /// What came of the body since the last call, which then counts no more against the limit.
  std::string TakeBody();
  /// After kDone: head and body; call Begin next.
  ServerRequest Take();

 private:
  class Impl;
  const RequestLimits limits_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pinlake
