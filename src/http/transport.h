// A connection's bytes, without waiting: TCP now; TLS fits behind the same two calls.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <span>

namespace pinlake {

/// What one non-blocking call did.
struct Moved {
  enum class Kind {
    kBytes,  ///< `bytes` were moved
    kWouldBlock,
    kEnd,     ///< the peer closed its side (reads)
    kBroken,  ///< the connection is gone
  };
  Kind kind;
  size_t bytes = 0;
};

/// Owns a non-blocking socket. One thread.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual Moved Read(char* into, size_t size) = 0;
  virtual Moved Write(std::span<const iovec> pieces) = 0;
  /// No more bytes will be written.
  virtual void ShutdownWrite() = 0;
  virtual int fd() const = 0;
};

/// Plain TCP. Takes ownership of \p fd.
std::unique_ptr<Transport> MakeTcpTransport(int fd);

}  // namespace pinlake
