#include <gtest/gtest.h>

#include "protocol/rest_v3_topics.h"

namespace pinlake {
namespace {

template <typename T>
std::pair<int, int> StatusOf(const tl::expected<T, RestError>& parsed) {
  return parsed ? std::pair(200, 0) : std::pair(parsed.error().status, parsed.error().code);
}
using Code = std::pair<int, int>;

TEST(NewTopicV3Test, WhatIsNotGivenIsLeftToTheLog) {
  const auto topic = ParseNewTopicV3(
      R"({"topic_name":"n","partitions_count":2,"configs":[{"name":"retention.ms","value":"1"}]})");
  ASSERT_TRUE(topic) << topic.error().message;
  EXPECT_EQ(topic->topic, "n");
  EXPECT_EQ(topic->partitions, 2);
  EXPECT_FALSE(topic->replication_factor);
  EXPECT_EQ(topic->configs.at(0), (std::pair<std::string, std::string>("retention.ms", "1")));
}

TEST(NewTopicV3Test, WrongBodiesAreRefused) {
  EXPECT_EQ(StatusOf(ParseNewTopicV3("")), Code(422, 42206));
  EXPECT_EQ(StatusOf(ParseNewTopicV3("{}")), Code(400, 400));
  EXPECT_EQ(StatusOf(ParseNewTopicV3("{")), Code(400, 400));
  EXPECT_EQ(StatusOf(ParseNewTopicV3(R"({"topic_name":"n","x":1})")), Code(422, 422));
  EXPECT_EQ(StatusOf(ParseNewTopicV3(R"({"topic_name":"n","partitions_count":0})")),
            Code(400, 40002));
  EXPECT_EQ(StatusOf(ParseNewTopicV3(R"({"topic_name":"n","replication_factor":70000})")),
            Code(400, 400));
  EXPECT_EQ(StatusOf(ParseNewTopicV3(
                R"({"topic_name":"n","replicas_assignments":[{"partition_id":0}]})")),
            Code(400, 40002));
}

TEST(AlterConfigsV3Test, SetsAndResets) {
  const auto changes = ParseAlterConfigsV3(
      R"({"data":[{"name":"a","value":"1"},{"name":"b","operation":"DELETE","value":"x"}]})");
  ASSERT_TRUE(changes) << changes.error().message;
  EXPECT_EQ(changes->at(0).second, "1");
  EXPECT_EQ(changes->at(1).second, std::nullopt);
  EXPECT_EQ(StatusOf(ParseAlterConfigsV3("{}")), Code(400, 400));
  EXPECT_EQ(StatusOf(ParseAlterConfigsV3(R"({"data":[{"name":"a","operation":"ADD"}]})")),
            Code(400, 400));
  EXPECT_EQ(StatusOf(ParseAlterConfigsV3(R"({"data":[{"value":"a"}]})")), Code(400, 400));
}

TEST(ConfigValueV3Test, IsTextOrNull) {
  EXPECT_EQ(ParseConfigValueV3(R"({"value":2000})").value(), "2000");
  EXPECT_EQ(ParseConfigValueV3(R"({"value":null})").value(), std::nullopt);
  EXPECT_EQ(StatusOf(ParseConfigValueV3("")), Code(422, 42206));
  EXPECT_EQ(StatusOf(ParseConfigValueV3(R"({"value":[]})")), Code(400, 400));
}

}  // namespace
}  // namespace pinlake
