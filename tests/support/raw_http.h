// A client of bytes for tests: says exactly what is sent, and shows exactly what comes back.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace pinlake {

struct RawAnswer {
  int status = 0;
  std::map<std::string, std::string> fields;  ///< names in lower case
  std::string body;
};

/// One connection to 127.0.0.1. Reads wait at most ten seconds, so that a test fails and does not
/// hang.
class RawHttp {
 public:
  explicit RawHttp(uint16_t port);
  ~RawHttp();
  RawHttp(const RawHttp&) = delete;

  bool connected() const { return fd_ >= 0; }
  /// False if the peer is gone.
  bool Send(std::string_view bytes);
  /// The next answer, with a body by Content-Length, chunks, or none. None: the peer closed or
  /// nothing came.
  std::optional<RawAnswer> Read(bool head_only = false);
  std::optional<RawAnswer> Exchange(std::string_view bytes) {
    Send(bytes);
    return Read();
  }
  /// Waits until what came and was not read yet contains \p text; it stays to be read.
  bool AwaitText(std::string_view text);
  /// Waits until the peer closes; false if something came instead, or nothing happened.
  bool AwaitClose();
  /// Bytes until the peer closes.
  std::string ReadAll();
  /// No more will be sent.
  void CloseSending();

 private:
  bool Fill();
  std::optional<std::string> Line();

  int fd_ = -1;
  std::string buffer_;
};

/// "METHOD path HTTP/1.1" with Host, the given field lines (each ending with CRLF), and a body with
/// its length unless \p body is none.
std::string HttpText(std::string_view method, std::string_view path, std::string_view field_lines,
                     std::optional<std::string_view> body);

}  // namespace pinlake
