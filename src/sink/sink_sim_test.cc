#include "sink/sink_sim.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "observe/log.h"

namespace pinlake {
namespace {

/// A line for each simulated object would bury what matters.
const bool kQuiet = [] {
  if (std::getenv("PINLAKE_SIM_SEED") == nullptr) {
    ConfigureLog(static_cast<LogLevel>(static_cast<int>(LogLevel::kError) + 1), LogFormat::kText);
  }
  return true;
}();

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string Replay(uint64_t seed) {
  return "; replay with PINLAKE_SIM_SEED=" + std::to_string(seed);
}

TEST(SinkSimTest, NothingIsLostDoubledOverwrittenOrCommittedTooFar) {
  ASSERT_TRUE(kQuiet);
  if (std::getenv("PINLAKE_SIM_SEED") != nullptr) {
    const uint64_t seed = FromEnvironment("PINLAKE_SIM_SEED", 0);
    EXPECT_EQ(RunSinkSim({.seed = seed}), "") << Replay(seed);
    return;
  }
  const uint64_t first = FromEnvironment("PINLAKE_SIM_FIRST_SEED", 0);
  const uint64_t seeds = FromEnvironment("PINLAKE_SIM_SEEDS", 1000);
  SimCoverage reached;
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    ASSERT_EQ(RunSinkSim({.seed = seed}, &reached), "") << Replay(seed);
  }
  std::printf(
      "objects by flush.size %lu, schedule %lu, memory %lu; adopted %lu; retries of stores "
      "%lu, of commits %lu; skipped %lu\n",
      reached.by_flush, reached.by_schedule, reached.by_memory, reached.adopted,
      reached.store_retries, reached.commit_retries, reached.skipped);
  if (seeds < 100) return;
  EXPECT_GT(reached.by_flush, seeds);
  EXPECT_GT(reached.by_schedule, seeds / 10);
  EXPECT_GT(reached.by_memory, seeds / 10);
  EXPECT_GT(reached.by_interval, seeds / 10);
  EXPECT_GT(reached.by_change, seeds / 10);
  EXPECT_GT(reached.by_open_objects, seeds / 10);
  EXPECT_GT(reached.adopted, seeds / 10);
  EXPECT_GT(reached.store_retries, seeds / 10);
  EXPECT_GT(reached.commit_retries, seeds / 10);
  EXPECT_GT(reached.skipped, seeds / 10);
}

TEST(SinkSimTest, SeedsThatOnceFailedPass) {
  std::ifstream rows(PINLAKE_SOURCE_DIR "/tests/sim/seeds.txt");
  ASSERT_TRUE(rows) << "tests/sim/seeds.txt is missing";
  std::string line;
  while (std::getline(rows, line)) {
    std::istringstream words(line);
    std::string simulation;
    uint64_t seed = 0;
    if (!(words >> simulation >> seed) || simulation != "sink") continue;
    EXPECT_EQ(RunSinkSim({.seed = seed}), "") << Replay(seed);
  }
}

TEST(SinkSimTest, ATopicMadeAgainIsNeitherLostNorMixedWithTheOldOne) {
  SimCoverage reached;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    ASSERT_EQ(RunSinkSim({.seed = seed, .recreate_topic = true}, &reached), "") << Replay(seed);
  }
  EXPECT_GT(reached.failed_tasks, 10u);  // loudly
}

/// Each mistake makes one rule of the protocol void; a simulation that lets it pass proves nothing.
void ExpectCaught(PlantedBug bug, bool recreate_topic = false) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    if (!RunSinkSim({.seed = seed, .bug = bug, .recreate_topic = recreate_topic}).empty()) return;
  }
  FAIL() << "no seed of 300 saw the planted mistake";
}

TEST(SinkSimTest, SeesACommitBeforeTheStore) { ExpectCaught(PlantedBug::kCommitBeforeStore); }
TEST(SinkSimTest, SeesACutThatIsNotRecorded) { ExpectCaught(PlantedBug::kNoCutRecord); }
TEST(SinkSimTest, SeesAStoreAfterTheEpochIsOver) { ExpectCaught(PlantedBug::kEpochIgnored); }
TEST(SinkSimTest, SeesRecordedEndsThatAreNotRepeated) {
  ExpectCaught(PlantedBug::kForgetRecordedEnds);
}
TEST(SinkSimTest, SeesPathsOfTheClockThatAreNotRepeated) {
  ExpectCaught(PlantedBug::kForgetReadings);
}
TEST(SinkSimTest, SeesAnObjectAdoptedWithoutComparingItsDigest) {
  ExpectCaught(PlantedBug::kNoDigestCompare, true);
}

}  // namespace
}  // namespace pinlake
