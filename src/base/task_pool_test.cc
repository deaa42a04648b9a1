#include "base/task_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace pinlake {
namespace {

TEST(TaskPoolTest, RunsWhatIsDueFirstAlthoughItWasPostedLater) {
  TaskPool pool(1);
  std::promise<void> all;
  std::vector<int> order;  // one thread only
  std::promise<void> begun, go;
  ASSERT_TRUE(pool.Post([&] {
    begun.set_value();
    go.get_future().wait();
  }));
  begun.get_future().wait();
  pool.Post(
      [&] {
        order.push_back(2);
        all.set_value();
      },
      Millis(50));
  pool.Post([&] { order.push_back(1); });
  go.set_value();
  all.get_future().wait();
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
  EXPECT_EQ(pool.threads(), 1u);
}

TEST(TaskPoolTest, AThreadThatBlocksDoesNotHoldUpOtherTasks) {
  TaskPool pool(2);
  std::promise<void> release;
  pool.Post([&] { release.get_future().wait(); });
  std::promise<void> other;
  pool.Post([&] { other.set_value(); });
  other.get_future().wait();
  release.set_value();
}

TEST(TaskPoolTest, StopWaitsForWhatHasBegunAndDropsTheRest) {
  TaskPool pool(1);
  std::atomic<bool> ended = false, dropped_ran = false;
  std::promise<void> begun;
  pool.Post([&] {
    begun.set_value();
    ended = true;
  });
  pool.Post([&] { dropped_ran = true; }, Millis(3'600'000));
  begun.get_future().wait();
  pool.Stop();
  EXPECT_TRUE(ended);
  EXPECT_FALSE(dropped_ran);
  EXPECT_FALSE(pool.Post([] {}));
}

TEST(TaskPoolTest, EveryTaskRunsOnceFromManyThreads) {
  TaskPool pool(4);
  std::atomic<int> ran = 0;
  constexpr int kPosters = 4, kEach = 500;
  {
    std::vector<std::jthread> posters;
    for (int i = 0; i < kPosters; ++i) {
      posters.emplace_back([&] {
        for (int k = 0; k < kEach; ++k) pool.Post([&] { ++ran; }, Millis(k % 3));
      });
    }
  }
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (ran < kPosters * kEach && std::chrono::steady_clock::now() < patience) {
    std::this_thread::yield();
  }
  EXPECT_EQ(ran, kPosters * kEach);
  EXPECT_LE(pool.threads(), 4u);
}

}  // namespace
}  // namespace pinlake
