#include "log/fake/fake_log.h"

#include <gtest/gtest.h>

namespace pinlake {
namespace {

const TopicName kOrders{"orders"};
const TopicPartition kTp{kOrders, PartitionId(0)};

class FakeLogTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(log_.CreateTopic({.topic = kOrders})); }

  std::optional<std::vector<Result<Appended>>>& Append(std::string_view value) {
    answer_.reset();
    log_.Append(kOrders, {.records = {{.value = value}}, .owner = {}},
                [this](auto results) { answer_ = std::move(results); });
    return answer_;
  }
  std::unique_ptr<GroupConsumer> Join() {
    auto consumer = *log_.Join({.group = GroupName("g"), .topics = {kOrders}});
    epoch_ = std::get<AssignedEvent>(*consumer->Poll(Millis(0))).epoch;
    return consumer;
  }

  ManualClock clock_;
  FakeLog log_{clock_};
  std::optional<std::vector<Result<Appended>>> answer_;
  Epoch epoch_;
};

TEST_F(FakeLogTest, AnAppendToldToFailLeavesNothingUnlessApplied) {
  log_.FailAppends(ErrorKind::kUnavailable);
  EXPECT_EQ(Append("a")->at(0).error().kind(), ErrorKind::kUnavailable);
  EXPECT_EQ(log_.Offsets(kTp)->end, Offset(0));
  log_.FailAppends(ErrorKind::kUnknownOutcome, 1, true);
  EXPECT_EQ(Append("b")->at(0).error().kind(), ErrorKind::kUnknownOutcome);
  EXPECT_EQ(log_.Offsets(kTp)->end, Offset(1));
}

TEST_F(FakeLogTest, HeldAnswersComeWhenReleased) {
  log_.HoldAppends();
  EXPECT_FALSE(Append("a"));
  log_.ReleaseAppends();
  EXPECT_EQ(answer_->at(0)->offset, Offset(0));
  EXPECT_TRUE(Append("b"));
}

TEST_F(FakeLogTest, ARefusedCommitMayHaveBeenApplied) {
  auto consumer = Join();
  log_.FailCommits(ErrorKind::kUnavailable);
  EXPECT_FALSE(consumer->Commit(kTp, {Offset(1), "x"}, epoch_));
  EXPECT_EQ(*consumer->Committed(kTp), std::nullopt);
  log_.FailCommits(ErrorKind::kUnknownOutcome, 1, true);
  EXPECT_FALSE(consumer->Commit(kTp, {Offset(1), "x"}, epoch_));
  EXPECT_EQ((*consumer->Committed(kTp))->metadata, "x");
}

TEST_F(FakeLogTest, APartitionTakenByForceFencesItsHolder) {
  auto consumer = Join();
  log_.ForceLose(GroupName("g"), kTp);
  EXPECT_EQ(consumer->Commit(kTp, {Offset(0), ""}, epoch_).error().kind(), ErrorKind::kFenced);
  EXPECT_TRUE(std::holds_alternative<LostEvent>(*consumer->Poll(Millis(0))));
  EXPECT_TRUE(std::holds_alternative<AssignedEvent>(*consumer->Poll(Millis(0))));
  log_.ForceRevoke(GroupName("g"), kTp);
  EXPECT_TRUE(std::holds_alternative<RevokedEvent>(*consumer->Poll(Millis(0))));
}

TEST_F(FakeLogTest, AConsumerDroppedWithoutCloseTimesOut) {
  Join().reset();
  auto heir = *log_.Join({.group = GroupName("g"), .topics = {kOrders}});
  EXPECT_TRUE(std::holds_alternative<NothingEvent>(*heir->Poll(Millis(0))));
  clock_.Advance(Millis(45000));
  EXPECT_TRUE(std::holds_alternative<AssignedEvent>(*heir->Poll(Millis(0))));
}

TEST_F(FakeLogTest, SkippedOffsetsHoldNoRecord) {
  Append("a");
  log_.SkipOffsets(kTp, 2);
  EXPECT_EQ(Append("b")->at(0)->offset, Offset(3));
  const auto set = *log_.Read(kTp, Offset(1), 100, Millis(0), {});
  ASSERT_EQ(set.records.size(), 1u);
  EXPECT_EQ(set.records[0].offset, Offset(3));
  EXPECT_EQ(set.next, Offset(4));
}

TEST_F(FakeLogTest, AWaitMovesTheClockInsteadOfBlocking) {
  const Micros before = clock_.Steady();
  EXPECT_TRUE(log_.Read(kTp, Offset(0), 100, Millis(70), {})->records.empty());
  EXPECT_EQ(clock_.Steady() - before, Micros(70'000));
}

}  // namespace
}  // namespace pinlake
