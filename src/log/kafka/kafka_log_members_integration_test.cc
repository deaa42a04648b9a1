// Members of a group on a real broker: static ones, and many that come and go. Against the broker
// that PINLAKE_TEST_KAFKA names.
#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <set>

#include "base/rng.h"
#include "log/kafka/kafka_log.h"

namespace pinlake {
namespace {

constexpr Millis kPatience{120'000};

// A member, and what it told.
struct Member {
  std::unique_ptr<GroupConsumer> consumer;
  std::map<TopicPartition, Epoch> held = {};
  int revoked = 0;
  std::optional<Error> problem = {};
};

class KafkaLogMembersTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* broker = std::getenv("PINLAKE_TEST_KAFKA");
    if (broker == nullptr) GTEST_SKIP() << "no broker";
    auto log = KafkaLog::Open({.common = {{"bootstrap.servers", broker}},
                               .consumer = {{"heartbeat.interval.ms", "300"}}});
    ASSERT_TRUE(log) << log.error().message();
    log_ = *std::move(log);
    topic_ = TopicName("members-" + Rng::FromSystem().Uuid());
    ASSERT_TRUE(log_->CreateTopic({.topic = topic_, .partitions = kPartitions}));
  }

  Member Join(const std::string& instance) {
    auto joined = log_->Join({.group = GroupName("g-" + topic_.value()),
                              .instance_id = instance,
                              .topics = {topic_},
                              .session_timeout = Millis(60'000)});
    EXPECT_TRUE(joined) << joined.error().message();
    return {.consumer = *std::move(joined)};
  }

  // One poll. Records are committed one batch at once and counted only if that held.
  void Poll(Member& member, Millis wait = Millis(20)) {
    auto event = member.consumer->Poll(wait);
    if (!event) {
      member.problem = event.error();
      return;
    }
    if (const auto* assigned = std::get_if<AssignedEvent>(&*event)) {
      for (const auto& tp : assigned->partitions) member.held[tp] = assigned->epoch;
    } else if (const auto* revoked = std::get_if<RevokedEvent>(&*event)) {
      ++member.revoked;
      for (const auto& tp : revoked->partitions) member.held.erase(tp);
      member.consumer->ConfirmRevoked(revoked->partitions);
    } else if (const auto* lost = std::get_if<LostEvent>(&*event)) {
      ++member.revoked;
      for (const auto& tp : lost->partitions) member.held.erase(tp);
    } else if (auto* records = std::get_if<RecordsEvent>(&*event)) {
      if (records->set.records.empty()) return;
      if (!member.consumer->Commit(records->tp, {records->set.next, "m"}, records->epoch)) return;
      for (const auto& record : records->set.records)
        ++handled_[{records->tp.partition.value(), record.offset.value()}];
    } else if (std::holds_alternative<OffsetLostEvent>(*event)) {
      ADD_FAILURE() << "an offset was told lost";
    }
  }

  template <typename Done>
  bool PollUntil(std::vector<Member*> members, Done done) {
    const auto until = SystemClock().Steady() + kPatience;
    while (!done()) {
      if (SystemClock().Steady() > until) return false;
      for (auto* member : members) Poll(*member);
    }
    return true;
  }

  void Append(int count) {
    std::vector<NewRecord> records;
    for (int i = 0; i < count; ++i)
      records.push_back({.value = "v", .partition = PartitionId(i % kPartitions)});
    std::promise<void> answered;
    log_->Append(topic_, {.records = records, .owner = nullptr}, [&](auto results) {
      for (const auto& result : results) EXPECT_TRUE(result);
      answered.set_value();
    });
    answered.get_future().get();
  }

  static std::set<TopicPartition> Held(const Member& member) {
    std::set<TopicPartition> held;
    for (const auto& [tp, epoch] : member.held) held.insert(tp);
    return held;
  }

  static constexpr int32_t kPartitions = 4;
  TopicName topic_;
  std::unique_ptr<KafkaLog> log_;
  std::map<std::pair<int32_t, int64_t>, int> handled_;
};

TEST_F(KafkaLogMembersTest, AStaticMemberIsBackWithItsPartitionsAndNobodyIsDisturbed) {
  Member one = Join("one");
  Member two = Join("two");
  ASSERT_TRUE(
      PollUntil({&one, &two}, [&] { return one.held.size() == 2 && two.held.size() == 2; }));
  const auto group = log_->DescribeGroup(GroupName("g-" + topic_.value()));
  ASSERT_TRUE(group) << group.error().message();
  std::set<std::string> instances;
  for (const auto& member : group->members) instances.insert(member.instance_id);
  EXPECT_EQ(instances, (std::set<std::string>{"one", "two"}));

  const auto mine = Held(one);
  two.revoked = 0;
  for (const bool close : {true, false}) {  // an orderly end, and that of kill -9
    if (close) one.consumer->Close();
    one.consumer.reset();
    one = Join("one");
    ASSERT_TRUE(PollUntil({&one, &two}, [&] { return !one.held.empty(); }));
    EXPECT_EQ(Held(one), mine);
  }
  EXPECT_EQ(two.revoked, 0);
  // It may commit what it holds again.
  for (const auto& [tp, epoch] : one.held) {
    const auto committed = one.consumer->Commit(tp, {Offset(0), ""}, epoch);
    EXPECT_TRUE(committed) << committed.error().message();
  }
}

TEST_F(KafkaLogMembersTest, AnInstanceIdTakenByAnotherFencesTheFirst) {
  Member first = Join("same");
  ASSERT_TRUE(PollUntil({&first}, [&] { return first.held.size() == kPartitions; }));
  const auto held = first.held;
  Member second = Join("same");
  ASSERT_TRUE(PollUntil({&second}, [&] { return second.held.size() == kPartitions; }));
  for (const auto& [tp, epoch] : held) {
    const auto refused = first.consumer->Commit(tp, {Offset(0), ""}, epoch);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::kFenced) << refused.error().message();
  }
  ASSERT_TRUE(PollUntil({&first, &second}, [&] { return first.problem.has_value(); }));
  EXPECT_EQ(first.problem->kind(), ErrorKind::kFenced) << first.problem->message();
  EXPECT_NE(first.problem->message().find("same"), std::string::npos) << first.problem->message();
  EXPECT_FALSE(second.problem) << second.problem->message();
}

TEST_F(KafkaLogMembersTest, NothingIsLostOrDoubledWhileMembersComeAndGo) {
  constexpr int kRound = 400;
  int appended = 0;
  std::vector<Member> members;
  const auto all = [&] {
    std::vector<Member*> list;
    for (auto& member : members) list.push_back(&member);
    return list;
  };
  const auto handled = [&] { return handled_.size() == static_cast<size_t>(appended); };
  // +: one more; -: the first leaves; records come before, between and after.
  for (const char step : {'+', '+', '+', '-', '+', '-', '-'}) {
    Append(kRound);
    appended += kRound;
    if (step == '+') {
      members.push_back(Join(""));
    } else {
      members.front().consumer->Close();
      members.erase(members.begin());
    }
    // In the middle of what is there: some are handled before the next change, some after.
    const size_t wanted = handled_.size() + kRound / 2;
    ASSERT_TRUE(PollUntil(all(), [&] { return handled() || handled_.size() >= wanted; }));
    Append(kRound);
    appended += kRound;
  }
  ASSERT_TRUE(PollUntil(all(), handled)) << handled_.size() << " of " << appended;
  for (const auto& [place, times] : handled_)
    ASSERT_EQ(times, 1) << place.first << " at " << place.second;
  const auto committed = log_->CommittedOffsets(GroupName("g-" + topic_.value()));
  ASSERT_TRUE(committed) << committed.error().message();
  for (int32_t p = 0; p < kPartitions; ++p) {
    const TopicPartition tp{topic_, PartitionId(p)};
    EXPECT_EQ(committed->at(tp), (CommittedOffset{log_->Offsets(tp)->end, "m"}));
  }
  for (auto& member : members) EXPECT_FALSE(member.problem) << member.problem->message();
}

}  // namespace
}  // namespace pinlake
