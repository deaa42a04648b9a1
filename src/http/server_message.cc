#include "http/server_message.h"

#include <charconv>

namespace pinlake {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

void AppendNumber(std::string& out, size_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

void AppendField(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  for (const char c : value) out += c == '\r' || c == '\n' ? ' ' : c;
  out += "\r\n";
}

}  // namespace

RequestHead::Slice RequestHead::Add(std::string_view text) {
  const Slice slice{static_cast<uint32_t>(text_.size()), static_cast<uint32_t>(text.size())};
  text_ += text;
  return slice;
}

void RequestHead::SetStart(std::string_view method, std::string_view target, bool http11) {
  text_.clear();
  text_.reserve(512);
  fields_.clear();
  fields_.reserve(12);
  method_ = Add(method);
  target_ = Add(target);
  http11_ = http11;
}

void RequestHead::AddField(std::string_view name, std::string_view value) {
  const Slice name_slice = Add(name);
  for (uint32_t i = 0; i < name_slice.size; ++i) {
    text_[name_slice.at + i] = Lower(text_[name_slice.at + i]);
  }
  fields_.emplace_back(name_slice, Add(value));
}

std::optional<std::string_view> RequestHead::Find(std::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (Piece(field) == name) return Piece(value);
  }
  return std::nullopt;
}

size_t RequestHead::Count(std::string_view name) const {
  size_t count = 0;
  for (const auto& [field, value] : fields_) count += Piece(field) == name ? 1 : 0;
  return count;
}

std::vector<std::pair<std::string_view, std::string_view>> RequestHead::Fields() const {
  std::vector<std::pair<std::string_view, std::string_view>> all;
  for (const auto& [field, value] : fields_) all.emplace_back(Piece(field), Piece(value));
  return all;
}

std::string_view ReasonPhrase(int status) {
  struct Row {
    int status;
    std::string_view phrase;
  };
  static constexpr Row kRows[] = {{200, "OK"},
                                  {201, "Created"},
                                  {202, "Accepted"},
                                  {204, "No Content"},
                                  {207, "Multi-Status"},
                                  {301, "Moved Permanently"},
                                  {302, "Found"},
                                  {304, "Not Modified"},
                                  {400, "Bad Request"},
                                  {401, "Unauthorized"},
                                  {403, "Forbidden"},
                                  {404, "Not Found"},
                                  {405, "Method Not Allowed"},
                                  {406, "Not Acceptable"},
                                  {408, "Request Timeout"},
                                  {409, "Conflict"},
                                  {411, "Length Required"},
                                  {413, "Content Too Large"},
                                  {414, "URI Too Long"},
                                  {415, "Unsupported Media Type"},
                                  {417, "Expectation Failed"},
                                  {422, "Unprocessable Entity"},
                                  {429, "Too Many Requests"},
                                  {431, "Request Header Fields Too Large"},
                                  {500, "Internal Server Error"},
                                  {501, "Not Implemented"},
                                  {503, "Service Unavailable"},
                                  {504, "Gateway Timeout"},
                                  {505, "HTTP Version Not Supported"}};
  for (const auto& row : kRows) {
    if (row.status == status) return row.phrase;
  }
  return "Status";
}

void AppendHead(std::string& out, const Answer& answer, std::string_view date,
                std::optional<size_t> content_bytes, std::string_view framing) {
  out += "HTTP/1.1 ";
  AppendNumber(out, static_cast<size_t>(answer.status));
  out += ' ';
  out += ReasonPhrase(answer.status);
  out += "\r\nDate: ";
  out += date;
  out += "\r\n";
  if (!answer.content_type.empty()) AppendField(out, "Content-Type", answer.content_type);
  for (const auto& [name, value] : answer.fields) AppendField(out, name, value);
  if (content_bytes) {
    out += "Content-Length: ";
    AppendNumber(out, *content_bytes);
    out += "\r\n";
  }
  out += framing;
  out += "\r\n";
}

}  // namespace pinlake
