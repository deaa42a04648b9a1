// Requests and answers as the server's handlers see them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/body_account.h"

namespace pinlake {

/// The head of a request: one string, and where its pieces lie in it.
class RequestHead {
 public:
  /// As sent; methods are case-sensitive.
  std::string_view method() const { return Piece(method_); }
  /// The request target as sent: not decoded, with its query.
  std::string_view target() const { return Piece(target_); }
  /// HTTP/1.1, else HTTP/1.0.
  bool http11() const { return http11_; }
  /// The value of the first field called \p name (written in lower case), without blanks around it.
  std::optional<std::string_view> Find(std::string_view name) const;
  /// How many fields are called \p name (written in lower case).
  size_t Count(std::string_view name) const;
  /// Names in lower case and values, in the order of the message.
  std::vector<std::pair<std::string_view, std::string_view>> Fields() const;

  void SetStart(std::string_view method, std::string_view target, bool http11);
  void AddField(std::string_view name, std::string_view value);

 private:
  struct Slice {
    uint32_t at = 0, size = 0;
  };
  std::string_view Piece(Slice slice) const {
    return std::string_view(text_).substr(slice.at, slice.size);
  }
  Slice Add(std::string_view text);

  std::string text_;
  Slice method_, target_;
  std::vector<std::pair<Slice, Slice>> fields_;
  bool http11_ = true;
};

/// A whole request. Its body counts against the byte budget for as long as it lives.
struct ServerRequest {
  RequestHead head;
  LeasedBody body;
  std::string peer;  ///< "127.0.0.1:51234"
};

/// What a handler answers.
struct Answer {
  int status = 200;
  /// Empty: the answer has no Content-Type.
  std::string content_type;
  std::string body;
  /// Besides Content-Type, Content-Length, Connection and Date, which are the server's. A line
  /// break in a value is sent as a blank.
  std::vector<std::pair<std::string, std::string>> fields;
  /// Close the connection afterwards.
  bool close = false;
  /// Kept until the peer has taken the answer: what counts its bytes, such as the request.
  std::shared_ptr<const void> owner;
};

/// "Not Found" for 404; "Status" for one without a name.
std::string_view ReasonPhrase(int status);

/// Adds status line, fields and the blank line of \p answer to \p out.
/// \param date          text of the Date field
/// \param content_bytes none: no Content-Length (streams; 204, 304)
/// \param framing       field lines that the connection adds, each with CRLF
void AppendHead(std::string& out, const Answer& answer, std::string_view date,
                std::optional<size_t> content_bytes, std::string_view framing);

}  // namespace pinlake
