#include "http/listener.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace pinlake {
namespace {

constexpr int kBacklog = 1024;

std::string PeerText(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    return fmt::format("{}:{}", text, ntohs(v4.sin_port));
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
  return fmt::format("[{}]:{}", text, ntohs(v6.sin6_port));
}

ErrorKind KindOfBind(int error) {
  if (error == EADDRINUSE) return ErrorKind::kConflict;
  if (error == EACCES || error == EPERM) return ErrorKind::kPermissionDenied;
  return ErrorKind::kInvalidArgument;
}

std::string_view WhyNot(int error) {
  if (error == EADDRINUSE) return "the port is taken by another program; choose another, or 0";
  if (error == EADDRNOTAVAIL) return "this machine has no such address";
  if (error == EACCES) return "ports below 1024 need privileges";
  return std::strerror(error);
}

}  // namespace

Result<Listener> Listener::Open(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string service = std::to_string(port);
  const int looked = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &found);
  if (looked != 0) {
    return Fail(ErrorKind::kInvalidArgument, "listen on {}:{}: {}", host, port,
                ::gai_strerror(looked));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);
  const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return Fail(ErrorKind::kUnavailable, "socket: {}", std::strerror(errno));
  const int on = 1;
  // Without it a restart has to wait for the connections of the last run to be forgotten. It does
  // not allow two listeners.
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd, found->ai_addr, found->ai_addrlen) != 0 || ::listen(fd, kBacklog) != 0) {
    const int error = errno;
    ::close(fd);
    return Fail(KindOfBind(error), "listen on {}:{}: {}", host, port, WhyNot(error));
  }
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size);
  const auto network_port = bound.ss_family == AF_INET
                                ? reinterpret_cast<const sockaddr_in&>(bound).sin_port
                                : reinterpret_cast<const sockaddr_in6&>(bound).sin6_port;
  return Listener(fd, ntohs(network_port));
}

Result<AcceptedSocket> Listener::Accept() {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  const int fd =
      ::accept4(fd_, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      return Fail(ErrorKind::kOutOfSpace, "accept a connection: {}", std::strerror(errno));
    }
    return AcceptedSocket{};  // nobody there, or gone again already
  }
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return AcceptedSocket{fd, PeerText(peer)};
}

void Listener::Wake() { ::shutdown(fd_, SHUT_RD); }

void Listener::Close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

}  // namespace pinlake
