#include <charconv>
#include <cmath>

#include "codec/json.h"

namespace pinlake {
namespace {

void AppendEscape(char c, std::string* out) {
  switch (c) {
    case '"':
      out->append("\\\"");
      return;
    case '\\':
      out->append("\\\\");
      return;
    case '\b':
      out->append("\\b");
      return;
    case '\t':
      out->append("\\t");
      return;
    case '\n':
      out->append("\\n");
      return;
    case '\f':
      out->append("\\f");
      return;
    case '\r':
      out->append("\\r");
      return;
  }
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out->append("\\u00");
  *out += kHex[byte >> 4];
  *out += kHex[byte & 15];
}

bool NeedsEscape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

template <typename Number>
void AppendNumber(Number number, std::string* out) {
  char digits[40];
  const auto [end, error] = std::to_chars(digits, digits + sizeof(digits), number);
  out->append(digits, end);
}

}  // namespace

void AppendJsonString(std::string_view text, std::string* out) {
  *out += '"';
  size_t plain = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!NeedsEscape(text[i])) continue;
    out->append(text, plain, i - plain);
    AppendEscape(text[i], out);
    plain = i + 1;
  }
  out->append(text, plain);
  *out += '"';
}

void JsonWriter::Comma() {
  if (comma_) text_ += ',';
  comma_ = true;
}

JsonWriter& JsonWriter::Open(char bracket) {
  Comma();
  text_ += bracket;
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::Close(char bracket) {
  text_ += bracket;
  comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::Key(std::string_view name) {
  Comma();
  AppendJsonString(name, &text_);
  text_ += ':';
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::String(std::string_view text) {
  Comma();
  AppendJsonString(text, &text_);
  return *this;
}

JsonWriter& JsonWriter::Int(int64_t number) {
  Comma();
  AppendNumber(number, &text_);
  return *this;
}

JsonWriter& JsonWriter::Uint(uint64_t number) {
  Comma();
  AppendNumber(number, &text_);
  return *this;
}

JsonWriter& JsonWriter::Double(double number) {
  if (!std::isfinite(number)) return Null();
  Comma();
  AppendNumber(number, &text_);
  return *this;
}

JsonWriter& JsonWriter::Bool(bool value) { return Raw(value ? "true" : "false"); }
JsonWriter& JsonWriter::Null() { return Raw("null"); }

JsonWriter& JsonWriter::Raw(std::string_view json) {
  Comma();
  text_ += json;
  return *this;
}

}  // namespace pinlake
