#include "protocol/base64.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace pinlake {
namespace {

constexpr uint8_t kNone = 0xff;

constexpr std::string_view kLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<uint8_t, 256> MakeSextets() {
  std::array<uint8_t, 256> table{};
  for (auto& entry : table) entry = kNone;
  for (size_t i = 0; i < kLetters.size(); ++i) {
    table[static_cast<uint8_t>(kLetters[i])] = static_cast<uint8_t>(i);
  }
  return table;
}
constexpr auto kSextets = MakeSextets();

std::string_view WithoutPadding(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  return text;
}

uint32_t Sextet(char letter) { return kSextets[static_cast<uint8_t>(letter)]; }

}  // namespace

bool IsBase64(std::string_view text) {
  text = WithoutPadding(text);
  if (text.size() % 4 == 1) return false;
  for (const char letter : text) {
    if (Sextet(letter) == kNone) return false;
  }
  return true;
}

size_t DecodeBase64InPlace(char* text, size_t size) {
  const auto letters = WithoutPadding({text, size});
  char* to = text;
  size_t i = 0;
  for (; i + 4 <= letters.size(); i += 4) {
    const uint32_t bits = Sextet(letters[i]) << 18 | Sextet(letters[i + 1]) << 12 |
                          Sextet(letters[i + 2]) << 6 | Sextet(letters[i + 3]);
    *to++ = static_cast<char>(bits >> 16);
    *to++ = static_cast<char>(bits >> 8);
    *to++ = static_cast<char>(bits);
  }
  if (letters.size() - i >= 2) {
    const uint32_t third = letters.size() - i == 3 ? Sextet(letters[i + 2]) : 0;
    const uint32_t bits = Sextet(letters[i]) << 18 | Sextet(letters[i + 1]) << 12 | third << 6;
    *to++ = static_cast<char>(bits >> 16);
    if (letters.size() - i == 3) *to++ = static_cast<char>(bits >> 8);
  }
  return static_cast<size_t>(to - text);
}

void AppendBase64(std::string_view bytes, std::string* out) {
  out->reserve(out->size() + (bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t bits = 0;
    for (size_t j = 0; j < 3; ++j) {
      bits = bits << 8 | (i + j < bytes.size() ? static_cast<uint8_t>(bytes[i + j]) : 0U);
    }
    const size_t letters = std::min<size_t>(bytes.size() - i, 3) + 1;
    for (size_t j = 0; j < 4; ++j) {
      *out += j < letters ? kLetters[bits >> (18 - 6 * j) & 0x3f] : '=';
    }
  }
}

}  // namespace pinlake
