#include "http/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "http/resolver.h"

namespace pinlake {
namespace {

/// How late a requested stop may be seen while nothing moves on the socket.
constexpr Micros kStopSlice = std::chrono::milliseconds(50);
constexpr size_t kPiecesMax = 16;

bool WouldBlock(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

/// Waits for an outgoing connection to be made or refused.
Status FinishConnect(int fd, const Patience& patience) {
  RETURN_IF_ERROR(AwaitSocket(fd, POLLOUT, patience));
  int error = 0;
  socklen_t size = sizeof(error);
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return Fail(ErrorKind::kUnavailable, "{}", std::strerror(error));
  return {};
}

Result<Socket> ConnectTo(const SocketAddress& address, const Patience& patience) {
  Socket socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return Fail(ErrorKind::kUnavailable, "socket: {}", std::strerror(errno));
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  ::setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  const auto* target = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::connect(socket.get(), target, address.size) != 0) {
    if (errno != EINPROGRESS) return Fail(ErrorKind::kUnavailable, "{}", std::strerror(errno));
    RETURN_IF_ERROR(FinishConnect(socket.get(), patience));
  }
  return socket;
}

}  // namespace

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

IoStep Socket::Write(std::span<const std::string_view> pieces) const {
  std::array<iovec, kPiecesMax> vectors{};
  const size_t count = std::min(pieces.size(), kPiecesMax);
  for (size_t i = 0; i < count; ++i) {
    vectors[i] = {const_cast<char*>(pieces[i].data()), pieces[i].size()};
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = count;
  while (true) {
    const ssize_t n = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
    if (n >= 0) return {IoStep::State::kMoved, static_cast<size_t>(n)};
    if (errno == EINTR) continue;
    return {WouldBlock(errno) ? IoStep::State::kNeedWrite : IoStep::State::kClosed};
  }
}

IoStep Socket::Read(char* out, size_t size) const {
  while (true) {
    const ssize_t n = ::recv(fd_, out, size, 0);
    if (n > 0) return {IoStep::State::kMoved, static_cast<size_t>(n)};
    if (n < 0 && errno == EINTR) continue;
    return {n < 0 && WouldBlock(errno) ? IoStep::State::kNeedRead : IoStep::State::kClosed};
  }
}

bool Socket::IsQuiet() const {
  char byte;
  return ::recv(fd_, &byte, 1, MSG_PEEK) < 0 && WouldBlock(errno);
}

Status AwaitSocket(int descriptor, short events, const Patience& patience) {
  pollfd waiting{.fd = descriptor, .events = events, .revents = 0};
  while (true) {
    if (patience.stop.stop_requested()) return Fail(ErrorKind::kCancelled, "stopped");
    const Micros left = patience.deadline - SystemClock().Steady();
    if (left.count() <= 0) return Fail(ErrorKind::kUnavailable, "time-out");
    const Micros slice = patience.stop.stop_possible() ? std::min(left, kStopSlice) : left;
    const int64_t ms = std::min<int64_t>(slice.count() / 1000 + 1, 60'000);
    if (::poll(&waiting, 1, static_cast<int>(ms)) > 0) return {};
  }
}

Result<Socket> ConnectSocket(const HttpOrigin& origin, const Patience& patience) {
  ASSIGN_OR_RETURN(const auto addresses,
                   Resolve(origin.host, origin.port, patience.deadline, patience.stop));
  Error last(ErrorKind::kUnavailable, "no address");
  for (size_t i = 0; i < addresses.size(); ++i) {
    // An address that does not answer leaves time for those after it.
    const Micros now = SystemClock().Steady();
    const auto left = static_cast<int64_t>(addresses.size() - i);
    auto socket = ConnectTo(addresses[i], {now + (patience.deadline - now) / left, patience.stop});
    if (socket) return socket;
    last = socket.error();
    if (last.kind() == ErrorKind::kCancelled) break;
  }
  return Fail(std::move(last).In(fmt::format("connect to {}", origin.Text())));
}

namespace {

class PlainStream final : public ByteStream {
 public:
  explicit PlainStream(Socket socket) : socket_(std::move(socket)) {}
  IoStep Write(std::span<const std::string_view> pieces) override { return socket_.Write(pieces); }
  IoStep Read(char* out, size_t size) override { return socket_.Read(out, size); }
  bool IsQuiet() override { return socket_.IsQuiet(); }
  int descriptor() const override { return socket_.get(); }

 private:
  Socket socket_;
};

}  // namespace

Result<std::unique_ptr<ByteStream>> ConnectStream(const HttpOrigin& origin, TlsClientContext* tls,
                                                  const Patience& patience) {
  ASSIGN_OR_RETURN(Socket socket, ConnectSocket(origin, patience));
  if (!origin.tls) return std::make_unique<PlainStream>(std::move(socket));
  CHECK(tls != nullptr, "an https origin needs a TLS context");
  return StartTls(std::move(socket), origin, *tls, patience);
}

}  // namespace pinlake
