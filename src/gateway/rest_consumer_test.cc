#include "gateway/rest_consumer.h"

#include <gtest/gtest.h>

#include "gateway/rest_read.h"
#include "log/fake/fake_log.h"

namespace pinlake {
namespace {

const TopicPartition kT0{TopicName("t"), PartitionId(0)};
const TopicPartition kT1{TopicName("t"), PartitionId(1)};

class RestConsumerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(log_.CreateTopic({.topic = TopicName("t"), .partitions = 2}).has_value());
  }
  void Produce(int partition, int from, int to) {
    for (int i = from; i < to; ++i) {
      auto text = std::make_shared<std::string>(std::to_string(i));
      RecordBatch batch{.records = {{.value = *text, .partition = PartitionId(partition)}},
                        .owner = text};
      log_.Append(TopicName("t"), std::move(batch), [](auto) {});
    }
  }
  std::unique_ptr<RestConsumer> Make(OffsetReset reset = OffsetReset::kEarliest,
                                     bool auto_commit = true) {
    return std::make_unique<RestConsumer>(log_, clock_,
                                          RestConsumerSettings{GroupName("g"), reset, auto_commit});
  }
  // A read as the gateway does it, with the clock moved on instead of waiting.
  Result<std::string> Read(
      RestConsumer& consumer, RestReadLimits limits = {},
      RestRead::Charge charge = [](int64_t) { return true; }) {
    RestRead read(RestV2Body::kJson, limits, std::move(charge));
    while (true) {
      ASSIGN_OR_RETURN(const auto again, read.Step(consumer, clock_));
      if (!again) return read.Take();
      clock_.Advance(std::max(*again, Millis(1)));
    }
  }
  static int Count(const Result<std::string>& answer) {
    if (!answer) return -1;
    int count = 0;
    for (size_t at = 0; (at = answer->find("\"offset\"", at)) != std::string::npos; ++at) ++count;
    return count;
  }
  std::optional<Offset> CommittedOf(const TopicPartition& tp) {
    const auto committed = log_.CommittedOffsets(GroupName("g"));
    const auto found = committed->find(tp);
    if (found == committed->end()) return std::nullopt;
    return found->second.offset;
  }

  ManualClock clock_;
  FakeLog log_{clock_};
};

TEST_F(RestConsumerTest, TheFirstReadJoinsAndTheSecondBringsTheRecords) {
  Produce(0, 0, 3);
  auto consumer = Make();
  ASSERT_TRUE(consumer->Subscribe({TopicName("t")}));
  EXPECT_TRUE(consumer->Assignments().empty());
  EXPECT_EQ(Count(Read(*consumer)), 0);
  EXPECT_EQ(consumer->Assignments(), (std::vector{kT0, kT1}));
  EXPECT_EQ(Count(Read(*consumer)), 3);
  EXPECT_EQ(Count(Read(*consumer)), 0);
}

TEST_F(RestConsumerTest, WhatWasHandedOutIsCommittedAtTheEndAndNothingElse) {
  Produce(0, 0, 100);
  auto consumer = Make();
  ASSERT_TRUE(consumer->Subscribe({TopicName("t")}));
  ASSERT_EQ(Count(Read(*consumer)), 0);
  RestReadLimits limits;
  limits.bytes_max = 6;  // five records of one digit
  ASSERT_EQ(Count(Read(*consumer, limits)), 5);
  consumer->Close();
  EXPECT_EQ(CommittedOf(kT0), Offset(5));
  auto next = Make();
  ASSERT_TRUE(next->Subscribe({TopicName("t")}));
  ASSERT_EQ(Count(Read(*next)), 0);
  EXPECT_EQ(Count(Read(*next)), 95);
}

TEST_F(RestConsumerTest, WithoutAutoCommitNothingIsCommittedByItself) {
  Produce(0, 0, 5);
  auto consumer = Make(OffsetReset::kEarliest, false);
  ASSERT_TRUE(consumer->Subscribe({TopicName("t")}));
  ASSERT_EQ(Count(Read(*consumer)), 0);
  ASSERT_EQ(Count(Read(*consumer)), 5);
  clock_.Advance(2 * RestConsumer::kAutoCommitEvery);
  consumer->Service();
  EXPECT_EQ(CommittedOf(kT0), std::nullopt);
  ASSERT_TRUE(consumer->CommitAll());
  EXPECT_EQ(CommittedOf(kT0), Offset(5));
  EXPECT_EQ(CommittedOf(kT1), Offset(0));
  consumer->Close();
}

