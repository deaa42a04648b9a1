#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "base/bounded_queue.h"
#include "base/byte_budget.h"
#include "base/clock.h"
#include "base/disk.h"
#include "base/result.h"
#include "base/rng.h"
#include "base/strong.h"

namespace pinlake {
namespace {

using Offset = Strong<int64_t, struct TestTag>;

Result<int> Half(int n) {
  if (n % 2 != 0) return Fail(ErrorKind::kInvalidArgument, "{} is odd", n);
  return n / 2;
}

Result<int> Quarter(int n) {
  ASSIGN_OR_RETURN(const int half, Half(n));
  return Half(half).map_error(
      [&](Error error) { return std::move(error).In(fmt::format("halve {}", n)); });
}

TEST(ResultTest, ErrorsCarryWhatWasTriedOutermostFirst) {
  EXPECT_EQ(Quarter(8), 2);
  EXPECT_EQ(Quarter(6).error().message(), "halve 6: 3 is odd");
  EXPECT_EQ(Quarter(3).error().kind(), ErrorKind::kInvalidArgument);
}

TEST(StrongTest, OffsetsMoveByNumbersAndCompare) {
  EXPECT_EQ(Offset{40} + 2, Offset{42});
  EXPECT_EQ(Offset{42} - Offset{40}, 2);
  EXPECT_LT(Offset{1}, Offset{2});
}

TEST(RngTest, TheSameSeedGivesTheSameNumbers) {
  Rng a(7), b(7), c(8);
  EXPECT_EQ(a.Next(), b.Next());
  EXPECT_NE(a.Next(), c.Next());
  for (int i = 0; i < 1000; ++i) {
    EXPECT_LT(a.Below(3), 3u);
    const auto x = a.Between(-2, 2);
    EXPECT_TRUE(x >= -2 && x <= 2);
  }
  EXPECT_EQ(a.Uuid().size(), 36u);
}

TEST(BoundedQueueTest, AFullQueueRefusesAndAClosedOneDrains) {
  BoundedQueue<int> queue(2);
  EXPECT_TRUE(queue.TryPush(1));
  EXPECT_TRUE(queue.TryPush(2));
  EXPECT_FALSE(queue.TryPush(3));
  queue.Close();
  EXPECT_EQ(queue.Pop(), 1);
  EXPECT_EQ(queue.Pop(), 2);
  EXPECT_EQ(queue.Pop(), std::nullopt);
}

TEST(BoundedQueueTest, AStopEndsTheWait) {
  BoundedQueue<int> queue(1);
  std::stop_source stop;
  std::jthread waiter([&] { EXPECT_EQ(queue.Pop(stop.get_token()), std::nullopt); });
  stop.request_stop();
}

TEST(ByteBudgetTest, BytesComeBackWithTheLease) {
  ByteBudget budget(100);
  {
    auto lease = budget.TryTake(80);
    EXPECT_EQ(lease.bytes(), 80);
    EXPECT_EQ(budget.TryTake(21).bytes(), 0);
    auto minimum = budget.Take(40);
    EXPECT_TRUE(budget.over());
  }
  EXPECT_EQ(budget.used(), 0);
}

class DiskTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(root_); }
  void TearDown() override { std::filesystem::remove_all(root_); }
  Path At(std::string_view name) const { return Join(root_, name); }
  Path root_ = testing::TempDir() + "/pinlake_disk_" + Rng::FromSystem().Uuid();
};

TEST_F(DiskTest, ReplaceAtomicallyLeavesOneFile) {
  auto& disk = RealDisk();
  ASSERT_TRUE(disk.ReplaceAtomically(At("a"), "one"));
  ASSERT_TRUE(disk.ReplaceAtomically(At("a"), "two"));
  EXPECT_EQ(disk.ReadAll(At("a")), "two");
  EXPECT_EQ(disk.List(root_)->size(), 1u);
}

TEST_F(DiskTest, LinkNeverReplaces) {
  auto& disk = RealDisk();
  ASSERT_TRUE(disk.ReplaceAtomically(At("a"), "one"));
  ASSERT_TRUE(disk.ReplaceAtomically(At("b"), "two"));
  EXPECT_EQ(disk.Link(At("a"), At("b")).error().kind(), ErrorKind::kAlreadyExists);
  EXPECT_EQ(disk.ReadAll(At("b")), "two");
}

TEST_F(DiskTest, PiecesAreWrittenInOrder) {
  auto& disk = RealDisk();
  auto file = disk.CreateNew(At("a"));
  ASSERT_TRUE(file);
  std::vector<std::string> texts;
  for (int i = 0; i < 2000; ++i) texts.push_back(std::to_string(i) + ",");
  const std::vector<std::string_view> pieces(texts.begin(), texts.end());
  std::string all;
  for (const auto& text : texts) all += text;
  ASSERT_TRUE((*file)->WriteAt(0, pieces));
  EXPECT_EQ(disk.ReadAll(At("a")), all);
}

TEST_F(DiskTest, ASecondLockNamesTheHolder) {
  auto& disk = RealDisk();
  const auto first = disk.Lock(At("lock"), "process 12");
  ASSERT_TRUE(first);
  const auto second = disk.Lock(At("lock"), "process 13");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind(), ErrorKind::kConflict);
  EXPECT_NE(second.error().message().find("process 12"), std::string::npos);
}

TEST_F(DiskTest, AMissingFileIsNotFound) {
  EXPECT_EQ(RealDisk().OpenRead(At("none")).error().kind(), ErrorKind::kNotFound);
  EXPECT_EQ(RealDisk().List(At("none")).error().kind(), ErrorKind::kNotFound);
}

}  // namespace
}  // namespace pinlake
