#include "protocol/json_scanner.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>

namespace pinlake {
namespace {

constexpr uint64_t kOnes = 0x0101010101010101ULL;
constexpr uint64_t kHighs = 0x8080808080808080ULL;

// The high bit of each byte that a string can't pass over: quote, backslash, below 0x20, above
// 0x7f. Bytes above such a one may be marked falsely; the lowest mark is right (little-endian).
uint64_t Specials(uint64_t word) {
  const auto zero_bytes = [](uint64_t w) { return (w - kOnes) & ~w; };
  const uint64_t quote = zero_bytes(word ^ (kOnes * '"'));
  const uint64_t backslash = zero_bytes(word ^ (kOnes * '\\'));
  const uint64_t control = (word - kOnes * 0x20) & ~word;
  return (quote | backslash | control | word) & kHighs;
}

bool Digit(char c) { return c >= '0' && c <= '9'; }
uint8_t Byte(char c) { return static_cast<uint8_t>(c); }
bool Continues(char c) { return (Byte(c) & 0xc0) == 0x80; }
bool HighSurrogate(uint32_t code) { return code >= 0xd800 && code <= 0xdbff; }
bool LowSurrogate(uint32_t code) { return code >= 0xdc00 && code <= 0xdfff; }

void PutUtf8(char*& to, uint32_t code) {
  if (code < 0x80) {
    *to++ = static_cast<char>(code);
  } else if (code < 0x800) {
    *to++ = static_cast<char>(0xc0 | code >> 6);
    *to++ = static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    *to++ = static_cast<char>(0xe0 | code >> 12);
    *to++ = static_cast<char>(0x80 | (code >> 6 & 0x3f));
    *to++ = static_cast<char>(0x80 | (code & 0x3f));
  } else {
    *to++ = static_cast<char>(0xf0 | code >> 18);
    *to++ = static_cast<char>(0x80 | (code >> 12 & 0x3f));
    *to++ = static_cast<char>(0x80 | (code >> 6 & 0x3f));
    *to++ = static_cast<char>(0x80 | (code & 0x3f));
  }
}

void PutEscape(char*& to, uint32_t code) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  *to++ = '\\';
  *to++ = 'u';
  for (int shift = 12; shift >= 0; shift -= 4) *to++ = kHex[code >> shift & 0xf];
}

// The letter of a short escape for a control character, else 0.
char ShortEscape(uint32_t code) {
  switch (code) {
    case '\b':
      return 'b';
    case '\t':
      return 't';
    case '\n':
      return 'n';
    case '\f':
      return 'f';
    case '\r':
      return 'r';
    case '"':
      return '"';
    case '\\':
      return '\\';
  }
  return 0;
}

void PutCharacter(char*& to, uint32_t code) {
  if (const char letter = ShortEscape(code)) {
    *to++ = '\\';
    *to++ = letter;
  } else if (code < 0x20 || HighSurrogate(code) || LowSurrogate(code)) {
    PutEscape(to, code);
  } else {
    PutUtf8(to, code);
  }
}

// Bytes of the well-formed UTF-8 sequence at p, else 0 (RFC 3629, table 3-7 of Unicode). Reads no
// byte behind one that ends the sequence, so a NUL behind the text is enough of a guard.
size_t Utf8Length(const char* p) {
  const uint8_t first = Byte(p[0]);
  if (first >= 0xc2 && first <= 0xdf) return Continues(p[1]) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const uint8_t second = Byte(p[1]);
    if (second < (first == 0xe0 ? 0xa0 : 0x80) || second > (first == 0xed ? 0x9f : 0xbf)) return 0;
    return Continues(p[2]) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const uint8_t second = Byte(p[1]);
    if (second < (first == 0xf0 ? 0x90 : 0x80) || second > (first == 0xf4 ? 0x8f : 0xbf)) return 0;
    return Continues(p[2]) && Continues(p[3]) ? 4 : 0;
  }
  return 0;
}