TEST_F(RestConsumerTest, AutoCommitComesByTimeToAnIdleInstance) {
  Produce(0, 0, 5);
  auto consumer = Make();
  ASSERT_TRUE(consumer->Subscribe({TopicName("t")}));
  ASSERT_EQ(Count(Read(*consumer)), 0);
  ASSERT_EQ(Count(Read(*consumer)), 5);
  clock_.Advance(RestConsumer::kAutoCommitEvery);
  consumer->Service();
  EXPECT_EQ(CommittedOf(kT0), Offset(5));
  EXPECT_EQ(Count(Read(*consumer)), 0);  // reading goes on after the pause
  Produce(1, 0, 2);
  EXPECT_EQ(Count(Read(*consumer)), 2);
}

TEST_F(RestConsumerTest, TwoMembersShareThePartitionsAndNoRecordComesTwice) {
  Produce(0, 0, 40);
  Produce(1, 0, 40);
  auto a = Make(), b = Make();
  for (auto* consumer : {a.get(), b.get()}) {
    ASSERT_TRUE(consumer->Subscribe({TopicName("t")}));
  }
  ASSERT_EQ(Count(Read(*a)), 0);
  int read_by_a = 0, read_by_b = 0;
  RestReadLimits limits;
  limits.wait = Millis(20);
  limits.join_wait = Millis(20);
  for (int i = 0; i < 10; ++i) {
    limits.bytes_max = 12;
    read_by_a += Count(Read(*a, limits));
    limits.bytes_max = 1000;
    read_by_b += Count(Read(*b, limits));
  }
  limits.bytes_max = 1 << 20;
  read_by_a += Count(Read(*a, limits));
  EXPECT_GT(read_by_a, 0);
  EXPECT_GT(read_by_b, 0);
  EXPECT_EQ(read_by_a + read_by_b, 80);
  EXPECT_EQ(a->Assignments().size() + b->Assignments().size(), 2u);
}

TEST_F(RestConsumerTest, AnIdleMemberGivesBackWhatTheGroupWants) {
  Produce(0, 0, 4);
  Produce(1, 0, 4);
  auto a = Make(), b = Make();
  ASSERT_TRUE(a->Subscribe({TopicName("t")}));
  ASSERT_TRUE(b->Subscribe({TopicName("t")}));
  ASSERT_EQ(Count(Read(*a)), 0);
  ASSERT_EQ(Count(Read(*a)), 8);
  RestRead join(RestV2Body::kJson, {}, [](int64_t) { return true; });
  for (int i = 0; i < 1000; ++i) {
    const auto again = join.Step(*b, clock_);
    ASSERT_TRUE(again);
    if (!*again) break;
    clock_.Advance(std::max(**again, Millis(1)));
    a->Service();  // as the registry does; nobody reads from it
  }
  EXPECT_EQ(b->Assignments().size(), 1u);
  EXPECT_EQ(Count(Read(*b)), 0) << "what a read was committed before it was given back";
}

TEST_F(RestConsumerTest, AssignedByHandItReadsFromCommittedOffsetsAndCommitsAsTheGroup) {
  Produce(0, 0, 10);
  auto first = Make();
  ASSERT_TRUE(first->Assign({kT0}));
  ASSERT_EQ(Count(Read(*first)), 10);
  ASSERT_TRUE(first->Commit({{kT0, {Offset(4), "m"}}}));
  first->Close();
  EXPECT_EQ(CommittedOf(kT0), Offset(4)) << "the explicit commit is the last word";
  auto second = Make();
  ASSERT_TRUE(second->Assign({kT0}));
  EXPECT_EQ(Count(Read(*second)), 6);
}

TEST_F(RestConsumerTest, SubscribingAndAssigningExcludeEachOther) {
  auto consumer = Make();
  ASSERT_TRUE(consumer->Subscribe({TopicName("t")}));
  EXPECT_EQ(consumer->Assign({kT0}).error().kind(), ErrorKind::kConflict);
  consumer->Unsubscribe();
  ASSERT_TRUE(consumer->Assign({kT0}));
  EXPECT_EQ(consumer->Subscribe({TopicName("t")}).error().kind(), ErrorKind::kConflict);
  ASSERT_TRUE(consumer->Assign({}));
  EXPECT_TRUE(consumer->Subscribe({TopicName("t")}));
}

TEST_F(RestConsumerTest, SeekingNeedsAnAssignedPartition) {
  Produce(0, 0, 10);
  auto consumer = Make();
  EXPECT_EQ(consumer->Seek(kT0, Offset(1)).error().kind(), ErrorKind::kConflict);
  ASSERT_TRUE(consumer->Assign({kT0}));
  EXPECT_EQ(consumer->SeekToEnd(kT1).error().kind(), ErrorKind::kConflict);
  ASSERT_TRUE(consumer->SeekToEnd(kT0));
  EXPECT_EQ(Count(Read(*consumer)), 0);
  ASSERT_TRUE(consumer->SeekToBeginning(kT0));
  EXPECT_EQ(Count(Read(*consumer)), 10);
  ASSERT_TRUE(consumer->Seek(kT0, Offset(7)));
  EXPECT_EQ(Count(Read(*consumer)), 3);
  ASSERT_TRUE(consumer->SeekToTime(kT0, clock_.WallMs() + 1'000'000));
  EXPECT_EQ(Count(Read(*consumer)), 0);
}

