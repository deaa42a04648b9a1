#include "protocol/json_scanner.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "codec/json.h"

namespace pinlake {
namespace {

// The compact value at the beginning of text, or the error.
std::string Scan(std::string text) {
  JsonScanner scanner(text);
  std::string_view value;
  return scanner.Value(&value) ? std::string(value) : scanner.error();
}

TEST(JsonScannerTest, TakesWhiteSpaceOutAndKeepsTheRest) {
  const struct {
    std::string_view text, compact;
  } rows[] = {
      {R"({"a":1,"b":[true,null]})", R"({"a":1,"b":[true,null]})"},
      {" {\t\"a\" :\r\n 1 , \"b\" : [ true , null ] } ", R"({"a":1,"b":[true,null]})"},
      {R"([ ])", "[]"},
      {R"({ })", "{}"},
      {R"([[[ ]], {"a": {}}])", R"([[[]],{"a":{}}])"},
      {R"("a b  c")", R"("a b  c")"},
      {R"([1.10, 1E7, -0, -0.0, 12345678901234567890, 1e400, 0.000001])",
       R"([1.10,1E7,-0,-0.0,12345678901234567890,1e400,0.000001])"},
      {R"({"b":1,"a":2,"b":3})", R"({"b":1,"a":2,"b":3})"},
      {"\xef\xbb\xbf{\"a\": 1}", R"({"a":1})"},
      {"1 2", "1"},
  };
  for (const auto& row : rows) EXPECT_EQ(Scan(std::string(row.text)), row.compact) << row.text;
}

TEST(JsonScannerTest, WritesStringsAsUtf8WithTheEscapesThatJsonNeeds) {
  const struct {
    std::string_view text, compact;
  } rows[] = {
      {R"("\u65e5\u672c")", "\"日本\""},
      {R"("\u0041\/\u00e9")", "\"A/é\""},
      {R"("\ud83d\ude00")", "\"😀\""},
      {R"("\ud83dx")", R"("\uD83Dx")"},
      {R"("\ude00")", R"("\uDE00")"},
      {R"("\ud83d\u0041")", R"("\uD83DA")"},
      {R"("\"\\\b\f\n\r\t")", R"("\"\\\b\f\n\r\t")"},
      {R"("\u0022\u005c\u000a\u001f\u0000")", R"("\"\\\n\u001F\u0000")"},
      {"\"日本😀é\"", "\"日本😀é\""},
      {"\"aaaaaaaaaaaaaaaaaaaaaaaé bbbbbbbbbbbbbbbbbbbbb\\u0041\"",
       "\"aaaaaaaaaaaaaaaaaaaaaaaé bbbbbbbbbbbbbbbbbbbbbA\""},
  };
  for (const auto& row : rows) EXPECT_EQ(Scan(std::string(row.text)), row.compact) << row.text;
}

TEST(JsonScannerTest, SaysWhatIsWrongAndWhere) {
  const struct {
    std::string_view text, error;
  } rows[] = {
      {"", "JSON at byte 0: the text ends too early"},
      {"[1,", "JSON at byte 3: the text ends too early"},
      {"[1,]", "JSON at byte 3: unexpected character ']'"},
      {"{\"a\" 1}", "JSON at byte 5: unexpected character '1'"},
      {"{a:1}", "JSON at byte 1: unexpected character 'a'"},
      {"[01]", "JSON at byte 2: a number must not begin with 0"},
      {"[1.]", "JSON at byte 3: unexpected character ']'"},
      {"[.5]", "JSON at byte 1: unexpected character '.'"},
      {"[+1]", "JSON at byte 1: unexpected character '+'"},
      {"[NaN]", "JSON at byte 1: unexpected character 'N'"},
      {"[tru]", "JSON at byte 1: unexpected character 't'"},
      {"[1/*c*/]", "JSON at byte 2: unexpected character '/'"},
      {"['a']", "JSON at byte 1: unexpected character '''"},
      {"[1}", "JSON at byte 2: unexpected character '}'"},
      {"\"abc", "JSON at byte 4: the text ends inside a string"},
      {"\"abc\\", "JSON at byte 4: the text ends inside a string"},
      {"\"a\tb\"", "JSON at byte 2: control character 0x09 in a string needs an escape"},
      {"\"\\x\"", "JSON at byte 1: unknown escape in a string"},
      {"\"\\u12g4\"", "JSON at byte 1: \\u needs four hexadecimal digits"},
      {"\"\\u12", "JSON at byte 1: \\u needs four hexadecimal digits"},
      {"\"\xff\"", "JSON at byte 1: invalid UTF-8"},
      {"\"\xc0\xaf\"", "JSON at byte 1: invalid UTF-8"},
      {"\"\xed\xa0\x80\"", "JSON at byte 1: invalid UTF-8"},
      {"\"\xf4\x90\x80\x80\"", "JSON at byte 1: invalid UTF-8"},
      {"\"\xe6\x97", "JSON at byte 1: invalid UTF-8"},
      {"\x1f\x8b", "JSON at byte 0: unexpected byte 0x1f"},
  };
  for (const auto& row : rows) EXPECT_EQ(Scan(std::string(row.text)), row.error) << row.text;
  EXPECT_EQ(Scan(std::string("[1,\0]", 5)), "JSON at byte 3: unexpected byte 0x00");
}

TEST(JsonScannerTest, ADepthOverTheLimitIsRefusedWithoutRecursion) {
  const std::string deep(1'000'000, '[');
  EXPECT_EQ(Scan(deep), "JSON at byte 1000: more than 1000 levels");
  EXPECT_EQ(Scan(std::string(1000, '[') + std::string(1000, ']')).size(), 2000u);
}

TEST(JsonScannerTest, NamesAreDecoded) {
  std::string text = R"({"\u0061\n\"" : 1})";
  JsonScanner scanner(text);
  ASSERT_TRUE(scanner.Expect('{'));
  std::string_view name;
  ASSERT_TRUE(scanner.Name(&name));
  EXPECT_EQ(name, "a\n\"");
}

