#include "log/group_coordinator.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace pinlake {
namespace {

const TopicName kOrders{"orders"};

GroupOptions Options(std::string instance = "") {
  return {.group = GroupName("g"),
          .client_id = "c",
          .instance_id = std::move(instance),
          .topics = {kOrders},
          .session_timeout = Millis(1000)};
}

TopicPartition P(int32_t p) { return {kOrders, PartitionId(p)}; }

GroupCoordinator WithPartitions(int32_t count) {
  GroupCoordinator group(GroupName("g"));
  group.SetTopics({{kOrders, count}});
  return group;
}

TEST(GroupCoordinatorTest, APartitionMovesOnlyAfterItsHolderConfirmed) {
  auto group = WithPartitions(2);
  const auto a = *group.Join(Options(), Micros(0));
  const auto first = std::get<AssignedEvent>(*group.Poll(a, Micros(1)));
  EXPECT_EQ(first.partitions, (std::vector{P(0), P(1)}));

  const auto b = *group.Join(Options(), Micros(2));
  EXPECT_TRUE(std::holds_alternative<NothingEvent>(*group.Poll(b, Micros(3))));
  const auto revoked = std::get<RevokedEvent>(*group.Poll(a, Micros(4)));
  EXPECT_EQ(revoked.partitions, (std::vector{P(1)}));
  EXPECT_TRUE(std::holds_alternative<NothingEvent>(*group.Poll(b, Micros(5))));
  EXPECT_TRUE(group.CheckHolder(a, P(1), first.epoch)) << "until confirmed it may finish its work";

  group.ConfirmRevoked(a, revoked.partitions);
  EXPECT_EQ(std::get<AssignedEvent>(*group.Poll(b, Micros(6))).partitions, (std::vector{P(1)}));
  EXPECT_EQ(group.CheckHolder(a, P(1), first.epoch).error().kind(), ErrorKind::kFenced);
  EXPECT_TRUE(group.CheckHolder(a, P(0), first.epoch));
}

TEST(GroupCoordinatorTest, AnEarlierHoldingOfTheSamePartitionIsFenced) {
  auto group = WithPartitions(1);
  const auto a = *group.Join(Options(), Micros(0));
  const auto before = std::get<AssignedEvent>(*group.Poll(a, Micros(1)));
  group.ForceRevoke(P(0));
  group.ConfirmRevoked(a, std::get<RevokedEvent>(*group.Poll(a, Micros(2))).partitions);
  const auto after = std::get<AssignedEvent>(*group.Poll(a, Micros(3)));
  EXPECT_GT(after.epoch, before.epoch);
  EXPECT_EQ(group.CheckHolder(a, P(0), before.epoch).error().kind(), ErrorKind::kFenced);
  EXPECT_TRUE(group.CheckHolder(a, P(0), after.epoch));
}

TEST(GroupCoordinatorTest, AMemberThatIsNotSeenLosesAllAndMayComeBack) {
  auto group = WithPartitions(1);
  const auto a = *group.Join(Options(), Micros(0));
  const auto b = *group.Join(Options(), Micros(0));
  ASSERT_TRUE(std::holds_alternative<AssignedEvent>(*group.Poll(a, Micros(0))));
  const Micros later(1'000'000);
  EXPECT_EQ(std::get<AssignedEvent>(*group.Poll(b, later)).partitions, (std::vector{P(0)}));
  EXPECT_EQ(std::get<LostEvent>(*group.Poll(a, later)).partitions, (std::vector{P(0)}));
  EXPECT_TRUE(std::holds_alternative<NothingEvent>(*group.Poll(a, later)));
}

TEST(GroupCoordinatorTest, AStaticMemberTakesItsPlaceBackAndFencesTheOldOne) {
  auto group = WithPartitions(4);
  const auto a = *group.Join(Options("one"), Micros(0));
  const auto b = *group.Join(Options("two"), Micros(0));
  for (const auto& id : {a, b, a}) (void)group.Poll(id, Micros(1));
  group.ConfirmRevoked(a, {P(2), P(3)});
  (void)group.Poll(b, Micros(2));
  const auto held = group.Held(a);
  ASSERT_EQ(held.size(), 2u);

  const auto again = *group.Join(Options("one"), Micros(3));
  EXPECT_TRUE(std::holds_alternative<NothingEvent>(*group.Poll(b, Micros(4))));
  EXPECT_EQ(std::get<AssignedEvent>(*group.Poll(again, Micros(5))).partitions, held);
  EXPECT_TRUE(std::holds_alternative<LostEvent>(*group.Poll(a, Micros(6))));
  EXPECT_EQ(group.Poll(a, Micros(7)).error().kind(), ErrorKind::kFenced);
}

TEST(GroupCoordinatorTest, AStaticMemberThatLeftKeepsItsPlaceUntilItsSessionTimesOut) {
  auto group = WithPartitions(2);
  const auto a = *group.Join(Options("one"), Micros(0));
  const auto b = *group.Join(Options("two"), Micros(0));
  (void)group.Poll(a, Micros(0));
  group.Leave(a, Micros(0));
  EXPECT_EQ(std::get<AssignedEvent>(*group.Poll(b, Micros(1))).partitions.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<NothingEvent>(*group.Poll(b, Micros(2))));
  EXPECT_EQ(std::get<AssignedEvent>(*group.Poll(b, Micros(1'000'001))).partitions.size(), 1u);
}

TEST(GroupCoordinatorTest, PartitionsOfADeletedTopicAreLost) {
  auto group = WithPartitions(2);
  const auto a = *group.Join(Options(), Micros(0));
  (void)group.Poll(a, Micros(0));
  group.SetTopics({});
  EXPECT_EQ(std::get<LostEvent>(*group.Poll(a, Micros(1))).partitions.size(), 2u);
}

// Members come, go, die, dawdle; whatever happens, nothing is held twice, and in peace all is held
// and evenly.
TEST(GroupCoordinatorTest, NoPartitionIsEverHeldTwiceAndPeaceIsEven) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed);
    auto group = WithPartitions(static_cast<int32_t>(rng.Between(1, 9)));
    int32_t count = 9;
    group.SetTopics({{kOrders, count}});
    std::vector<MemberId> members;
    std::map<MemberId, std::vector<TopicPartition>> revoked;
    Micros now(0);
    const auto poll = [&](const MemberId& id) {
      const auto news = *group.Poll(id, now);
      if (const auto* event = std::get_if<RevokedEvent>(&news)) {
        auto& list = revoked[id];
        list.insert(list.end(), event->partitions.begin(), event->partitions.end());
      }
      return !std::holds_alternative<NothingEvent>(news);
    };
    for (int step = 0; step < 100; ++step) {
      now += Micros(rng.Below(200'000));
      switch (rng.Below(6)) {
        case 0:
          if (members.size() < 5) members.push_back(*group.Join(Options(), now));
          break;
        case 1:
          if (!members.empty() && rng.OneIn(3)) {
            group.Leave(members.back(), now);
            members.pop_back();
          }
          break;
        case 2:
          if (rng.OneIn(5)) group.SetTopics({{kOrders, ++count}});
          break;
        case 3:
          for (auto& [id, list] : revoked) group.ConfirmRevoked(id, std::exchange(list, {}));
          break;
        default:
          if (!members.empty()) poll(members[rng.Below(members.size())]);
      }
      std::set<TopicPartition> held;
      for (const auto& id : members) {
        for (const auto& tp : group.Held(id)) EXPECT_TRUE(held.insert(tp).second) << ToString(tp);
      }
    }
    if (members.empty()) continue;
    // Two quiet rounds: a member's first poll brings nothing yet, but makes others hand over.
    for (int quiet = 0; quiet < 2;) {
      bool busy = false;
      for (const auto& id : members) {
        busy |= poll(id) || !revoked[id].empty();
        group.ConfirmRevoked(id, std::exchange(revoked[id], {}));
      }
      quiet = busy ? 0 : quiet + 1;
    }
    size_t least = SIZE_MAX, most = 0, all = 0;
    for (const auto& id : members) {
      const size_t n = group.Held(id).size();
      least = std::min(least, n);
      most = std::max(most, n);
      all += n;
    }
    EXPECT_EQ(all, static_cast<size_t>(count));
    EXPECT_LE(most - least, 1u) << [&] {
      std::string text;
      for (const auto& member : group.Describe().members) {
        text += fmt::format(" {}:{}", member.member_id, member.assigned.size());
      }
      return text;
    }();
  }
}

}  // namespace
}  // namespace pinlake
