#include <gtest/gtest.h>

#include <cstdlib>
#include <future>

#include "base/rng.h"
#include "log/kafka/kafka_log.h"
#include "model/partitioning.h"

namespace pinlake {
namespace {

// Against the broker that PINLAKE_TEST_KAFKA names (tests/services/run.py kafka).
class KafkaLogTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* bootstrap = std::getenv("PINLAKE_TEST_KAFKA");
    if (bootstrap == nullptr) GTEST_SKIP() << "no broker";
    auto opened = KafkaLog::Open({.common = {{"bootstrap.servers", bootstrap}}});
    ASSERT_TRUE(opened) << opened.error().message();
    log_ = std::move(*opened);
    topic_ = TopicName("t-" + Rng::FromSystem().Uuid());
  }

  std::vector<Result<Appended>> Append(const std::vector<NewRecord>& records) {
    std::promise<std::vector<Result<Appended>>> answered;
    log_->Append(topic_, {.records = records, .owner = nullptr},
                 [&](auto results) { answered.set_value(std::move(results)); });
    return answered.get_future().get();
  }

  std::unique_ptr<KafkaLog> log_;
  TopicName topic_;
};

TEST_F(KafkaLogTest, EveryRecordOfALargeBatchIsAnsweredWithItsPlace) {
  ASSERT_TRUE(log_->CreateTopic({.topic = topic_, .partitions = 3}));
  std::vector<std::string> keys;
  for (int i = 0; i < 10000; ++i) keys.push_back("key" + std::to_string(i));
  std::vector<NewRecord> records;
  for (const auto& key : keys) records.push_back({.key = key, .value = key});
  const auto results = Append(records);
  ASSERT_EQ(results.size(), keys.size());
  std::vector<int64_t> ends(3, 0);
  for (size_t i = 0; i < keys.size(); ++i) {
    ASSERT_TRUE(results[i]) << results[i].error().message();
    ASSERT_EQ(results[i]->partition, PartitionOfKey(keys[i], 3));
    ASSERT_EQ(results[i]->offset.value(),
              ends[static_cast<size_t>(results[i]->partition.value())]++);
  }
  for (int32_t p = 0; p < 3; ++p) {
    const TopicPartition tp{topic_, PartitionId(p)};
    EXPECT_EQ(log_->Offsets(tp)->end.value(), ends[static_cast<size_t>(p)]);
    Offset at(0);
    int64_t read = 0;
    while (at.value() < ends[static_cast<size_t>(p)]) {
      const auto set = log_->Read(tp, at, 100000, Millis(10000), {});
      ASSERT_TRUE(set) << set.error().message();
      ASSERT_FALSE(set->records.empty());
      for (const auto& record : set->records) {
        EXPECT_EQ(record.offset.value(), read++);
        EXPECT_EQ(record.key, record.value);
      }
      at = set->next;
    }
  }
}

TEST_F(KafkaLogTest, AnUnknownTopicIsNotFoundWithinSeconds) {
  const auto results = Append({{.value = "x"}});
  ASSERT_FALSE(results[0]);
  EXPECT_EQ(results[0].error().kind(), ErrorKind::kNotFound) << results[0].error().message();
}

TEST_F(KafkaLogTest, AGroupGoesOnAtItsCommittedOffsetWithItsMetadata) {
  ASSERT_TRUE(log_->CreateTopic({.topic = topic_, .partitions = 1}));
  for (const auto& result : Append({{.value = "a"}, {.value = "b"}, {.value = "c"}}))
    ASSERT_TRUE(result);
  const GroupOptions options{.group = GroupName("g-" + topic_.value()), .topics = {topic_}};
  const TopicPartition tp{topic_, PartitionId(0)};
  for (const int64_t expected : {0, 2}) {
    auto consumer = log_->Join(options);
    ASSERT_TRUE(consumer) << consumer.error().message();
    std::optional<Offset> first;
    Epoch epoch{0};
    for (int i = 0; i < 300 && !first; ++i) {
      auto event = (*consumer)->Poll(Millis(100));
      ASSERT_TRUE(event) << event.error().message();
      if (const auto* assigned = std::get_if<AssignedEvent>(&*event)) epoch = assigned->epoch;
      if (const auto* records = std::get_if<RecordsEvent>(&*event))
        first = records->set.records.at(0).offset;
    }
    EXPECT_EQ(first, Offset(expected));
    const auto committed = (*consumer)->Commit(tp, {Offset(2), "metadata of two"}, epoch);
    EXPECT_TRUE(committed) << committed.error().message();
    EXPECT_EQ((*consumer)->Commit(tp, {Offset(1), ""}, Epoch(-1)).error().kind(),
              ErrorKind::kFenced);
    (*consumer)->Close();
  }
  const auto offsets = log_->CommittedOffsets(options.group);
  ASSERT_TRUE(offsets) << offsets.error().message();
  EXPECT_EQ(offsets->at(tp), (CommittedOffset{Offset(2), "metadata of two"}));
}

TEST_F(KafkaLogTest, FactsOfADeletedTopicAreNotItsSuccessors) {
  ASSERT_TRUE(log_->CreateTopic({.topic = topic_}));
  ASSERT_TRUE(log_->PutTopicFact(topic_, "shards", "1"));
  EXPECT_EQ(log_->TopicFacts(topic_)->at("shards"), "1");
  ASSERT_TRUE(log_->PutTopicFact(topic_, "shards", ""));
  EXPECT_TRUE(log_->TopicFacts(topic_)->empty());
  ASSERT_TRUE(log_->PutTopicFact(topic_, "shards", "2"));
  const auto first = log_->DescribeTopic(topic_);
  ASSERT_TRUE(log_->DeleteTopic(topic_));
  const auto second = log_->CreateTopic({.topic = topic_});
  ASSERT_TRUE(second) << second.error().message();
  EXPECT_NE(first->log_id, second->log_id);
  EXPECT_TRUE(log_->TopicFacts(topic_)->empty());
}

}  // namespace
}  // namespace pinlake
