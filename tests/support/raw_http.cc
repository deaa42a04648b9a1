#include "tests/support/raw_http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <utility>

namespace pinlake {
namespace {

constexpr timeval kPatience{10, 0};

}  // namespace

RawHttp::RawHttp(uint16_t port) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd_);
    fd_ = -1;
  }
}

RawHttp::~RawHttp() {
  if (fd_ >= 0) ::close(fd_);
}

bool RawHttp::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool RawHttp::Fill() {
  char bytes[16384];
  const ssize_t count = ::recv(fd_, bytes, sizeof bytes, 0);
  if (count <= 0) return false;
  buffer_.append(bytes, static_cast<size_t>(count));
  return true;
}

std::optional<std::string> RawHttp::Line() {
  size_t end;
  while ((end = buffer_.find("\r\n")) == std::string::npos) {
    if (!Fill()) return std::nullopt;
  }
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return line;
}

std::optional<RawAnswer> RawHttp::Read(bool head_only) {
  const auto start = Line();
  if (!start || start->size() < 12) return std::nullopt;
  RawAnswer answer;
  answer.status = std::stoi(start->substr(9, 3));
  for (auto line = Line(); line && !line->empty(); line = Line()) {
    const size_t colon = line->find(": ");
    std::string name = line->substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    answer.fields[name] = line->substr(colon + 2);
  }
  const auto take = [&](size_t bytes) {
    while (buffer_.size() < bytes) {
      if (!Fill()) return false;
    }
    answer.body += buffer_.substr(0, bytes);
    buffer_.erase(0, bytes);
    return true;
  };
  if (head_only || answer.status == 100) return answer;
  if (answer.fields.count("content-length") != 0) {
    if (!take(std::stoul(answer.fields["content-length"]))) return std::nullopt;
  } else if (answer.fields["transfer-encoding"] == "chunked") {
    while (const auto line = Line()) {
      const size_t bytes = std::stoul(*line, nullptr, 16);
      if (!take(bytes) || !Line()) return std::nullopt;
      if (bytes == 0) break;
    }
  }
  return answer;
}

bool RawHttp::AwaitText(std::string_view text) {
  while (buffer_.find(text) == std::string::npos) {
    if (!Fill()) return false;
  }
  return true;
}

bool RawHttp::AwaitClose() {
  if (!buffer_.empty()) return false;
  char byte;
  const ssize_t count = ::recv(fd_, &byte, 1, 0);
  return count == 0 || (count < 0 && errno == ECONNRESET);
}

std::string RawHttp::ReadAll() {
  while (Fill()) {
  }
  return std::exchange(buffer_, {});
}

void RawHttp::CloseSending() { ::shutdown(fd_, SHUT_WR); }

std::string HttpText(std::string_view method, std::string_view path, std::string_view field_lines,
                     std::optional<std::string_view> body) {
  std::string text;
  text.append(method).append(" ").append(path).append(" HTTP/1.1\r\nHost: test\r\n");
  text.append(field_lines);
  if (body) text += "Content-Length: " + std::to_string(body->size()) + "\r\n";
  text += "\r\n";
  if (body) text.append(*body);
  return text;
}

}  // namespace pinlake
