#include "tests/support/http_imposter.h"

#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace pinlake {
namespace {

bool ReadMore(int fd, std::string& buffer) {
  char bytes[8192];
  const ssize_t n = ::recv(fd, bytes, sizeof(bytes), 0);
  if (n <= 0) return false;
  buffer.append(bytes, static_cast<size_t>(n));
  return true;
}

size_t LengthIn(std::string head) {
  std::ranges::transform(head, head.begin(), [](unsigned char c) { return std::tolower(c); });
  const size_t at = head.find("content-length: ");
  return at == head.npos ? 0 : std::strtoull(head.c_str() + at + 16, nullptr, 10);
}

}  // namespace

HttpImposter::HttpImposter(Handler handler, bool answer_early)
    : handler_(std::move(handler)), answer_early_(answer_early) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  CHECK(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
            ::listen(listener_, 64) == 0,
        "a test needs a port of its own");
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

HttpImposter::~HttpImposter() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  {
    std::lock_guard lock(mutex_);
    for (const auto& [connection, fd] : open_) ::shutdown(fd, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
}

void HttpImposter::Accept() {
  while (true) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const int connection = accepted_++;
    std::lock_guard lock(mutex_);
    open_[connection] = fd;
    threads_.emplace_back([this, fd, connection] { Serve(fd, connection); });
  }
}

bool HttpImposter::ReadRequest(int fd, std::string& buffer, Request& request) const {
  size_t end;
  while ((end = buffer.find("\r\n\r\n")) == buffer.npos) {
    if (!ReadMore(fd, buffer)) return false;
  }
  request.head = buffer.substr(0, end + 4);
  buffer.erase(0, end + 4);
  const size_t blank = request.head.find(' ');
  request.method = request.head.substr(0, blank);
  request.target = request.head.substr(blank + 1, request.head.find(' ', blank + 1) - blank - 1);
  if (answer_early_) return true;
  const size_t length = LengthIn(request.head);
  while (buffer.size() < length) {
    if (!ReadMore(fd, buffer)) return false;
  }
  request.body = buffer.substr(0, length);
  buffer.erase(0, length);
  return true;
}

void HttpImposter::Serve(int fd, int connection) {
  std::string buffer;
  for (int number = 0;; ++number) {
    Request request{.connection = connection, .number_on_connection = number};
    if (!ReadRequest(fd, buffer, request)) break;
    {
      std::lock_guard lock(mutex_);
      seen_.push_back(request);
    }
    const Reply reply = handler_(request);
    std::string_view rest = reply.bytes;
    while (!rest.empty()) {
      const ssize_t n = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (n <= 0) break;
      rest.remove_prefix(static_cast<size_t>(n));
    }
    if (reply.close || !rest.empty()) break;
  }
  std::lock_guard lock(mutex_);
  open_.erase(connection);
  // What the other side still sends must not turn the answer into a reset.
  ::shutdown(fd, SHUT_WR);
  timeval patience{.tv_sec = 1, .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  if (answer_early_) {
    while (ReadMore(fd, buffer)) buffer.clear();
  }
  ::close(fd);
}

std::vector<HttpImposter::Request> HttpImposter::seen() const {
  std::lock_guard lock(mutex_);
  return seen_;
}

std::string HttpImposter::Answer(int status, const std::string& body, const std::string& fields) {
  return fmt::format("HTTP/1.1 {} Said\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(),
                     fields, body);
}

}  // namespace pinlake
