// kill -9 on the real disk, again and again: a child process appends and commits and says what was
// answered; wherever it is killed, that must be there. PINLAKE_CRASH_ROUNDS: how often,
// PINLAKE_SIM_FIRST_SEED: what is written and when it is killed (random unless said).
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <semaphore>

#include "base/rng.h"
#include "log/embedded/embedded_log.h"
#include "log/embedded/embedded_log_reader.h"

namespace pinlake {
namespace {

const TopicName kOrders{"orders"};
constexpr int kPartitions = 3;

TopicPartition P(int64_t p) { return {kOrders, PartitionId(static_cast<int32_t>(p))}; }

EmbeddedLogOptions Options(const Path& dir) {
  return {.dir = dir,
          .segment_bytes = 64 << 10,
          .default_partitions = kPartitions,
          .offsets_segment_bytes = 16 << 10};
}

void Say(int pipe, const std::string& line) {
  // Whole lines: shorter than PIPE_BUF. If nobody listens, the parent is gone, and so are we.
  if (::write(pipe, line.data(), line.size()) != static_cast<ssize_t>(line.size())) ::_exit(1);
}

// The child: three threads of appends and commits, until it is killed.
[[noreturn]] void Write(const Path& dir, int pipe, uint64_t seed) {
  auto opened = EmbeddedLog::Open(Options(dir), RealDisk(), SystemClock());
  if (!opened) {
    Say(pipe, "E " + opened.error().message() + "\n");
    ::_exit(1);
  }
  EmbeddedLog& log = **opened;
  const auto write = [&](int64_t p) {
    Rng rng(seed + static_cast<uint64_t>(p));
    auto member = *log.Join({.group = GroupName("g" + std::to_string(p)), .topics = {kOrders}});
    std::optional<Epoch> epoch;
    while (true) {
      const auto value =
          fmt::format("{}-{}-{}", seed, rng.Next(), std::string(rng.Below(3000), 'v'));
      std::binary_semaphore answered(0);
      Offset offset;
      log.Append(kOrders,
                 {.records = {{.value = value, .partition = PartitionId(static_cast<int32_t>(p))}},
                  .owner = {}},
                 [&](const auto& results) {
                   offset = results[0]->offset;
                   answered.release();
                 });
      answered.acquire();
      Say(pipe, fmt::format("A {} {} {:x}\n", p, offset.value(), std::hash<std::string>{}(value)));
      while (!epoch) {
        const auto event = member->Poll(Millis(0));
        if (const auto* assigned = std::get_if<AssignedEvent>(&*event)) epoch = assigned->epoch;
      }
      if (!member->Commit(P(p), {offset + 1, "m"}, *epoch)) ::_exit(1);
      Say(pipe, fmt::format("C {} {} 0\n", p, offset.value() + 1));
    }
  };
  std::vector<std::jthread> threads;
  for (int64_t p = 0; p < kPartitions; ++p) threads.emplace_back(write, p);
  threads.clear();
  ::_exit(0);
}

uint64_t Number(const char* variable, uint64_t fallback) {
  const char* text = std::getenv(variable);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

struct Known {
  std::map<int64_t, size_t> acknowledged;  // offset → hash of the value
  int64_t committed = 0;
  Offset shown;
};

class KillTest : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(dir_); }

  // One life: reads what the child says until it has said enough, then kills it.
  void Round(uint64_t seed) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      Write(dir_, ends[1], seed);
    }
    ::close(ends[1]);
    FILE* from_child = ::fdopen(ends[0], "r");
    auto lines = static_cast<int64_t>(Rng(seed).Below(300));
    char line[512];
    while (lines-- > 0 && Hear(from_child, line)) {
      if (lines % 50 == 0) Look();
    }
    ::kill(child, SIGKILL);
    while (Hear(from_child, line)) {
    }
    std::fclose(from_child);
    ::waitpid(child, nullptr, 0);
  }

  bool Hear(FILE* from_child, char (&line)[512]) {
    if (std::fgets(line, sizeof line, from_child) == nullptr) return false;
    char kind = 0;
    long long p = 0, offset = 0;
    unsigned long long hash = 0;
    if (std::sscanf(line, "%c %lld %lld %llx", &kind, &p, &offset, &hash) != 4) {
      ADD_FAILURE() << line;
      return false;
    }
    Known& known = known_[p];
    if (kind == 'A') known.acknowledged[offset] = hash;
    if (kind == 'C') known.committed = std::max<int64_t>(known.committed, offset);
    return true;
  }

  // Reads beside the writer.
  void Look() {
    const auto reader = EmbeddedLogReader::Open(dir_, RealDisk(), SystemClock());
    if (!reader) return;
    for (int64_t p = 0; p < kPartitions; ++p) {
      const auto range = (*reader)->Offsets(P(p));
      if (!range) continue;  // not made yet
      known_[p].shown = std::max(known_[p].shown, range->end);
      if (range->low == range->end) continue;
      const auto set = (*reader)->Read(P(p), range->end + -1, 1 << 20, Millis(0), {});
      ASSERT_TRUE(set) << set.error().message();
      EXPECT_FALSE(set->records.empty());
    }
  }

  void Check() {
    const auto opened = EmbeddedLog::Open(Options(dir_), RealDisk(), SystemClock());
    ASSERT_TRUE(opened) << opened.error().message();
    EmbeddedLog& log = **opened;
    for (auto& [p, known] : known_) {
      std::map<int64_t, size_t> found;
      const auto range = log.Offsets(P(p));
      ASSERT_TRUE(range) << range.error().message();
      EXPECT_GE(range->end, known.shown);
      for (Offset at(0); at < range->end;) {
        const auto set = log.Read(P(p), at, 1 << 20, Millis(0), {});
        ASSERT_TRUE(set) << set.error().message();
        for (const auto& record : set->records) {
          EXPECT_EQ(record.offset.value(), static_cast<int64_t>(found.size()));
          found[record.offset.value()] = std::hash<std::string>{}(std::string(*record.value));
        }
        at = set->next;
      }
      for (const auto& [offset, hash] : known.acknowledged) {
        ASSERT_TRUE(found.contains(offset)) << ToString(P(p)) << " offset " << offset;
        EXPECT_EQ(found[offset], hash);
      }
      known.acknowledged = found;
      const auto committed = *log.CommittedOffsets(GroupName("g" + std::to_string(p)));
      const auto it = committed.find(P(p));
      EXPECT_GE(it == committed.end() ? 0 : it->second.offset.value(), known.committed);
    }
  }

  const Path dir_ = testing::TempDir() + "/pinlake_kill_" + Rng::FromSystem().Uuid();
  std::map<int64_t, Known> known_;
};

TEST_F(KillTest, WhatWasAnsweredIsThereAfterEveryKill) {
  const uint64_t rounds = Number("PINLAKE_CRASH_ROUNDS", 5);
  const uint64_t seed = Number("PINLAKE_SIM_FIRST_SEED", Rng::FromSystem().Next());
  fmt::print("{} rounds, seed {}\n", rounds, seed);
  for (uint64_t round = 0; round < rounds && !HasFailure(); ++round) {
    SCOPED_TRACE(round);
    Round(seed + round * 10);
    Check();
  }
  size_t records = 0;
  for (const auto& [p, known] : known_) records += known.acknowledged.size();
  fmt::print("{} records found\n", records);
}

}  // namespace
}  // namespace pinlake
