// Builders commit one plan after the other to one table while the store fails and others append.
// What is checked: no plan twice, none lost, no version missing, and what a commit said is so.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "delta/delta_log.h"
#include "delta/delta_test_commits.h"
#include "store/fake/fake_store.h"

namespace pinlake {
namespace {

constexpr std::string_view kApp = "pinlake/p/t";
constexpr int kPlans = 12;

class Simulation {
 public:
  explicit Simulation(uint64_t seed) : rng_(seed) {}

  void Run() {
    Create();
    store_.SetFaults([this](const StoreCall& call) { return OnCall(call); });
    for (int tries = 0; next_plan_ <= kPlans; ++tries) {
      ASSERT_LT(tries, 1000) << "no progress at plan " << next_plan_ << ": " << last_error_;
      Build();
    }
    store_.SetFaults({});
    store_.DeliverLate();
    CheckTable();
  }

 private:
  void Create() {
    DeltaLog log(store_, "t", clock_, rng_.Fork());
    const auto made = log.Commit({}, {CreateTableCommit()});
    ASSERT_TRUE(made) << made.error().message();
  }

  StoreFault OnCall(const StoreCall& call) {
    const bool puts = call.operation == StoreOperation::kPutIfAbsent;
    if (rng_.OneIn(8)) store_.DeliverLate(1);
    if (puts && !nested_ && rng_.OneIn(3)) Rival();
    // A read of the table is a call for each version: were every fourth to fail, hardly one would
    // be whole.
    if (!rng_.OneIn(puts ? 3 : 40)) return StoreFault::kNone;
    constexpr StoreFault kFaults[] = {StoreFault::kUnavailable,    StoreFault::kThrottled,
                                      StoreFault::kUnknownNotDone, StoreFault::kUnknownDone,
                                      StoreFault::kUnknownLate,    StoreFault::kConflict};
    return kFaults[rng_.Below(puts ? 6 : 2)];
  }

  /// Another builder with the same plan, or somebody who appends, right before our put.
  void Rival() {
    nested_ = true;
    DeltaLog log(store_, "t", clock_, rng_.Fork());
    const auto base = log.Read();
    if (base && rng_.OneIn(2)) {
      static_cast<void>(log.Commit(*base, Plan(next_plan_, "rival")));
    } else if (base) {
      const auto done = log.Commit(*base, {Appending(fmt::format("foreign-{}", foreign_tries_++))});
      if (done) ++foreign_sure_;
    }
    nested_ = false;
  }

  DeltaIntent Plan(int64_t number, std::string_view who) {
    DeltaIntent intent{Appending(fmt::format("plan-{}-by-{}", number, who)), true};
    intent.commit.txns = {{.app_id = std::string(kApp), .version = number}};
    return intent;
  }

  static int64_t DoneOf(const DeltaSnapshot& snapshot) {
    const auto txn = snapshot.txns.find(std::string(kApp));
    return txn == snapshot.txns.end() ? 0 : txn->second.version;
  }

  /// As `tables build` does: read, see which plan is done, do the next.
  void Build() {
    DeltaLog log(store_, "t", clock_, rng_.Fork());
    const auto base = log.Read();
    if (!base) {
      last_error_ = base.error().message();
      return;
    }
    next_plan_ = DoneOf(*base) + 1;
    if (next_plan_ > kPlans) return;
    const auto done = log.Commit(*base, Plan(next_plan_, "us"));
    if (!done) {
      last_error_ = done.error().message();
      return;
    }
    EXPECT_EQ(DoneOf(*done), next_plan_);
    EXPECT_EQ(store_.writes(ObjectKey(fmt::format("t/_delta_log/{:020}.json", done->version))), 1u);
  }

  void CheckTable() {
    DeltaLog log(store_, "t", clock_, rng_.Fork());
    const auto table = log.Read();
    ASSERT_TRUE(table) << table.error().message();
    EXPECT_EQ(DoneOf(*table), kPlans);
    int64_t plans = 0, foreign = 0;
    for (const auto& [path, add] : table->files) ++(path.starts_with("plan-") ? plans : foreign);
    EXPECT_EQ(plans, kPlans);
    EXPECT_GE(foreign, foreign_sure_);
    EXPECT_LE(foreign, foreign_tries_);
    // One file a version: nothing was committed twice.
    EXPECT_EQ(table->version, plans + foreign);
  }

  Rng rng_;
  ManualClock clock_;
  FakeStore store_{clock_};
  bool nested_ = false;
  std::string last_error_;
  int64_t next_plan_ = 1;
  int64_t foreign_tries_ = 0;
  int64_t foreign_sure_ = 0;
};

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

TEST(DeltaLogSimTest, EveryPlanIsCommittedOnce) {
  const uint64_t first = FromEnvironment("PINLAKE_SIM_FIRST_SEED", 1);
  const uint64_t seeds = FromEnvironment("PINLAKE_SIM_SEEDS", 300);
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Simulation(seed).Run();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace pinlake
