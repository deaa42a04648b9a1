#include "codec/json_minify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/json.h"

namespace pinlake {
namespace {

using testing::HasSubstr;

std::string Minified(std::string_view text) {
  std::string out;
  const auto any = JsonMinifier().Append(text, &out);
  if (!any) return "refused: " + any.error().message();
  return *any ? out : "nothing";
}

TEST(JsonMinifyTest, CopiesWithoutWhiteSpace) {
  EXPECT_EQ(Minified(" { \"a b\" : [ 1 , -2.50e+3 , true , null , { } , [ ] ] }\r\n\t"),
            R"({"a b":[1,-2.50e+3,true,null,{},[]]})");
  EXPECT_EQ(Minified("\"x\""), "\"x\"");
  EXPECT_EQ(Minified(" 12 "), "12");
  EXPECT_EQ(Minified("[[],{},[{\"a\":{}}]]"), "[[],{},[{\"a\":{}}]]");
}

TEST(JsonMinifyTest, KeepsDigitsAndEscapes) {
  const std::string text =
      R"({"a":12345678901234567890,"b":1e400,"c":"\u0041\/\ud83d\"","é":"日本 \n 😀"})";
  EXPECT_EQ(Minified(text), text);
}

// Each as recorded from the original (tests/golden/s3-sink: nonobject_flush1, base_flush1,
// single_*).
TEST(JsonMinifyTest, AcceptsWhatTheOriginalAccepts) {
  EXPECT_EQ(Minified("\xEF\xBB\xBF{\"a\":1}"), "{\"a\":1}");
  EXPECT_EQ(Minified("{\"n\":01}"), "{\"n\":1}");
  EXPECT_EQ(Minified("[00,-007,00.5]"), "[0,-7,0.5]");
  EXPECT_EQ(Minified("{\"a\":1}garbage"), "{\"a\":1}");
  EXPECT_EQ(Minified("{\"a\":1}\n{\"b\":2}"), "{\"a\":1}");
  EXPECT_EQ(Minified("\"a\"\xFF"), "\"a\"");
  EXPECT_EQ(Minified("\"\\ud83d\""), "\"\\ud83d\"");
}

TEST(JsonMinifyTest, RefusesWhatTheOriginalRefuses) {
  for (const char* text : {"x",
                           "nul",
                           "nullx",
                           "truefalse",
                           "NaN",
                           "Infinity",
                           "-Infinity",
                           "// c\n1",
                           "{/**/}",
                           "{'a':1}",
                           "[1,]",
                           "{\"a\":1,}",
                           "{,}",
                           "[,1]",
                           ".5",
                           "+1",
                           "1.",
                           "1e",
                           "-",
                           "1x",
                           "1,",
                           "\"a\nb\"",
                           "\"\x01\"",
                           "\"\xFF\"",
                           "\"\xC0\xAF\"",
                           "\"\xED\xA0\x80\"",
                           "\"\xF5\x80\x80\x80\"",
                           "\"\xE2\x82\"",
                           "{\"a\":1",
                           "{\"a\"",
                           "{\"a\":",
                           "[",
                           "[1",
                           "\"a",
                           "\"\\",
                           "\"\\u12",
                           "\"\\x\"",
                           "{\"a\" 1}",
                           "{1:2}",
                           "[1 2]",
                           "[1}",
                           "{\"a\":1]",
                           "]",
                           "}",
                           ":",
                           ","})
    EXPECT_THAT(Minified(text), HasSubstr("refused: JSON at byte ")) << text;
}

TEST(JsonMinifyTest, NamesTheByteOfAnErrorAndLeavesTheOutputAlone) {
  std::string out = "before";
  const auto any = JsonMinifier().Append("{\"a\": x}", &out);
  ASSERT_FALSE(any);
  EXPECT_EQ(any.error().message(), "JSON at byte 6: unexpected character");
  EXPECT_EQ(out, "before");
  EXPECT_EQ(Minified("[1"), "refused: JSON at byte 2: the text ends inside a value");
}

TEST(JsonMinifyTest, FindsNothingInWhiteSpace) {
  for (const char* text : {"", " ", "\n\t \r", "\xEF\xBB\xBF", "\xEF\xBB\xBF "})
    EXPECT_EQ(Minified(text), "nothing");
}

TEST(JsonMinifyTest, OfEqualNamesTheLastValueStaysAtTheFirstOnesPlace) {
  EXPECT_EQ(Minified(R"({"a":1,"b":2,"a":[3]})"), R"({"a":[3],"b":2})");
  EXPECT_EQ(Minified(R"({"a":1,"\u0061":2})"), R"({"a":2})");
  EXPECT_EQ(Minified(R"({"o":{"x":1,"y":2,"x":3},"p":{"x":1},"o":0})"), R"({"o":0,"p":{"x":1}})");
  EXPECT_EQ(Minified(R"({"\ud83d\ude00":1,"😀":2})"), R"({"\ud83d\ude00":2})");
  EXPECT_EQ(Minified(R"([{"a":1},{"a":2}])"), R"([{"a":1},{"a":2}])");
}

TEST(JsonMinifyTest, FindsEqualNamesAmongMany) {
  std::string text = "{", expected = "{";
  for (int i = 0; i < 100; ++i) {
    text += fmt::format("\"k{}\":{},", i, i);
    expected += fmt::format("{}\"k{}\":{}", i == 0 ? "" : ",", i, i == 57 ? -1 : i);
  }
  EXPECT_EQ(Minified(text + "\"k57\":-1}"), expected + "}");
}

TEST(JsonMinifyTest, GoesAsDeepAsTheOriginal) {
  const auto nested = [](size_t depth) {
    std::string text;
    for (size_t i = 0; i < depth; ++i) text += i % 2 == 0 ? "[" : "{\"a\":";
    text += "1";
    for (size_t i = depth; i > 0; --i) text += (i - 1) % 2 == 0 ? "]" : "}";
    return text;
  };
  EXPECT_EQ(Minified(nested(kJsonDepthMax)), nested(kJsonDepthMax));
  EXPECT_THAT(Minified(nested(kJsonDepthMax + 1)), HasSubstr("nested too deep"));
}

TEST(JsonMinifyTest, StringsOfAnyLengthAndAlignment) {
  for (size_t length = 0; length < 70; ++length)
    for (const char* end : {"", "é", "\\n", "\\\""}) {
      const std::string text = "[\"" + std::string(length, 'x') + end + "\",\"y\"]";
      EXPECT_EQ(Minified(text), text);
      EXPECT_THAT(Minified(text.substr(0, length + 2)), HasSubstr("refused"));
    }
}

TEST(JsonMinifyTest, CanBeUsedAgainAfterAnError) {
  JsonMinifier minifier;
  std::string out;
  EXPECT_FALSE(minifier.Append("{\"a\":[{\"b\":1", &out));
  EXPECT_TRUE(minifier.Append("{\"a\":1}", &out));
  EXPECT_TRUE(minifier.Append("{\"a\":2}", &out));
  EXPECT_EQ(out, "{\"a\":1}{\"a\":2}");
}

}  // namespace
}  // namespace pinlake
