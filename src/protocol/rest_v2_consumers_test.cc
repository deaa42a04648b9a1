#include "protocol/rest_v2_consumers.h"

#include <gtest/gtest.h>

#include "protocol/iso_time.h"

namespace pinlake {
namespace {

template <typename T>
std::pair<int, int> StatusOf(const RestParsed<T>& parsed) {
  return parsed ? std::pair(200, 0) : std::pair(parsed.error().status, parsed.error().code);
}

TEST(IsoTimeTest, InstantsAreReadWithZonesAndFractions) {
  EXPECT_EQ(ParseIsoInstant("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(ParseIsoInstant("2024-03-01T12:30:45.123Z"), 1709296245123);
  EXPECT_EQ(ParseIsoInstant("2024-03-01T12:30:45.1239999Z"), 1709296245123);
  EXPECT_EQ(ParseIsoInstant("2024-03-01T13:30:45+01:00"), 1709296245000);
  EXPECT_EQ(ParseIsoInstant("2024-03-01T12:30Z"), 1709296200000);
  EXPECT_EQ(ParseIsoInstant("1969-12-31T23:59:59.999Z"), -1);
  for (const auto* wrong :
       {"", "1709296245123", "2024-03-01", "2024-03-01T12:30:45", "2024-02-30T00:00:00Z",
        "2024-03-01T24:00:00Z", "2024-03-01T12:30:45.Z", "2024-03-01T12:30:45Z ",
        "2024-03-01T12:30:45+0100", "2024-13-01T00:00:00Z"}) {
    EXPECT_FALSE(ParseIsoInstant(wrong)) << wrong;
  }
}

TEST(IsoTimeTest, WhatIsWrittenIsReadAgain) {
  for (const TimestampMs at : {TimestampMs{0}, TimestampMs{1709296245123}, TimestampMs{-1},
                               TimestampMs{1709296245000}, TimestampMs{-62135596800000}}) {
    EXPECT_EQ(ParseIsoInstant(FormatIsoInstant(at)), at) << FormatIsoInstant(at);
  }
  EXPECT_EQ(FormatIsoInstant(1709296245123), "2024-03-01T12:30:45.123Z");
}

TEST(ConsumerV2Test, FieldsAndTheirOldNamesAreRead) {
  const auto consumer = ParseConsumerV2(
      R"({"id":7,"name":"n","format":"JSON","auto.offset.reset":"earliest","auto.commit.enable":)"
      R"("False","responseMinBytes":"5","requestWaitMs":500.9})");
  ASSERT_TRUE(consumer) << consumer.error().message;
  EXPECT_EQ(consumer->name, "7");
  EXPECT_EQ(consumer->format, RestV2Body::kJson);
  EXPECT_EQ(consumer->reset, "earliest");
  EXPECT_EQ(consumer->auto_commit, false);
  EXPECT_EQ(consumer->fetch_bytes_min, 5);
  EXPECT_EQ(consumer->request_timeout, Millis(500));
  for (const auto* empty : {"", " ", "null", "{}"}) {
    const auto none = ParseConsumerV2(empty);
    ASSERT_TRUE(none);
    EXPECT_FALSE(none->name || none->reset || none->fetch_bytes_min);
    EXPECT_EQ(none->format, RestV2Body::kBinary);
  }
}

TEST(ConsumerV2Test, WrongFieldsAreRefusedAsTheOriginalDoes) {
  using Code = std::pair<int, int>;
  EXPECT_EQ(StatusOf(ParseConsumerV2(R"({"format":"xml"})")), Code(422, 422));
  EXPECT_EQ(StatusOf(ParseConsumerV2(R"({"foo":1})")), Code(422, 422));
  EXPECT_EQ(StatusOf(ParseConsumerV2(R"({"name":""})")), Code(422, 422));
  EXPECT_EQ(StatusOf(ParseConsumerV2(R"({"auto.offset.reset":"bad"})")), Code(422, 42204));
  EXPECT_EQ(StatusOf(ParseConsumerV2(R"({"auto.commit.enable":"x"})")), Code(422, 42204));
  EXPECT_EQ(StatusOf(ParseConsumerV2(R"({"fetch.min.bytes":-2})")), Code(422, 40001));
  EXPECT_EQ(StatusOf(ParseConsumerV2(R"({"fetch.min.bytes":10000001})")), Code(422, 40001));
  EXPECT_EQ(StatusOf(ParseConsumerV2(R"({"fetch.min.bytes":"abc"})")), Code(400, 400));
  EXPECT_EQ(StatusOf(ParseConsumerV2(R"({"fetch.min.bytes":1e30})")), Code(400, 400));
  EXPECT_EQ(StatusOf(ParseConsumerV2(R"({"name":{}})")), Code(400, 400));
  EXPECT_EQ(StatusOf(ParseConsumerV2(R"(["name"])")), Code(400, 400));
  EXPECT_EQ(StatusOf(ParseConsumerV2(R"({"name":)")), Code(400, 400));
}

TEST(SubscriptionV2Test, TopicsAndPatternAreRead) {
  const auto both = ParseSubscriptionV2(R"({"topics":["a","b"],"topic_pattern":"x.*"})");
  ASSERT_TRUE(both);
  EXPECT_EQ(both->topics, (std::vector{TopicName("a"), TopicName("b")}));
  EXPECT_EQ(both->pattern, "x.*");
  const auto neither = ParseSubscriptionV2("{}");
  ASSERT_TRUE(neither);
  EXPECT_FALSE(neither->topics || neither->pattern);
  using Code = std::pair<int, int>;
  EXPECT_EQ(StatusOf(ParseSubscriptionV2("")), Code(422, 422));
  EXPECT_EQ(StatusOf(ParseSubscriptionV2(R"({"topic":["t"]})")), Code(422, 422));
  EXPECT_EQ(StatusOf(ParseSubscriptionV2(R"({"topics":[null]})")), Code(422, 422));
  EXPECT_EQ(StatusOf(ParseSubscriptionV2(R"({"topics":"t"})")), Code(400, 400));
}

TEST(PartitionsV2Test, EachEntryNeedsATopicAndAPartition) {
  using Code = std::pair<int, int>;
  const auto given = ParsePartitionsV2(R"({"partitions":[{"topic":"t","partition":-1}]})");
  ASSERT_TRUE(given && *given);
  EXPECT_EQ((**given)[0], (TopicPartition{TopicName("t"), PartitionId(-1)}));
  const auto nothing = ParsePartitionsV2("null");
  ASSERT_TRUE(nothing);
  EXPECT_FALSE(*nothing);
  EXPECT_EQ(StatusOf(ParsePartitionsV2("{}")), Code(422, 422));
  EXPECT_EQ(StatusOf(ParsePartitionsV2(R"({"partitions":[{"topic":"t"}]})")), Code(422, 422));
  EXPECT_EQ(StatusOf(ParsePartitionsV2(R"({"partitions":[{"partition":0}]})")), Code(422, 422));
  EXPECT_EQ(StatusOf(ParsePartitionsV2(R"({"partitions":[1]})")), Code(400, 400));
}

TEST(PositionsV2Test, OffsetsAndTimestampsAreRead) {
  const auto given = ParsePositionsV2(
      R"({"offsets":[{"topic":"t","partition":0,"metadata":""}],)"
      R"("timestamps":[{"topic":"t","partition":1,"timestamp":"2024-03-01T12:00:00+01:00"}]})");
  ASSERT_TRUE(given && *given) << given.error().message;
  EXPECT_EQ((*given)->offsets.at(0).offset, 0);
  EXPECT_EQ((*given)->timestamps.at(0).at, 1709290800000);
  using Code = std::pair<int, int>;
  EXPECT_EQ(StatusOf(ParsePositionsV2(R"({"offsets":[{"topic":"t","partition":0,"offset":-1}]})")),
            Code(422, 422));
  EXPECT_EQ(StatusOf(ParsePositionsV2(
                R"({"timestamps":[{"topic":"t","partition":0,"timestamp":1709294400000}]})")),
            Code(422, 422));
}

TEST(CommitV2Test, AnEntryNeedsAnOffsetAndNoListIsEverything) {
  const auto all = ParseCommitV2("{}");
  ASSERT_TRUE(all);
  EXPECT_FALSE(*all);
  const auto none = ParseCommitV2(R"({"offsets":[]})");
  ASSERT_TRUE(none && *none);
  EXPECT_TRUE((*none)->empty());
  EXPECT_EQ(StatusOf(ParseCommitV2(R"({"offsets":[{"topic":"t","partition":0}]})")),
            std::pair(422, 422));
}

TEST(ConsumedV2WriterTest, RecordsAreRenderedInTheFormat) {
  const TopicPartition tp{TopicName("a\"b"), PartitionId(2)};
  const RecordView record{
      .offset = Offset(5), .timestamp = 0, .key = "\"k\"", .value = " {\"a\" : 1} "};
  const RecordView tombstone{.offset = Offset(6), .timestamp = 0, .key = {}, .value = {}};
  ConsumedV2Writer json(RestV2Body::kJson);
  ASSERT_TRUE(json.Add(tp, record));
  ASSERT_TRUE(json.Add(tp, tombstone));
  EXPECT_EQ(json.Take(), R"([{"topic":"a\"b","key":"k","value":{"a":1},"partition":2,"offset":5},)"
                         R"({"topic":"a\"b","key":null,"value":null,"partition":2,"offset":6}])");
  ConsumedV2Writer binary(RestV2Body::kBinary);
  const RecordView bytes{.offset = Offset(0), .timestamp = 0, .key = "", .value = "\xff\x01"};
  ASSERT_TRUE(binary.Add(tp, bytes));
  EXPECT_EQ(binary.Take(),
            R"([{"topic":"a\"b","key":"","value":"/wE=","partition":2,"offset":0}])");
}

