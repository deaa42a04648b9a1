// One pass over JSON text, in place: checks it, takes white space out, and hands out pieces of it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace pinlake {

/// As deep as Jackson goes by default in its later versions.
inline constexpr uint32_t kJsonScanDepthMax = 1000;

/// A cursor over a text that it may change: what it gives out is never longer than what it read.
/// No document is built, so memory stays at the text's own size whatever the text says. A call that
/// returns false has left a sentence in error().
///
/// Compact values: no white space; numbers with the digits they came with; strings as UTF-8 with
/// only the escapes that JSON needs, written as Jackson writes them (`\"`, `\\`, `\b \t \n \f \r`,
/// `\u00XX` in upper case) and surrogates that stand alone kept as `\uD83D`; members in order.
class JsonScanner {
 public:
  /// \p text must stay where it is, and its pieces are valid as long as it is.
  explicit JsonScanner(std::string& text);

  /// The next byte that is not white space; 0 at the end (and for a NUL, which no JSON contains).
  char Peek();
  bool AtEnd() const { return p_ == end_; }
  /// Takes \p c, which must be next.
  bool Expect(char c);
  /// Takes \p c if it is next.
  bool TryTake(char c);
  /// The name of a member, decoded, and the colon behind it.
  bool Name(std::string_view* name);
  /// A whole value, compact.
  bool Value(std::string_view* value);
  /// Puts "JSON at byte 12: <what>" into error().
  bool Wrong(std::string_view what);
  bool WrongNext();

  const std::string& error() const { return error_; }

 private:
  void SkipSpace();
  bool CopyString(char*& to);
  bool CopyEscape(char*& to);
  bool CopyUnicodeEscape(char*& to);
  bool CopyNonAscii(char*& to);
  bool CopyNumber(char*& to);
  bool CopyLiteral(char*& to);
  bool Hex4(const char* at, uint32_t* code);
  char* PlainRunEnd(char* from) const;

  char* const begin_;
  char* const end_;
  char* p_;
  std::array<uint64_t, kJsonScanDepthMax / 64 + 1> is_object_{};
  std::string error_;
};

}  // namespace pinlake
