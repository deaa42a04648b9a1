#include "codec/utf8.h"

#include <gtest/gtest.h>

namespace pinlake {
namespace {

TEST(Utf8Test, KnowsValidText) {
  for (const char* text : {"", "plain", "\xC2\x80", "é日本\xF0\x9F\x98\x80", "\xEF\xBF\xBF",
                           "\xF4\x8F\xBF\xBF", "12345678é12345678é"})
    EXPECT_TRUE(IsUtf8(text)) << text;
  for (const char* text :
       {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "12345678\xFF"})
    EXPECT_FALSE(IsUtf8(text)) << text;
}

// As printed by Java 17's new String(bytes, UTF_8).
TEST(Utf8Test, ReplacesAsJavaDoes) {
  EXPECT_EQ(ReplaceInvalidUtf8("a\xFF"
                               "b"),
            "a\uFFFDb");
  EXPECT_EQ(ReplaceInvalidUtf8("\xE2\x82x"), "\uFFFDx");
  EXPECT_EQ(ReplaceInvalidUtf8("\xF0\x9F\x98"), "\uFFFD");
  EXPECT_EQ(ReplaceInvalidUtf8("\xC0\xAF"), "\uFFFD\uFFFD");
  EXPECT_EQ(ReplaceInvalidUtf8("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(ReplaceInvalidUtf8("é"), "é");
}

}  // namespace
}  // namespace pinlake