TEST(ConsumedV2WriterTest, WhatIsNotJsonIsRefusedAndLeavesNothingBehind) {
  const TopicPartition tp{TopicName("t"), PartitionId(0)};
  ConsumedV2Writer json(RestV2Body::kJson);
  for (const auto* text : {"", "not json", "{\"a\":"}) {
    const RecordView record{.offset = Offset(0), .timestamp = 0, .key = "1", .value = text};
    const Status added = json.Add(tp, record);
    ASSERT_FALSE(added) << text;
    EXPECT_EQ(added.error().kind(), ErrorKind::kCorruption);
  }
  EXPECT_EQ(json.Take(), "[]");
}

TEST(NegotiationTest, TheClientsLikingComesFirstThenOurs) {
  EXPECT_EQ(NegotiateRestV2Records("*/*"), kRestV2BinaryType);
  EXPECT_EQ(NegotiateRestV2Records(std::nullopt), kRestV2BinaryType);
  EXPECT_EQ(NegotiateRestV2Records("application/*"), kRestV2BinaryType);
  EXPECT_EQ(NegotiateRestV2Records("application/vnd.kafka.json.v2+json, "
                                   "application/vnd.kafka.v2+json;q=0.5"),
            kRestV2JsonType);
  EXPECT_EQ(NegotiateRestV2Records("application/json"), std::nullopt);
  EXPECT_EQ(NegotiateRestV2Consumers("*/*"), kRestV2Type);
  EXPECT_EQ(NegotiateRestV2Consumers("application/vnd.kafka.json.v2+json"), kRestV2JsonType);
  EXPECT_EQ(NegotiateRestV2("application/vnd.kafka.json.v2+json"), std::nullopt);
  EXPECT_EQ(NegotiateRestV2("application/vnd.kafka.v2+json;q=0, */*"), std::nullopt);
}

}  // namespace
}  // namespace pinlake
