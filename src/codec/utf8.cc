#include "codec/utf8.h"

#include <cstdint>
#include <cstring>

namespace pinlake {
namespace {

struct Lead {
  size_t length = 0;  ///< 0: cannot begin a sequence
  unsigned char second_min = 0x80, second_max = 0xBF;
};

Lead LeadOf(unsigned char byte) {
  if (byte < 0x80) return {1};
  if (byte >= 0xC2 && byte <= 0xDF) return {2};
  if (byte == 0xE0) return {3, 0xA0};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte >= 0xE1 && byte <= 0xEF) return {3};
  if (byte == 0xF0) return {4, 0x90};
  if (byte >= 0xF1 && byte <= 0xF3) return {4};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {};
}

/// How many bytes at the beginning belong to the sequence that the first one announces.
size_t ValidPart(std::string_view text, const Lead& lead) {
  size_t valid = 1;
  for (; valid < lead.length && valid < text.size(); ++valid) {
    const auto byte = static_cast<unsigned char>(text[valid]);
    const unsigned char least = valid == 1 ? lead.second_min : 0x80;
    const unsigned char most = valid == 1 ? lead.second_max : 0xBF;
    if (byte < least || byte > most) break;
  }
  return valid;
}

bool AllAscii(const char* eight) {
  uint64_t word;
  std::memcpy(&word, eight, sizeof(word));
  return (word & 0x8080808080808080) == 0;
}

}  // namespace

size_t Utf8Length(std::string_view text) {
  const Lead lead = LeadOf(static_cast<unsigned char>(text[0]));
  return lead.length > 0 && ValidPart(text, lead) == lead.length ? lead.length : 0;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    if (text.size() >= 8 && AllAscii(text.data())) {
      text.remove_prefix(8);
      continue;
    }
    const size_t length = Utf8Length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string ReplaceInvalidUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Lead lead = LeadOf(static_cast<unsigned char>(text[0]));
    const size_t valid = lead.length == 0 ? 1 : ValidPart(text, lead);
    if (lead.length > 0 && valid == lead.length)
      out.append(text, 0, valid);
    else
      out.append("\xEF\xBF\xBD");
    text.remove_prefix(valid);
  }
  return out;
}

}  // namespace pinlake