// The scanner accepts a text exactly if a parser of others does, and both read the same value.
TEST(JsonScannerTest, AgreesWithYyjsonOnMutatedTexts) {
  const std::string base =
      R"({"a": [1, -2.5e3, true, null, "x\u00e9\n日本 \ud83d\ude00"], "b": {"c": {}, "d": ""}, )"
      R"("long string of some bytes": "0123456789 0123456789 0123456789 \\ \" end"})";
  Rng rng(7);
  int accepted = 0;
  for (int round = 0; round < 30'000; ++round) {
    std::string text = base;
    const auto changes = rng.Below(3);
    for (uint64_t i = 0; i < changes; ++i) {
      const auto at = rng.Below(text.size());
      switch (rng.Below(3)) {
        case 0:
          text[at] = static_cast<char>(rng.Below(256));
          break;
        case 1:
          text.erase(at, 1);
          break;
        case 2:
          text.insert(at, 1, R"( "\{}[]:,019-.eu/)"[rng.Below(17)]);
          break;
      }
    }
    std::string copy = text;
    JsonScanner scanner(copy);
    std::string_view value;
    const bool ours = scanner.Value(&value) && scanner.Peek() == '\0' && scanner.AtEnd();
    auto theirs = JsonDocument::Parse(text);
    if (!theirs && theirs.error().message().find("surrogate") != std::string::npos) continue;
    ASSERT_EQ(ours, theirs.has_value())
        << text << "\n"
        << scanner.error() << (theirs ? "" : theirs.error().message());
    if (!ours) continue;
    ++accepted;
    auto again = JsonDocument::Parse(std::string(value));
    ASSERT_TRUE(again.has_value()) << value;
    ASSERT_EQ(again->root().ToText(), theirs->root().ToText()) << text;
  }
  EXPECT_GT(accepted, 5'000);
}

}  // namespace
}  // namespace pinlake
