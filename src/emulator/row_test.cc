#include "emulator/row.h"

#include <gtest/gtest.h>

namespace pinlake {
namespace {

std::string Json(std::string_view text, JsonStyle style) {
  std::string out;
  AppendJsonString(text, style, &out);
  return out;
}

TEST(RowTest, PythonStyleEscapesAsPythonDoes) {
  // The right sides are what Python's json.dumps answers.
  EXPECT_EQ(Json("a\"b\\c/\n\t\r\b\f\x01", JsonStyle::kPython), R"("a\"b\\c/\n\t\r\b\f\u0001")");
  EXPECT_EQ(Json("é\u2028😀\x7f", JsonStyle::kPython), R"("\u00e9\u2028\ud83d\ude00\u007f")");
}

TEST(RowTest, CompactStyleKeepsUtf8) {
  EXPECT_EQ(Json("é\u2028😀\x7f\x01", JsonStyle::kCompact), "\"é\u2028😀\x7f\\u0001\"");
}

TEST(RowTest, BytesThatAreNotUtf8BecomeReplacementCharacters) {
  EXPECT_EQ(Json("a\xff"
                 "b\xc3",
                 JsonStyle::kPython),
            R"("a\ufffdb\ufffd")");
  EXPECT_EQ(Json("\xed\xa0\x80", JsonStyle::kPython), R"("\ufffd\ufffd\ufffd")");
  EXPECT_EQ(Json("\xff", JsonStyle::kCompact), "\"\uFFFD\"");
  EXPECT_EQ(Json("\uFFFD", JsonStyle::kCompact), "\"\uFFFD\"");
}

TEST(RowTest, AnObjectHasTheColumnsInOrderAndNumbersAsWritten) {
  const std::vector<ColumnDef> columns = {{"a", ""}, {"b", ""}, {"c", ""}};
  const Row row = {Cell::Number("1.50"), Cell::Null(), Cell::Text("x")};
  std::string python, compact;
  AppendJsonObject(columns, row, JsonStyle::kPython, &python);
  AppendJsonObject(columns, row, JsonStyle::kCompact, &compact);
  EXPECT_EQ(python, R"({"a": 1.50, "b": null, "c": "x"})");
  EXPECT_EQ(compact, R"({"a":1.50,"b":null,"c":"x"})");
}

TEST(RowTest, CsvQuotesWhatNeedsItAndTellsNullFromEmpty) {
  std::string out;
  AppendCsvLine({Cell::Null(), Cell::Text(""), Cell::Text("a,\"b\"\n"), Cell::Number("1")}, &out);
  EXPECT_EQ(out, ",\"\",\"a,\"\"b\"\"\n\",1\n");
}

}  // namespace
}  // namespace pinlake
