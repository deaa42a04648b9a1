// A connected socket, plain or TLS, that never blocks by itself.
#pragma once

#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "http/tls.h"
#include "http/url.h"

namespace pinlake {

/// When to give up waiting. Times are those of SystemClock().Steady().
struct Patience {
  Micros deadline;
  std::stop_token stop;
};

struct IoStep {
  enum class State {
    kMoved,      ///< \p bytes went through; at least 1
    kNeedRead,   ///< wait until the socket can be read
    kNeedWrite,  ///< wait until the socket can be written
    kClosed,     ///< the other side closed, orderly or by reset
    kBroken,     ///< TLS refused to go on
  };
  State state;
  size_t bytes = 0;
};

/// One thread at a time.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// Takes the start of \p pieces.
  virtual IoStep Write(std::span<const std::string_view> pieces) = 0;
  virtual IoStep Read(char* out, size_t size) = 0;
  /// True if nothing has come and the other side has not closed: a kept connection may be used.
  virtual bool IsQuiet() = 0;
  virtual int descriptor() const = 0;
};

/// Waits until \p descriptor has one of poll's \p events.
/// kUnavailable: the deadline passed; kCancelled: stop requested.
Status AwaitSocket(int descriptor, short events, const Patience& patience);

/// Connects to \p origin, trying its addresses in turn, and greets in TLS if \p origin says so;
/// the name in the certificate is checked. \p tls may be null for plain connections.
///
/// kUnavailable: no address, refused, no answer in time. kUnauthenticated: the certificate is not
/// trusted or for another name. kCancelled.
Result<std::unique_ptr<ByteStream>> ConnectStream(const HttpOrigin& origin, TlsClientContext* tls,
                                                  const Patience& patience);

}  // namespace pinlake