TEST_F(RestConsumerTest, ABeginningThatRetentionTookIsGoneOnFrom) {
  Produce(0, 0, 10);
  auto consumer = Make();
  ASSERT_TRUE(consumer->Assign({kT0}));
  ASSERT_TRUE(consumer->Seek(kT0, Offset(2)));
  log_.DropBefore(kT0, Offset(6));
  EXPECT_EQ(Count(Read(*consumer)), 4);
}

TEST_F(RestConsumerTest, WithoutResetPolicyAReadWithoutOffsetFails) {
  auto assigned = Make(OffsetReset::kNone);
  ASSERT_TRUE(assigned->Assign({kT0}));
  const auto refused = Read(*assigned);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::kInternal);
  auto subscribed = Make(OffsetReset::kNone);
  ASSERT_TRUE(subscribed->Subscribe({TopicName("t")}));
  EXPECT_EQ(Read(*subscribed).error().kind(), ErrorKind::kInternal);
}

TEST_F(RestConsumerTest, AReadWithoutSubscriptionIsRefused) {
  auto consumer = Make();
  EXPECT_EQ(Read(*consumer).error().kind(), ErrorKind::kInvalidArgument);
}

TEST_F(RestConsumerTest, AReadEndsOnceItHasMoreThanTheMinimumAndWhatIsPolled) {
  Produce(0, 0, 100);
  auto consumer = Make();
  ASSERT_TRUE(consumer->Assign({kT0}));
  RestReadLimits limits;
  limits.bytes_min = 1;
  const auto began = clock_.Steady();
  EXPECT_EQ(Count(Read(*consumer, limits)), 30);
  limits.bytes_min = 60;  // thirty of two digits are not more
  EXPECT_EQ(Count(Read(*consumer, limits)), 60);
  EXPECT_LT(clock_.Steady() - began, Micros(limits.wait));
}

TEST_F(RestConsumerTest, AReadThatFindsNoMemoryEndsWithWhatItHas) {
  Produce(0, 0, 1000);
  auto consumer = Make();
  ASSERT_TRUE(consumer->Assign({kT0}));
  int portions = 1;
  const auto charge = [&](int64_t) { return portions-- > 0; };
  const int first = Count(Read(*consumer, {}, charge));
  EXPECT_GT(first, 0);
  EXPECT_LT(first, 1000);
  const auto none = Read(*consumer, {}, [](int64_t) { return false; });
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind(), ErrorKind::kThrottled);
  EXPECT_EQ(Count(Read(*consumer)), 1000 - first) << "nothing was lost";
}

TEST_F(RestConsumerTest, ARecordThatIsNotJsonFailsTheReadThatBeginsWithIt) {
  Produce(0, 0, 1);
  auto text = std::make_shared<std::string>("not json");
  log_.Append(
      TopicName("t"),
      RecordBatch{.records = {{.value = *text, .partition = PartitionId(0)}}, .owner = text},
      [](auto) {});
  Produce(0, 2, 3);
  auto consumer = Make();
  ASSERT_TRUE(consumer->Assign({kT0}));
  EXPECT_EQ(Count(Read(*consumer)), 1);
  EXPECT_EQ(Read(*consumer).error().kind(), ErrorKind::kCorruption);
  EXPECT_EQ(Read(*consumer).error().kind(), ErrorKind::kCorruption);
}

TEST_F(RestConsumerTest, APatternMeansTheTopicsThatMatchWhole) {
  ASSERT_TRUE(log_.CreateTopic({.topic = TopicName("tt"), .partitions = 1}).has_value());
  ASSERT_TRUE(log_.CreateTopic({.topic = TopicName("xt"), .partitions = 1}).has_value());
  auto consumer = Make();
  ASSERT_TRUE(consumer->SubscribePattern(*TopicPattern::Compile("t.*")));
  EXPECT_TRUE(consumer->Subscription().empty());
  ASSERT_EQ(Count(Read(*consumer)), 0);
  EXPECT_EQ(consumer->Subscription(), (std::vector{TopicName("t"), TopicName("tt")}));
  EXPECT_EQ(consumer->Assignments().size(), 3u);
}

}  // namespace
}  // namespace pinlake
