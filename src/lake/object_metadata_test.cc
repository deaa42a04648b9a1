#include "lake/object_metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinlake {
namespace {

using testing::HasSubstr;

ObjectFacts Facts() {
  ObjectFacts facts;
  facts.log_id = LogId("9f2a/77");
  facts.tp = {TopicName("129a67850695.pin"), PartitionId(3)};
  facts.cut_start = Offset(40);
  facts.cut_end = Offset(50);
  facts.first = Offset(41);
  facts.last = Offset(49);
  facts.count = 8;
  facts.skipped = 2;
  facts.digest = {1, 2};
  facts.extra = {{"reason", "schedule"}, {"request", "Zürich 1%"}};
  return facts;
}

// Version 1, pinned: objects in buckets say this.
TEST(ObjectMetadataTest, RendersVersion1) {
  const ObjectMetadata expected{
      {"pinlake-version", "1"},
      {"pinlake-log-id", "9f2a/77"},
      {"pinlake-topic", "129a67850695.pin"},
      {"pinlake-partition", "3"},
      {"pinlake-cut-start", "40"},
      {"pinlake-cut-end", "50"},
      {"pinlake-first", "41"},
      {"pinlake-last", "49"},
      {"pinlake-count", "8"},
      {"pinlake-skipped", "2"},
      {"pinlake-digest", "00000000000000010000000000000002"},
      {"pinlake-x-reason", "schedule"},
      {"pinlake-x-request", "Z%C3%BCrich%201%25"},
  };
  EXPECT_EQ(RenderObjectMetadata(Facts()).value(), expected);
  EXPECT_EQ(ParseObjectMetadata(expected).value(), Facts());
}

TEST(ObjectMetadataTest, LeavesOtherNamesAside) {
  auto metadata = RenderObjectMetadata(Facts()).value();
  metadata["content-owner"] = "someone";
  EXPECT_EQ(ParseObjectMetadata(metadata).value(), Facts());
}

TEST(ObjectMetadataTest, SaysNothingOfObjectsOfOthers) {
  EXPECT_FALSE(HasObjectFacts({{"owner", "x"}}));
  EXPECT_EQ(ParseObjectMetadata({{"owner", "x"}}).error().kind(), ErrorKind::kNotFound);
}

TEST(ObjectMetadataTest, NamesTheFieldThatIsMissing) {
  const auto whole = RenderObjectMetadata(Facts()).value();
  for (const auto& [name, value] : whole) {
    if (name == "pinlake-version" || name.starts_with("pinlake-x-")) continue;
    auto metadata = whole;
    metadata.erase(name);
    const auto facts = ParseObjectMetadata(metadata);
    ASSERT_FALSE(facts) << name;
    EXPECT_EQ(facts.error().kind(), ErrorKind::kCorruption);
    EXPECT_THAT(facts.error().message(), HasSubstr(name));
  }
}

TEST(ObjectMetadataTest, NamesTheFieldThatIsWrong) {
  for (const char* name : {"pinlake-partition", "pinlake-first", "pinlake-count", "pinlake-digest"})
    for (const char* value : {"", "x", "-1", "1 ", "99999999999999999999", "%4"}) {
      auto metadata = RenderObjectMetadata(Facts()).value();
      metadata[name] = value;
      const auto facts = ParseObjectMetadata(metadata);
      ASSERT_FALSE(facts) << name << "=" << value;
      EXPECT_EQ(facts.error().kind(), ErrorKind::kCorruption);
      EXPECT_THAT(facts.error().message(), HasSubstr(name));
    }
}

TEST(ObjectMetadataTest, RefusesALaterVersion) {
  auto metadata = RenderObjectMetadata(Facts()).value();
  metadata["pinlake-version"] = "2";
  EXPECT_EQ(ParseObjectMetadata(metadata).error().kind(), ErrorKind::kUnsupported);
}

TEST(ObjectMetadataTest, RefusesFactsThatCannotBe) {
  const auto refused = [](auto change) {
    ObjectFacts facts = Facts();
    change(&facts);
    const auto metadata = RenderObjectMetadata(facts);
    return !metadata && metadata.error().kind() == ErrorKind::kInvalidArgument;
  };
  EXPECT_TRUE(refused([](ObjectFacts* f) { f->first = Offset(39); }));
  EXPECT_TRUE(refused([](ObjectFacts* f) { f->last = Offset(50); }));
  EXPECT_TRUE(refused([](ObjectFacts* f) { f->count = 0; }));
  EXPECT_TRUE(refused([](ObjectFacts* f) { f->count = 10; }));
  EXPECT_TRUE(refused([](ObjectFacts* f) { f->skipped = 3; }));
  EXPECT_TRUE(refused([](ObjectFacts* f) { f->extra = {{"No", ""}}; }));
}

TEST(ObjectMetadataTest, StaysUnder2KiBForTheLongestTopicName) {
  ObjectFacts facts = Facts();
  facts.tp.topic = TopicName(std::string(249, '_'));
  EXPECT_TRUE(RenderObjectMetadata(facts));
  facts.extra["long"] = std::string(2000, 'x');
  EXPECT_EQ(RenderObjectMetadata(facts).error().kind(), ErrorKind::kOutOfSpace);
}

}  // namespace
}  // namespace pinlake
