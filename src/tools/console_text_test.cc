#include <gtest/gtest.h>

#include <array>

#include "tools/line_reader.h"
#include "tools/name_values.h"
#include "tools/record_printer.h"

namespace pinlake {
namespace {

LineFormat LinesOf(const std::vector<std::string>& properties) {
  return LineFormatTable().Parse(*NameValues("--property", properties))->config;
}

PrintFormat PrintOf(const std::vector<std::string>& properties) {
  return PrintFormatTable().Parse(*NameValues("--property", properties))->config;
}

TEST(LineReaderTest, ALineIsAValueUnlessKeysAreAskedFor) {
  EXPECT_EQ(*ReadLine(LinesOf({}), "a\tb", 1), (LineRecord{{}, "a\tb", {}}));
  EXPECT_EQ(*ReadLine(LinesOf({"parse.key=true"}), "a\tb\tc", 1), (LineRecord{"a", "b\tc", {}}));
  EXPECT_EQ(*ReadLine(LinesOf({"parse.key=true", "key.separator= "}), "a b", 1),
            (LineRecord{"a", "b", {}}));
}

TEST(LineReaderTest, HeadersStandBeforeTheKey) {
  const auto format = LinesOf({"parse.headers=true", "parse.key=true", "key.separator=|"});
  EXPECT_EQ(*ReadLine(format, "h1:v1,h2:\tk|v", 1),
            (LineRecord{"k", "v", {{"h1", "v1"}, {"h2", ""}}}));
  EXPECT_EQ(*ReadLine(format, "\tk|v", 1), (LineRecord{"k", "v", {}}));
}

TEST(LineReaderTest, TheNullMarkerIsNullWhereNullMayStand) {
  const auto format = LinesOf({"parse.headers=true", "parse.key=true", "null.marker=NULL"});
  EXPECT_EQ(*ReadLine(format, "h:NULL\tNULL\tNULL", 1), (LineRecord{{}, {}, {{"h", {}}}}));
  EXPECT_EQ(*ReadLine(format, "NULL\tk\tv", 1), (LineRecord{"k", "v", {}}));
  EXPECT_FALSE(ReadLine(format, "NULL:1\tk\tv", 1));
}

TEST(LineReaderTest, AMissingSeparatorIsAnErrorWithItsLineUnlessIgnored) {
  const auto strict = ReadLine(LinesOf({"parse.key=true"}), "ab", 7);
  ASSERT_FALSE(strict);
  EXPECT_EQ(strict.error().message(), "No key separator found on line number 7: 'ab'");
  EXPECT_EQ(*ReadLine(LinesOf({"parse.key=true", "ignore.error=true"}), "ab", 7),
            (LineRecord{{}, "ab", {}}));
  EXPECT_FALSE(ReadLine(LinesOf({"parse.headers=true"}), "h\tv", 1));
  EXPECT_EQ(*ReadLine(LinesOf({"parse.headers=true", "ignore.error=true"}), "h\tv", 1),
            (LineRecord{{}, "v", {{"h", {}}}}));
}

TEST(LineReaderTest, AnEmptySeparatorAndAnUnknownPropertyAreRefused) {
  EXPECT_FALSE(LineFormatTable().Parse(*NameValues("--property", {"key.separator="})));
  const auto unknown = LineFormatTable().Parse(*NameValues("--property", {"parse.keys=true"}));
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message().find("parse.key?"), std::string::npos);
  EXPECT_FALSE(NameValues("--property", {"=x"}));
}

TEST(RecordPrinterTest, PrintsInTheOrderOfTheConsoleConsumer) {
  const std::array<HeaderView, 2> headers = {HeaderView{"a", "1"}, HeaderView{"b", {}}};
  const RecordView record{.offset = Offset(5),
                          .timestamp = 1700000000000,
                          .key = "k",
                          .value = "v",
                          .headers = headers};
  EXPECT_EQ(PrintRecord(PrintOf({}), PartitionId(2), record), "v\n");
  EXPECT_EQ(PrintRecord(PrintOf({"print.timestamp=true", "print.partition=true",
                                 "print.offset=true", "print.headers=true", "print.key=true"}),
                        PartitionId(2), record),
            "CreateTime:1700000000000\tPartition:2\tOffset:5\ta:1,b:null\tk\tv\n");
  EXPECT_EQ(PrintRecord(PrintOf({"print.key=true", "print.value=false", "line.separator=;"}),
                        PartitionId(2), record),
            "k;");
}

TEST(RecordPrinterTest, WhatIsNotThereIsNamed) {
  const RecordView record{.offset = Offset(0), .timestamp = -1};
  EXPECT_EQ(PrintRecord(PrintOf({"print.timestamp=true", "print.headers=true", "print.key=true",
                                 "key.separator=|", "null.literal=nil"}),
                        PartitionId(0), record),
            "NO_TIMESTAMP|NO_HEADERS|nil|nil\n");
}

}  // namespace
}  // namespace pinlake
