// The HTTP/1.1 server: connections, framing, limits and time-outs. Knows no route.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/byte_budget.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/responder.h"
#include "http/server_message.h"
#include "observe/metrics.h"

namespace pinlake {

struct HttpServerOptions {
  std::string host = "127.0.0.1";  ///< an address, or a name that resolves to one
  uint16_t port = 0;               ///< 0: any free one
  /// Loops, each with its own thread and connections. 0: one a core.
  int32_t threads = 0;
  int32_t connections_max = 10'000;
  uint32_t header_bytes_max = 32 << 10;
  uint64_t body_bytes_max = 64 << 20;
  /// Bodies are let in up to this even when the budget is used up by others.
  int64_t body_bytes_minimum = 4 << 20;
  /// Bytes of a streamed answer that wait for a slow peer.
  size_t stream_bytes_max = 1 << 20;
  Millis idle_timeout{30'000};    ///< between requests
  Millis head_timeout{10'000};    ///< from a request's first byte to the end of its head
  Millis body_timeout{30'000};    ///< for the body, plus a second for each 16 KiB that came
  Millis answer_timeout{60'000};  ///< for the handler
  Millis write_timeout{30'000};   ///< without a byte taken by the peer
};

/// Gets a request's body as it comes. Called on the connection's thread; must not block.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  /// \return false: no more for now; the connection reads on when the valve is opened.
  virtual bool OnBytes(std::string_view bytes) = 0;
  /// The body is whole, or the server stops and reads no more. Called at most once; nothing comes
  /// after it.
  virtual void OnEnd() = 0;
  /// The peer is gone, too slow, or its framing is broken; nothing can be answered any more.
  virtual void OnBroken() = 0;
};

/// What the server serves. Both are called on the threads of the loops, several at a time, and must
/// not block.
class RequestHandler {
 public:
  virtual ~RequestHandler() = default;
  /// Answers \p request through \p responder, now or later.
  virtual void OnRequest(ServerRequest request, Responder responder) = 0;
  /// Whether a request with this head, and a body, is handed over piece by piece.
  virtual bool TakesPieces(const RequestHead& head) {
    (void)head;
    return false;
  }
  /// Such a request, as soon as its head is there; its body is empty. The answer may begin before
  /// the body has ended; if it ends before, the connection is closed. \return null: the answer is
  /// on its way, the body is not wanted.
  virtual std::shared_ptr<BodyReader> OnStreamedRequest(ServerRequest request, Responder responder,
                                                        BodyValve valve) {
    (void)request, (void)responder, (void)valve;
    return nullptr;
  }
  /// The answer to a request that never became one: limits, framing, time-outs.
  virtual Answer OnRefused(int status, std::string_view sentence) = 0;
};

/// A running server. Thread-safe.
///
/// Requests of a connection are answered one after the other, in order (pipelining). A connection
/// stays on its loop's thread. Over `connections_max` a connection gets 503 and is closed; over
/// \p budget a request gets 429 with Retry-After. A body longer than the limit gets 413 before it
/// is read.
class HttpServer {
 public:
  /// Binds, listens and serves. \p handler, \p budget and \p metrics outlive the server.
  /// kConflict: the port is taken. kInvalidArgument: no such address here.
  static Result<std::unique_ptr<HttpServer>> Start(const HttpServerOptions& options,
                                                   RequestHandler& handler, ByteBudget& budget,
                                                   MetricsRegistry& metrics);
  virtual ~HttpServer() = default;

  virtual uint16_t port() const = 0;
  virtual int64_t connections() const = 0;
  /// Stops accepting, closes idle connections, lets the requests under way be answered until
  /// \p deadline from now is over, then closes the rest. Returns when all threads have ended.
  /// Idempotent. \return false: some requests were cut off.
  virtual bool Stop(Millis deadline) = 0;
};

}  // namespace pinlake
