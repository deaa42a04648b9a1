#include "http/transport.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace pinlake {
namespace {

Moved FromCount(ssize_t count) {
  if (count > 0) return {Moved::Kind::kBytes, static_cast<size_t>(count)};
  if (count == 0) return {Moved::Kind::kEnd};
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {Moved::Kind::kWouldBlock};
  return {Moved::Kind::kBroken};
}

class TcpTransport final : public Transport {
 public:
  explicit TcpTransport(int fd) : fd_(fd) {}
  ~TcpTransport() override { ::close(fd_); }

  Moved Read(char* into, size_t size) override {
    ssize_t count;
    do {
      count = ::recv(fd_, into, size, 0);
    } while (count < 0 && errno == EINTR);
    return FromCount(count);
  }

  Moved Write(std::span<const iovec> pieces) override {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());
    message.msg_iovlen = pieces.size();
    ssize_t count;
    do {
      count = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
    } while (count < 0 && errno == EINTR);
    return FromCount(count);
  }

  void ShutdownWrite() override { ::shutdown(fd_, SHUT_WR); }
  int fd() const override { return fd_; }

 private:
  const int fd_;
};

}  // namespace

std::unique_ptr<Transport> MakeTcpTransport(int fd) { return std::make_unique<TcpTransport>(fd); }

}  // namespace pinlake
