#include "cli/console_formats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinlake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

LineRecord Line(const std::vector<std::string>& properties, const std::string& line) {
  auto record = ParseRecordLine(LineFormatOf(properties).value(), line, 1);
  EXPECT_TRUE(record) << record.error().message();
  return record ? *record : LineRecord{};
}

TEST(ConsoleFormatsTest, ALineIsAValueUnlessKeysAndHeadersAreAskedFor) {
  EXPECT_EQ(Line({}, "a\tb").value, "a\tb");
  EXPECT_EQ(Line({}, "a").key, std::nullopt);
  const auto keyed = Line({"parse.key=true", "key.separator=::"}, "k::v::w");
  EXPECT_EQ(keyed.key, "k");
  EXPECT_EQ(keyed.value, "v::w");
  const auto all =
      Line({"parse.key=true", "parse.headers=true", "null.marker=NULL"}, "h:1,i:NULL\tNULL\tNULL");
  EXPECT_THAT(all.headers, ElementsAre(Pair("h", std::optional<std::string>("1")),
                                       Pair("i", std::optional<std::string>())));
  EXPECT_EQ(all.key, std::nullopt);
  EXPECT_EQ(all.value, std::nullopt);
  EXPECT_TRUE(Line({"parse.headers=true", "null.marker=-"}, "-\tv").headers.empty());
}

TEST(ConsoleFormatsTest, AMissingSeparatorIsToldUnlessErrorsAreIgnored) {
  const auto wrong = ParseRecordLine(LineFormatOf({"parse.key=true"}).value(), "only", 7);
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message(), HasSubstr("line 7"));
  const auto lenient = Line({"parse.key=true", "ignore.error=true"}, "only");
  EXPECT_EQ(lenient.key, std::nullopt);
  EXPECT_EQ(lenient.value, "only");
  EXPECT_FALSE(ParseRecordLine(LineFormatOf({"parse.headers=true"}).value(), "h\tv", 1));
}

TEST(ConsoleFormatsTest, RecordsAreWrittenAsKafkasFormatterDoes) {
  const HeaderView headers[] = {{"h", "1"}, {"n", std::nullopt}};
  const RecordView record{
      .offset = Offset(5), .timestamp = 99, .key = "k", .value = "v", .headers = headers};
  const auto text = [&](const std::vector<std::string>& properties, const RecordView& shown) {
    std::string out;
    AppendRecord(RecordFormatOf(properties).value(), PartitionId(2), shown, &out);
    return out;
  };
  EXPECT_EQ(text({}, record), "v\n");
  EXPECT_EQ(text({"print.timestamp=true", "print.partition=true", "print.offset=true",
                  "print.headers=true", "print.key=true"},
                 record),
            "CreateTime:99\tPartition:2\tOffset:5\th:1,n:null\tk\tv\n");
  EXPECT_EQ(text({"print.key=true", "print.value=false", "key.separator=|"}, record), "k\n");
  EXPECT_EQ(text({"print.headers=true", "null.literal=NIL", "line.separator=;"},
                 {.offset = Offset(0), .timestamp = -1}),
            "NO_HEADERS\tNIL;");
}

TEST(ConsoleFormatsTest, WrongPropertiesAreNamed) {
  const auto wrong = RecordFormatOf({"print.keys=true", "print.key=yes", "x"});
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message(),
              testing::AllOf(HasSubstr("did you mean print.key?"), HasSubstr("print.key: 'yes'"),
                             HasSubstr("'x' is not name=value")));
  EXPECT_FALSE(RecordFormatOf(
      {"value.deserializer=org.apache.kafka.common.serialization.LongDeserializer"}));
  EXPECT_TRUE(RecordFormatOf(
      {"value.deserializer=org.apache.kafka.common.serialization.StringDeserializer"}));
}

}  // namespace
}  // namespace pinlake
