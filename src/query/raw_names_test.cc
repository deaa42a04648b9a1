#include "query/raw_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace pinlake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(RawNamesTest, FindsNamesBehindRaw) {
  EXPECT_THAT(
      RawNamesIn("select * from raw.pin p join RAW . \"129a.geo\" using (x) where p.raw = 1"),
      ElementsAre("129a.geo", "pin"));
  EXPECT_THAT(RawNamesIn("from memory.raw.user"), ElementsAre("user"));
  EXPECT_THAT(RawNamesIn("from \"raw\".\"a\"\"b\""), ElementsAre("a\"b"));
}

TEST(RawNamesTest, TextsAndCommentsAreNotNames) {
  EXPECT_THAT(
      RawNamesIn(
          "select 'raw.pin', 'it''s raw.geo', $$raw.a$$, $t$ raw.b $t$ -- raw.c\n/* raw.d */"),
      IsEmpty());
  EXPECT_THAT(RawNamesIn("select \"raw.pin\", draw.pin, pin, raw from raw"), IsEmpty());
  EXPECT_THAT(RawNamesIn("select 'unclosed raw.pin"), IsEmpty());
  EXPECT_THAT(RawNamesIn("/* unclosed raw.pin"), IsEmpty());
  EXPECT_THAT(RawNamesIn("raw."), IsEmpty());
}

TEST(RawNamesTest, ATopicIsFoundByItsLastPartOrItsWholeName) {
  const RawNames names({TopicName("a.pin"), TopicName("a.geo"), TopicName("plain")});
  EXPECT_EQ(*names.Find("pin"), TopicName("a.pin"));
  EXPECT_EQ(*names.Find("PIN"), TopicName("a.pin"));
  EXPECT_EQ(*names.Find("a.geo"), TopicName("a.geo"));
  EXPECT_EQ(*names.Find("plain"), TopicName("plain"));
  EXPECT_EQ(*names.Find("nothing"), std::nullopt);
  EXPECT_EQ(names.List(), "raw.pin, raw.geo, raw.plain");
  EXPECT_EQ(names.List(1), "raw.pin and 2 more");
}

TEST(RawNamesTest, ASharedShortNameMustBeWrittenWhole) {
  const RawNames names({TopicName("a.pin"), TopicName("b.pin"), TopicName("pin")});
  EXPECT_EQ(*names.Find("pin"), TopicName("pin"));
  EXPECT_EQ(*names.Find("b.pin"), TopicName("b.pin"));
  const RawNames two({TopicName("a.pin"), TopicName("b.pin")});
  EXPECT_THAT(two.Find("pin").error().message(), HasSubstr("raw.\"a.pin\" or raw.\"b.pin\""));
  EXPECT_EQ(two.List(), "raw.\"a.pin\", raw.\"b.pin\"");
}

TEST(RawNamesTest, ShortNames) {
  EXPECT_EQ(ShortName(TopicName("a.b.c")), "c");
  EXPECT_EQ(ShortName(TopicName("a.")), "a.");
  EXPECT_EQ(ShortName(TopicName("a")), "a");
}

}  // namespace
}  // namespace pinlake
