#include <gtest/gtest.h>

#include "protocol/json_stream.h"
#include "protocol/rest_v3_produce.h"
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

std::vector<std::string> Split(std::string_view body, size_t piece, bool* whole = nullptr) {
  JsonStreamSplitter splitter(100);
  std::vector<std::string> values;
  bool good = true;
  for (size_t at = 0; good && at < body.size(); at += piece) {
    good = splitter.Feed(body.substr(at, piece), &values);
  }
  if (whole != nullptr) *whole = splitter.End();
  return values;
}

TEST(JsonStreamSplitterTest, ValuesComeOutWholeHoweverTheyAreCut) {
  const std::string body = "{\"a\":\"}\\\"{\"}\n[{}, 1]{}  {\"b\":{\"c\":[]}}\r\n";
  const std::vector<std::string> expected{"{\"a\":\"}\\\"{\"}", "[{}, 1]", "{}",
                                          "{\"b\":{\"c\":[]}}"};
  for (size_t piece = 1; piece <= body.size(); ++piece) {
    bool whole = false;
    EXPECT_EQ(Split(body, piece, &whole), expected) << piece;
    EXPECT_TRUE(whole);
  }
}

TEST(JsonStreamSplitterTest, WhatIsNoObjectEndsTheStream) {
  bool whole = true;
  EXPECT_EQ(Split("{}x{}", 1, &whole).size(), 1u);
  EXPECT_FALSE(whole);
  EXPECT_EQ(Split("{}{\"a\":", 3, &whole).size(), 1u);
  EXPECT_FALSE(whole);
  EXPECT_EQ(Split("{\"a\":\"" + std::string(100, 'x') + "\"}", 7, &whole).size(), 0u);
  EXPECT_FALSE(whole);
}

TEST(ProduceV3Test, RecordsAreReadWithTheirTypes) {
  const auto record = ParseProduceV3(
      R"({"partition_id":1,"headers":[{"name":"h","value":"YQ=="},{"name":"h","value":null}],)"
      R"("key":{"type":"BINARY","data":"a2V5"},"value":{"type":"JSON","data":{"a":1.10}},)"
      R"("timestamp":"2024-03-01T12:30:45.123Z"})");
  ASSERT_TRUE(record) << record.error().message;
  std::vector<HeaderView> views;
  const NewRecord made = record->Record(&views);
  EXPECT_EQ(made.key, "key");
  EXPECT_EQ(made.value, R"({"a":1.10})");
  EXPECT_EQ(made.partition, PartitionId(1));
  EXPECT_EQ(made.timestamp, 1709296245123);
  ASSERT_EQ(views.size(), 2u);
  EXPECT_EQ(views[0].value, "a");
  EXPECT_EQ(views[1].value, std::nullopt);
  EXPECT_EQ(RenderProducedV3("c", "t", {PartitionId(1), Offset(7), 1709296245123}, *record),
            R"({"cluster_id":"c","topic_name":"t","partition_id":1,"offset":7,)"
            R"("timestamp":"2024-03-01T12:30:45.123Z","key":{"type":"BINARY","size":3},)"
            "\"value\":{\"type\":\"JSON\",\"size\":10}}\r\n");
}

TEST(ProduceV3Test, WrongRecordsAreRefusedOneByOne) {
  EXPECT_EQ(StatusOf(ParseProduceV3(R"({"valu":1})")), Code(400, 400));
  EXPECT_EQ(StatusOf(ParseProduceV3(R"({"value":{"type":"XML","data":1}})")), Code(400, 400));
  EXPECT_EQ(StatusOf(ParseProduceV3(R"({"value":{"type":"JSON"}})")), Code(400, 400));
  EXPECT_EQ(StatusOf(ParseProduceV3(R"({"value":{"data":1}})")), Code(422, 422));
  EXPECT_EQ(StatusOf(ParseProduceV3(R"({"value":{"type":"AVRO","data":1,"schema":"x"}})")),
            Code(422, 422));
  EXPECT_EQ(StatusOf(ParseProduceV3(R"({"value":{"type":"BINARY","data":"*"}})")), Code(400, 400));
  EXPECT_EQ(StatusOf(ParseProduceV3(R"({"partition_id":-1})")), Code(400, 400));
  EXPECT_EQ(StatusOf(ParseProduceV3(R"({"timestamp":1709296245123})")), Code(400, 400));
  EXPECT_EQ(StatusOf(ParseProduceV3("[]")), Code(400, 400));
  EXPECT_EQ(StatusOf(ParseProduceV3("{]")), Code(400, kSyntaxV3));
}

TEST(ProduceV3Test, NullDataIsANullOfSizeMinusOne) {
  const auto record = ParseProduceV3(R"({"value":{"type":"JSON","data":null}})");
  ASSERT_TRUE(record);
  std::vector<HeaderView> views;
  EXPECT_EQ(record->Record(&views).value, std::nullopt);
  EXPECT_NE(RenderProducedV3("c", "t", {}, *record).find("\"size\":-1"), std::string::npos);
}

}  // namespace
}  // namespace pinlake