// Undoes the escapes that a compact string still has. \return the new end.
char* Unescape(char* from, char* end) {
  char* to = from;
  while (from < end) {
    if (*from != '\\') {
      *to++ = *from++;
      continue;
    }
    const char letter = from[1];
    from += 2;
    switch (letter) {
      case 'b':
        *to++ = '\b';
        break;
      case 't':
        *to++ = '\t';
        break;
      case 'n':
        *to++ = '\n';
        break;
      case 'f':
        *to++ = '\f';
        break;
      case 'r':
        *to++ = '\r';
        break;
      case 'u':  // a control character or a lone surrogate: no name of ours has one
        *to++ = '?';
        from += 4;
        break;
      default:
        *to++ = letter;
    }
  }
  return to;
}

}  // namespace

JsonScanner::JsonScanner(std::string& text)
    : begin_(text.data()), end_(text.data() + text.size()), p_(text.data()) {
  if (text.starts_with("\xef\xbb\xbf")) p_ += 3;  // a byte order mark, which Jackson accepts
}

bool JsonScanner::Wrong(std::string_view what) {
  error_ = fmt::format("JSON at byte {}: {}", p_ - begin_, what);
  return false;
}

bool JsonScanner::WrongNext() {
  if (p_ == end_) return Wrong("the text ends too early");
  const uint8_t byte = Byte(*p_);
  if (byte < 0x20 || byte >= 0x7f) return Wrong(fmt::format("unexpected byte 0x{:02x}", byte));
  return Wrong(fmt::format("unexpected character '{}'", *p_));
}

void JsonScanner::SkipSpace() {
  // The text ends with a NUL, which is no white space.
  while (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t') ++p_;
}

char JsonScanner::Peek() {
  SkipSpace();
  return *p_;
}

bool JsonScanner::Expect(char c) { return TryTake(c) || WrongNext(); }

bool JsonScanner::TryTake(char c) {
  if (Peek() != c) return false;
  ++p_;
  return true;
}

bool JsonScanner::Name(std::string_view* name) {
  if (Peek() != '"') return WrongNext();
  char* const start = p_;
  char* to = start;
  if (!CopyString(to)) return false;
  char* const begin = start + 1;
  char* end = to - 1;
  if (std::memchr(begin, '\\', static_cast<size_t>(end - begin)) != nullptr) {
    end = Unescape(begin, end);
  }
  *name = {begin, static_cast<size_t>(end - begin)};
  return Expect(':');
}

// The first byte from `from` on that is not an ordinary character of a string.
char* JsonScanner::PlainRunEnd(char* from) const {
  while (end_ - from >= 8) {
    uint64_t word;
    std::memcpy(&word, from, 8);
    if (const uint64_t specials = Specials(word)) {
      if constexpr (std::endian::native == std::endian::little) {
        return from + __builtin_ctzll(specials) / 8;
      }
      break;
    }
    from += 8;
  }
  while (Byte(*from) >= 0x20 && Byte(*from) < 0x80 && *from != '"' && *from != '\\') ++from;
  return from;
}

bool JsonScanner::CopyString(char*& to) {
  *to++ = *p_++;  // the quote
  while (true) {
    char* const run = PlainRunEnd(p_);
    const auto bytes = static_cast<size_t>(run - p_);
    if (to != p_) std::memmove(to, p_, bytes);
    to += bytes;
    p_ = run;
    if (*p_ == '"') {
      *to++ = *p_++;
      return true;
    }
    if (*p_ == '\\') {
      if (!CopyEscape(to)) return false;
    } else if (Byte(*p_) >= 0x80) {
      if (!CopyNonAscii(to)) return false;
    } else if (p_ == end_) {
      return Wrong("the text ends inside a string");
    } else {
      return Wrong(
          fmt::format("control character 0x{:02x} in a string needs an escape", Byte(*p_)));
    }
  }
}

bool JsonScanner::CopyNonAscii(char*& to) {
  do {
    const size_t bytes = Utf8Length(p_);
    if (bytes == 0) return Wrong("invalid UTF-8");
    for (size_t i = 0; i < bytes; ++i) *to++ = *p_++;
  } while (Byte(*p_) >= 0x80);
  return true;
}

bool JsonScanner::CopyEscape(char*& to) {
  switch (p_[1]) {
    case '"':
    case '\\':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      *to++ = '\\';
      *to++ = p_[1];
      p_ += 2;
      return true;
    case '/':
      *to++ = '/';
      p_ += 2;
      return true;
    case 'u':
      return CopyUnicodeEscape(to);
  }
  if (p_ + 1 == end_) return Wrong("the text ends inside a string");
  return Wrong("unknown escape in a string");
}

bool JsonScanner::Hex4(const char* at, uint32_t* code) {
  *code = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = at[i];
    uint32_t digit;
    if (Digit(c)) {
      digit = static_cast<uint32_t>(c - '0');
    } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
      digit = static_cast<uint32_t>((c | 0x20) - 'a' + 10);
    } else {
      return false;  // also at the NUL behind the text
    }
    *code = *code << 4 | digit;
  }
  return true;
}

