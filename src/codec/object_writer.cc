#include "codec/object_writer.h"

#include <algorithm>

#include "codec/json.h"

namespace pinlake {
namespace {

void AppendBase64(std::string_view bytes, std::string* out) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t at = 0; at < bytes.size(); at += 3) {
    const size_t taken = std::min<size_t>(3, bytes.size() - at);
    uint32_t bits = 0;
    for (size_t i = 0; i < 3; ++i)
      bits = bits << 8 | (i < taken ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    for (size_t i = 0; i < 4; ++i) *out += i <= taken ? kDigits[bits >> (18 - 6 * i) & 63] : '=';
  }
}

}  // namespace

Status JsonLinesWriter::Append(const ConnectValue& value, std::string* out) {
  switch (value.kind) {
    case ConnectKind::kNull:
      out->append("null");
      break;
    case ConnectKind::kJson:
      out->append(value.text);
      break;
    case ConnectKind::kBytes:
      *out += '"';
      AppendBase64(value.text, out);
      *out += '"';
      break;
    case ConnectKind::kText:
      AppendJsonString(value.text, out);
      break;
  }
  *out += '\n';
  return {};
}

Status JsonLinesWriter::Finish(std::string*) { return {}; }

}  // namespace pinlake
