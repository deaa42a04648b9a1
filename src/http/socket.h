// Plain TCP sockets: connect, write pieces, read. Shared by the plain and the TLS stream.
#pragma once

#include <memory>

#include "http/stream.h"

namespace pinlake {

/// Owns a file descriptor.
class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket();

  int get() const { return fd_; }
  IoStep Write(std::span<const std::string_view> pieces) const;
  IoStep Read(char* out, size_t size) const;
  bool IsQuiet() const;

 private:
  int fd_;
};

/// A non-blocking socket connected to \p origin.
Result<Socket> ConnectSocket(const HttpOrigin& origin, const Patience& patience);

/// \p socket behind TLS, greeted and its certificate checked.
Result<std::unique_ptr<ByteStream>> StartTls(Socket socket, const HttpOrigin& origin,
                                             TlsClientContext& tls, const Patience& patience);

}  // namespace pinlake