bool JsonScanner::CopyUnicodeEscape(char*& to) {
  uint32_t code;
  if (!Hex4(p_ + 2, &code)) return Wrong("\\u needs four hexadecimal digits");
  p_ += 6;
  uint32_t low;
  if (HighSurrogate(code) && p_[0] == '\\' && p_[1] == 'u' && Hex4(p_ + 2, &low) &&
      LowSurrogate(low)) {
    p_ += 6;
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  }
  PutCharacter(to, code);
  return true;
}

bool JsonScanner::CopyNumber(char*& to) {
  const char* const start = p_;
  if (*p_ == '-') ++p_;
  if (!Digit(*p_)) return WrongNext();
  if (*p_ == '0') {
    ++p_;
    if (Digit(*p_)) return Wrong("a number must not begin with 0");
  } else {
    while (Digit(*p_)) ++p_;
  }
  if (*p_ == '.') {
    ++p_;
    if (!Digit(*p_)) return WrongNext();
    while (Digit(*p_)) ++p_;
  }
  if (*p_ == 'e' || *p_ == 'E') {
    ++p_;
    if (*p_ == '+' || *p_ == '-') ++p_;
    if (!Digit(*p_)) return WrongNext();
    while (Digit(*p_)) ++p_;
  }
  const auto bytes = static_cast<size_t>(p_ - start);
  if (to != start) std::memmove(to, start, bytes);
  to += bytes;
  return true;
}

bool JsonScanner::CopyLiteral(char*& to) {
  for (const std::string_view literal : {"true", "false", "null"}) {
    if (static_cast<size_t>(end_ - p_) >= literal.size() &&
        std::memcmp(p_, literal.data(), literal.size()) == 0) {
      std::memmove(to, p_, literal.size());
      p_ += literal.size();
      to += literal.size();
      return true;
    }
  }
  return WrongNext();
}

bool JsonScanner::Value(std::string_view* value) {
  SkipSpace();
  char* const start = p_;
  char* to = start;
  uint32_t depth = 0;
  const auto in_object = [&] { return (is_object_[depth / 64] >> (depth % 64) & 1) != 0; };
  const auto open = [&](bool object) {
    ++depth;
    const uint64_t bit = uint64_t{1} << (depth % 64);
    is_object_[depth / 64] = object ? is_object_[depth / 64] | bit : is_object_[depth / 64] & ~bit;
    *to++ = *p_++;
    SkipSpace();
  };
  enum class Want { kValue, kName, kNext } want = Want::kValue;
  while (true) {
    SkipSpace();
    const char c = *p_;
    if (want == Want::kName) {
      if (c != '"') return WrongNext();
      if (!CopyString(to)) return false;
      SkipSpace();
      if (*p_ != ':') return WrongNext();
      *to++ = *p_++;
      want = Want::kValue;
      continue;
    }
    if (want == Want::kValue) {
      want = Want::kNext;
      if (c == '"') {
        if (!CopyString(to)) return false;
      } else if (c == '{' || c == '[') {
        if (depth == kJsonScanDepthMax) return Wrong("more than 1000 levels");
        open(c == '{');
        if (*p_ != (c == '{' ? '}' : ']')) want = c == '{' ? Want::kName : Want::kValue;
      } else if (c == '-' || Digit(c)) {
        if (!CopyNumber(to)) return false;
      } else if (!CopyLiteral(to)) {
        return false;
      }
    } else if (c == ',') {
      *to++ = *p_++;
      want = in_object() ? Want::kName : Want::kValue;
    } else if (c == (in_object() ? '}' : ']')) {
      *to++ = *p_++;
      --depth;
    } else {
      return WrongNext();
    }
    if (depth == 0) {
      *value = {start, static_cast<size_t>(to - start)};
      return true;
    }
  }
}

}  // namespace pinlake
