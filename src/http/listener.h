// A listening socket.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace pinlake {

struct AcceptedSocket {
  int fd = -1;  ///< -1: nobody there
  std::string peer;
};

/// Listens and accepts without waiting. Move-only.
class Listener {
 public:
  /// kConflict: the port is taken. kInvalidArgument: \p host is no address of this machine.
  /// kPermissionDenied: the port needs privileges.
  static Result<Listener> Open(const std::string& host, uint16_t port);
  Listener(Listener&& other) noexcept : fd_(other.fd_), port_(other.port_) { other.fd_ = -1; }
  Listener& operator=(Listener&&) = delete;
  ~Listener() { Close(); }

  int fd() const { return fd_; }
  uint16_t port() const { return port_; }
  /// A non-blocking socket with TCP_NODELAY; fd -1 when no one waits. kOutOfSpace: no file
  /// descriptors are left.
  Result<AcceptedSocket> Accept();
  /// Ends a poll on fd(). Thread-safe. Nothing is accepted afterwards.
  void Wake();
  void Close();

 private:
  Listener(int fd, uint16_t port) : fd_(fd), port_(port) {}
  int fd_;
  uint16_t port_;
};

}  // namespace pinlake
