#include "protocol/base64.h"

#include <array>
#include <cstdint>

namespace pinlake {
namespace {

constexpr uint8_t kNone = 0xff;

constexpr std::array<uint8_t, 256> MakeSextets() {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
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

}  // namespace pinlake
