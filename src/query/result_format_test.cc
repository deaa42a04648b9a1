#include "query/result_format.h"

#include <gtest/gtest.h>

namespace pinlake {
namespace {

std::string Rendered(ResultFormat format, const DuckTable& table) {
  std::string text;
  const auto writer = NewResultWriter(format, [&](std::string_view piece) -> Status {
    text += piece;
    return {};
  });
  EXPECT_TRUE(writer->OnColumns(table.columns));
  for (const auto& row : table.rows) EXPECT_TRUE(writer->OnRow(row));
  EXPECT_TRUE(writer->Finish());
  return text;
}

const DuckTable& Example() {
  static const DuckTable table{
      {{"name", DuckKind::kText}, {"n", DuckKind::kInteger}, {"d", DuckKind::kDecimal}},
      {{"日本", "7", "1.50"},
       {"a,\"b\"\n", std::nullopt, "-10.00"},
       {"", "12345678901234567890", std::nullopt}}};
  return table;
}

TEST(ResultFormatTest, ATableIsAlignedByPlacesNotBytes) {
  EXPECT_EQ(Rendered(ResultFormat::kTable, Example()),
            "name    |                    n |      d\n"
            "--------+----------------------+-------\n"
            "日本    |                    7 |   1.50\n"
            "a,\"b\"\\n |                 NULL | -10.00\n"
            "        | 12345678901234567890 |   NULL\n"
            "(3 rows)\n");
}

TEST(ResultFormatTest, CsvTellsNullFromEmpty) {
  EXPECT_EQ(Rendered(ResultFormat::kCsv, Example()),
            "name,n,d\n日本,7,1.50\n\"a,\"\"b\"\"\n\",,-10.00\n\"\",12345678901234567890,\n");
}

TEST(ResultFormatTest, JsonKeepsDigitsAndNulls) {
  EXPECT_EQ(Rendered(ResultFormat::kJson, Example()),
            "[\n{\"name\":\"日本\",\"n\":7,\"d\":1.50},\n{\"name\":\"a,\\\"b\\\"\\n\",\"n\":null,"
            "\"d\":-10.00},\n"
            "{\"name\":\"\",\"n\":12345678901234567890,\"d\":null}\n]\n");
  EXPECT_EQ(Rendered(ResultFormat::kJson, {{{"a", DuckKind::kText}}, {}}), "[]\n");
  EXPECT_EQ(
      Rendered(ResultFormat::kJson,
               {{{"a", DuckKind::kReal}, {"a", DuckKind::kJson}, {"b", DuckKind::kBoolean}},
                {{"nan", "[1,null]", "true"}, {"1e-05", "{}", "false"}}}),
      "[\n{\"a\":\"nan\",\"a_1\":[1,null],\"b\":true},\n{\"a\":1e-05,\"a_1\":{},\"b\":false}\n]\n");
}

TEST(ResultFormatTest, ATerminalIsNotObeyed) {
  const auto text = Rendered(ResultFormat::kTable,
                             {{{"a", DuckKind::kText}}, {{"\x1b[31m\x7f\u2028\u202ex\xc2\x9b"}}});
  EXPECT_NE(text.find("\\x1b[31m\\x7f\\u2028x\\x9b"), std::string::npos) << text;
}

TEST(ResultFormatTest, LongCellsAreCutInTablesOnly) {
  const DuckTable table{{{"a", DuckKind::kText}}, {{std::string(100, 'x')}}};
  EXPECT_NE(Rendered(ResultFormat::kTable, table).find(std::string(60, 'x') + "…\n"),
            std::string::npos);
  EXPECT_NE(Rendered(ResultFormat::kCsv, table).find(std::string(100, 'x')), std::string::npos);
}

TEST(ResultFormatTest, RowsBeyondTheMeasuredOnesFollow) {
  DuckTable table{{{"a", DuckKind::kInteger}}, {}};
  for (int i = 0; i < 2'500; ++i) table.rows.push_back({std::to_string(i)});
  const auto text = Rendered(ResultFormat::kTable, table);
  EXPECT_NE(text.find("\n2499\n(2500 rows)\n"), std::string::npos);
}

TEST(ResultFormatTest, WidthsOfWideAndCombiningCharacters) {
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("日本"), 4u);
  EXPECT_EQ(DisplayWidth("😀"), 2u);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1u);
  EXPECT_EQ(DisplayWidth("é…"), 2u);
}

}  // namespace
}  // namespace pinlake
