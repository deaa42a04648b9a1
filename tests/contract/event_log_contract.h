// What every EventLog does, its consumer groups included. A test program of an implementation
// defines a harness and instantiates the suite:
//
//   struct FakeHarness : EventLogHarness { ... };
//   INSTANTIATE_TEST_SUITE_P(Fake, EventLogContract, testing::Values(&MakeHarness<FakeHarness>));
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "log/event_log.h"
#include "model/partitioning.h"

namespace pinlake {

/// One log to test, without topics, without groups whose name ends with suffix(), without
/// auto-create, records of at most 1 MiB.
class EventLogHarness {
 public:
  virtual ~EventLogHarness() = default;
  virtual EventLog& log() = 0;
  /// What ends the names of the test's groups, where groups outlive a test.
  virtual std::string suffix() { return ""; }
  /// The log's time.
  virtual TimestampMs Now() = 0;
  /// Lets a session time-out pass for those who do not poll. A log that goes by real time does
  /// nothing here: its time passes while the others poll.
  virtual void PassSessionTimeout() = 0;
  static constexpr Millis kSessionTimeout{8000};
  /// How long something that must come may take, and how long to look out for what must not come.
  /// Zero: the log acts at once, and some polls show it.
  virtual Millis patience() { return Millis(0); }
  virtual Millis watch() { return Millis(0); }
  /// True: a rebalance takes back all partitions from all members (Kafka's eager protocol).
  virtual bool eager() { return false; }
  /// True: records without a key fill one partition with 16 KiB after the other; false: they go to
  /// one partition for a while, then to another.
  virtual bool fills_in_turn() { return true; }
  /// Closes the log and opens it again on what it made durable. False if it keeps nothing.
  virtual bool Reopen() = 0;
  /// Makes retention end all records of \p tp before \p low (where a batch of over 1 KiB ended).
  virtual void DropBefore(const TopicPartition& tp, Offset low) = 0;
};

using HarnessMaker = std::unique_ptr<EventLogHarness> (*)();
template <typename Harness>
std::unique_ptr<EventLogHarness> MakeHarness() {
  return std::make_unique<Harness>();
}

class EventLogContract : public testing::TestWithParam<HarnessMaker> {
 protected:
  using Results = std::vector<Result<Appended>>;
  using Events = std::vector<ConsumerEvent>;

  void SetUp() override { ASSERT_TRUE(log().CreateTopic({.topic = kOrders, .partitions = 3})); }
  EventLog& log() { return harness_->log(); }

  static TopicPartition P(int32_t p) { return {kOrders, PartitionId(p)}; }

  // Appends and waits for the answers.
  Results Append(std::vector<NewRecord> records, const TopicName& topic = kOrders) {
    std::mutex mutex;
    std::condition_variable there;
    std::optional<Results> results;
    log().Append(topic, {.records = std::move(records), .owner = {}}, [&](Results answer) {
      const std::lock_guard lock(mutex);
      results = std::move(answer);
      there.notify_all();
    });
    std::unique_lock lock(mutex);
    there.wait(lock, [&] { return results.has_value(); });
    return *std::move(results);
  }
  // Values to one partition; they must succeed.
  void Put(int32_t partition, std::vector<std::string_view> values) {
    std::vector<NewRecord> records;
    for (const auto value : values) {
      records.push_back({.value = value, .partition = PartitionId(partition)});
    }
    for (const auto& result : Append(std::move(records))) {
      ASSERT_TRUE(result) << result.error().message();
    }
  }
  RecordSet ReadAll(const TopicPartition& tp, Offset from = Offset(0)) {
    auto set = log().Read(tp, from, 1 << 20, harness_->patience(), {});
    EXPECT_TRUE(set) << set.error().message();
    return set ? *std::move(set) : RecordSet{};
  }
  std::vector<std::string> Values(const RecordSet& set) {
    std::vector<std::string> values;
    for (const auto& record : set.records) values.emplace_back(record.value.value_or("(null)"));
    return values;
  }

  GroupOptions InGroup(std::string client = "c") {
    return {.group = group_,
            .client_id = std::move(client),
            .topics = {kOrders},
            .session_timeout = EventLogHarness::kSessionTimeout};
  }
  std::unique_ptr<GroupConsumer> Join(const GroupOptions& options) {
    auto consumer = log().Join(options);
    EXPECT_TRUE(consumer) << consumer.error().message();
    return consumer ? *std::move(consumer) : nullptr;
  }
  // Asks again until \p holds does, within the log's patience; a log without gets one chance.
  bool Eventually(const std::function<bool()>& holds) {
    const auto until = std::chrono::steady_clock::now() + harness_->patience();
    while (!holds()) {
      if (std::chrono::steady_clock::now() >= until) return false;
      std::this_thread::sleep_for(Millis(20));
    }
    return true;
  }
  // Polls until an event of type T comes, for \p span, some times at least.
  template <typename T>
  std::optional<T> NextWithin(GroupConsumer& consumer, Millis span) {
    const auto until = std::chrono::steady_clock::now() + span;
    for (int i = 0; i < 50 || std::chrono::steady_clock::now() < until; ++i) {
      auto event = consumer.Poll(span > Millis(0) ? Millis(20) : Millis(0));
      if (!event) {
        ADD_FAILURE() << event.error().message();
        return std::nullopt;
      }
      if (auto* wanted = std::get_if<T>(&*event)) return std::move(*wanted);
      // Otherwise an eager rebalance would wait for this forever.
      const auto* revoked = std::get_if<RevokedEvent>(&*event);
      if (revoked != nullptr && harness_->eager()) consumer.ConfirmRevoked(revoked->partitions);
    }
    return std::nullopt;
  }
  template <typename T>
  std::optional<T> Next(GroupConsumer& consumer) {
    return NextWithin<T>(consumer, harness_->patience());
  }
  // Whether no event of type T comes while one looks out for it.
  template <typename T>
  bool Never(GroupConsumer& consumer) {
    return !NextWithin<T>(consumer, harness_->watch());
  }
  // Polls until \p count records came.
  std::vector<std::string> NextValues(GroupConsumer& consumer, size_t count) {
    std::vector<std::string> values;
    while (values.size() < count) {
      const auto event = Next<RecordsEvent>(consumer);
      if (!event) break;
      for (auto& value : Values(event->set)) values.push_back(value);
    }
    return values;
  }
  // All members poll and confirm until \p done and none hears anything new.
  void Settle(std::vector<GroupConsumer*> members, const std::function<bool()>& done) {
    const auto until = std::chrono::steady_clock::now() + harness_->patience();
    const Millis wait = harness_->watch() > Millis(0) ? Millis(20) : Millis(0);
    for (int quiet = 0; quiet < 3 || !done();) {
      bool busy = false;
      for (auto* member : members) {
        const auto event = member->Poll(wait);
        ASSERT_TRUE(event) << event.error().message();
        if (const auto* revoked = std::get_if<RevokedEvent>(&*event)) {
          member->ConfirmRevoked(revoked->partitions);
        }
        if (const auto* assigned = std::get_if<AssignedEvent>(&*event)) {
          epochs_[member] = assigned->epoch;
        }
        busy |= !std::holds_alternative<NothingEvent>(*event);
      }
      quiet = busy ? 0 : quiet + 1;
      if (quiet >= 3 && std::chrono::steady_clock::now() >= until) break;
    }
    EXPECT_TRUE(done());
  }
  // Each of the members holds at least one partition, together all three.
  static std::function<bool()> Shared(std::vector<GroupConsumer*> members) {
    return [members] {
      size_t held = 0;
      for (auto* member : members) {
        if (member->Assignment().empty()) return false;
        held += member->Assignment().size();
      }
      return held == 3;
    };
  }

  static inline const TopicName kOrders{"orders"};
  std::unique_ptr<EventLogHarness> harness_ = GetParam()();
  const GroupName group_{"g" + harness_->suffix()};
  /// Of each member that Settle polled, its last assignment's.
  std::map<GroupConsumer*, Epoch> epochs_;
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(EventLogContract);

using testing::ElementsAre;
using testing::IsEmpty;

// Topics.

TEST_P(EventLogContract, TopicsAreListedDescribedAndDeleted) {
  const auto info = log().DescribeTopic(kOrders);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->partitions.size(), 3u);
  EXPECT_TRUE(info->log_id.value().starts_with(log().ClusterId() + "/"));
  EXPECT_EQ(info->configs.at("cleanup.policy"), "delete");
  EXPECT_EQ(log().CreateTopic({.topic = kOrders}).error().kind(), ErrorKind::kAlreadyExists);
  EXPECT_THAT(*log().ListTopics(), testing::Contains(kOrders));
  ASSERT_TRUE(log().DeleteTopic(kOrders));
  EXPECT_TRUE(Eventually(
      [&] { return !testing::Matches(testing::Contains(kOrders))(*log().ListTopics()); }));
  EXPECT_EQ(log().DescribeTopic(kOrders).error().kind(), ErrorKind::kNotFound);
  EXPECT_EQ(log().DeleteTopic(kOrders).error().kind(), ErrorKind::kNotFound);
  EXPECT_EQ(Append({{.value = "a"}})[0].error().kind(), ErrorKind::kNotFound);
}

TEST_P(EventLogContract, ATopicMadeAgainIsAnotherLogAndEmpty) {
  Put(0, {"a", "b"});
  const auto before = log().DescribeTopic(kOrders)->log_id;
  ASSERT_TRUE(log().SetCommittedOffsets(group_, {{P(0), {Offset(2), "m"}}}));
  ASSERT_TRUE(log().PutTopicFact(kOrders, "shard", "1"));
  ASSERT_TRUE(log().DeleteTopic(kOrders));
  ASSERT_TRUE(log().CreateTopic({.topic = kOrders, .partitions = 3}));
  EXPECT_NE(log().DescribeTopic(kOrders)->log_id, before);
  EXPECT_EQ(*log().Offsets(P(0)), (OffsetRange{Offset(0), Offset(0)}));
  EXPECT_THAT(*log().TopicFacts(kOrders), IsEmpty());
  EXPECT_TRUE(Eventually([&] { return log().CommittedOffsets(group_)->empty(); }));
}

TEST_P(EventLogContract, WrongTopicsAreRefusedByName) {
  for (const TopicSpec& spec :
       {TopicSpec{.topic = TopicName("")}, TopicSpec{.topic = TopicName("a/b")},
        TopicSpec{.topic = TopicName("..")}, TopicSpec{.topic = TopicName(std::string(250, 'a'))},
        TopicSpec{.topic = TopicName("t"), .partitions = 0},
        TopicSpec{.topic = TopicName("t"), .configs = {{"no.such", "1"}}},
        TopicSpec{.topic = TopicName("t"), .configs = {{"retention.ms", "x"}}}}) {
    const auto made = log().CreateTopic(spec);
    ASSERT_FALSE(made) << spec.topic.value();
    EXPECT_EQ(made.error().kind(), ErrorKind::kInvalidArgument);
  }
  EXPECT_THAT(
      log().CreateTopic({.topic = TopicName("t"), .configs = {{"no.such", "1"}}}).error().message(),
      testing::HasSubstr("no.such"));
}

TEST_P(EventLogContract, ConfigsAreAlteredAndReset) {
  const auto before = log().DescribeTopic(kOrders)->configs.at("retention.ms");
  ASSERT_TRUE(log().AlterTopic(kOrders, {{"retention.ms", "12345"}}));
  const auto retention = [&] { return log().DescribeTopic(kOrders)->configs.at("retention.ms"); };
  EXPECT_TRUE(Eventually([&] { return retention() == "12345"; })) << retention();
  EXPECT_EQ(log().AlterTopic(kOrders, {{"retention.ms", "-7"}}).error().kind(),
            ErrorKind::kInvalidArgument);
  ASSERT_TRUE(log().AlterTopic(kOrders, {{"retention.ms", std::nullopt}}));
  EXPECT_TRUE(Eventually([&] { return retention() == before; })) << retention();
  EXPECT_EQ(log().AlterTopic(TopicName("none"), {}).error().kind(), ErrorKind::kNotFound);
}

TEST_P(EventLogContract, PartitionsAreAddedNeverTaken) {
  EXPECT_EQ(log().AddPartitions(kOrders, 3).error().kind(), ErrorKind::kInvalidArgument);
  ASSERT_TRUE(log().AddPartitions(kOrders, 5));
  Put(4, {"new"});
  EXPECT_THAT(Values(ReadAll(P(4))), ElementsAre("new"));
  EXPECT_EQ(log().DescribeTopic(kOrders)->partitions.size(), 5u);
}

TEST_P(EventLogContract, FactsLieBesideATopic) {
  ASSERT_TRUE(log().PutTopicFact(kOrders, "shard 1", "parent=0\n%"));
  ASSERT_TRUE(log().PutTopicFact(kOrders, "b", "2"));
  ASSERT_TRUE(log().PutTopicFact(kOrders, "b", ""));
  EXPECT_THAT(*log().TopicFacts(kOrders), ElementsAre(testing::Pair("shard 1", "parent=0\n%")));
  EXPECT_EQ(log().PutTopicFact(TopicName("none"), "a", "1").error().kind(), ErrorKind::kNotFound);
}

// Records.

TEST_P(EventLogContract, RecordsComeBackAsTheyWereGiven) {
  const std::string odd("\0\xff\n", 3);
  const HeaderView headers[] = {{"h", "1"}, {"h", "2"}, {"null", std::nullopt}, {"", ""}};
  const TimestampMs before = harness_->Now();
  const auto results =
      Append({{.key = "k",
               .value = odd,
               .headers = headers,
               .timestamp = 1'234,
               .partition = PartitionId(1)},
              {.key = "", .value = std::nullopt, .timestamp = 5, .partition = PartitionId(1)},
              {.key = std::nullopt, .value = "", .partition = PartitionId(1)}});
  const TimestampMs after = harness_->Now();
  EXPECT_EQ(*results[0], (Appended{PartitionId(1), Offset(0), 1'234}));
  EXPECT_EQ(*results[1], (Appended{PartitionId(1), Offset(1), 5}));
  EXPECT_EQ(*results[2], (Appended{PartitionId(1), Offset(2), results[2]->timestamp}));
  EXPECT_THAT(results[2]->timestamp, testing::AllOf(testing::Ge(before), testing::Le(after)));
  const auto set = ReadAll(P(1));
  ASSERT_EQ(set.records.size(), 3u);
  EXPECT_EQ(set.next, Offset(3));
  EXPECT_EQ(set.records[0].key, "k");
  EXPECT_EQ(set.records[0].value, odd);
  EXPECT_THAT(set.records[0].headers, testing::ElementsAreArray(headers));
  EXPECT_EQ(set.records[0].timestamp, 1'234);
  EXPECT_EQ(set.records[1].key, "");
  EXPECT_EQ(set.records[1].value, std::nullopt) << "a tombstone";
  EXPECT_EQ(set.records[2].key, std::nullopt);
  EXPECT_EQ(set.records[2].value, "") << "empty is not null";
  EXPECT_THAT(set.records[2].headers, IsEmpty());
}

TEST_P(EventLogContract, KeysChooseThePartitionAsKafkaDoes) {
  for (const std::string_view key : {"", "a", "21", "abc", "kafka", "foobar"}) {
    EXPECT_EQ(Append({{.key = key, .value = "v"}})[0]->partition, PartitionOfKey(key, 3)) << key;
  }
}

TEST_P(EventLogContract, WithoutAKeyOnePartitionIsFilledAfterTheOther) {
  const std::string kilobyte(1024, 'x');
  std::vector<int32_t> order;
  for (int i = 0; i < 48; ++i) {
    const auto result = Append({{.value = kilobyte}})[0];
    ASSERT_TRUE(result);
    if (order.empty() || order.back() != result->partition.value()) {
      order.push_back(result->partition.value());
    }
  }
  if (harness_->fills_in_turn()) {
    EXPECT_EQ(order.size(), 3u) << "16 KiB to each, one after the other";
  } else {
    return;
  }
  EXPECT_EQ(std::set<int32_t>(order.begin(), order.end()).size(), 3u);
}

TEST_P(EventLogContract, AWrongRecordFailsAloneInItsBatch) {
  const std::string large((1 << 20) + 1, 'x');
  const auto results = Append({{.value = "a", .partition = PartitionId(0)},
                               {.value = "b", .partition = PartitionId(7)},
                               {.value = large, .partition = PartitionId(0)},
                               {.value = "c", .partition = PartitionId(0)}});
  EXPECT_EQ(results[0]->offset, Offset(0));
  EXPECT_EQ(results[1].error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(results[2].error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(results[3]->offset, Offset(1));
}

TEST_P(EventLogContract, AnEmptyBatchIsAnswered) { EXPECT_THAT(Append({}), IsEmpty()); }

TEST_P(EventLogContract, AppendsOfManyThreadsGetOffsetsWithoutGaps) {
  constexpr int kThreads = 4, kEach = 50;
  std::mutex mutex;
  std::condition_variable there;
  std::vector<int64_t> offsets;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < kEach; ++i) {
          log().Append(kOrders,
                       {.records = {{.value = "v", .partition = PartitionId(0)}}, .owner = {}},
                       [&](Results results) {
                         const std::lock_guard lock(mutex);
                         offsets.push_back(results[0]->offset.value());
                         there.notify_all();
                       });
        }
      });
    }
  }
  std::unique_lock lock(mutex);
  there.wait(lock, [&] { return offsets.size() == kThreads * kEach; });
  std::sort(offsets.begin(), offsets.end());
  for (int i = 0; i < kThreads * kEach; ++i) EXPECT_EQ(offsets[static_cast<size_t>(i)], i);
}

TEST_P(EventLogContract, ReadsGoOnWhereTheLastOneEnded) {
  std::vector<std::string> values;
  for (int i = 0; i < 200; ++i) values.push_back(std::to_string(i) + std::string(100, 'x'));
  Put(0, {values.begin(), values.end()});
  std::vector<std::string> read;
  for (Offset at(0); at < Offset(200);) {
    const auto set = log().Read(P(0), at, 1000, harness_->patience(), {});
    ASSERT_TRUE(set);
    ASSERT_FALSE(set->records.empty()) << "at least one, whatever the limit";
    EXPECT_LE(set->records.size(), 20u) << "about 1,000 bytes";
    EXPECT_EQ(set->records[0].offset, at);
    at = set->next;
    for (auto& value : Values(*set)) read.push_back(value);
  }
  EXPECT_EQ(read, values);
  EXPECT_EQ(Values(ReadAll(P(0), Offset(150))).front(), values[150]);
}

TEST_P(EventLogContract, ReadsOutsideTheLogNameItsBounds) {
  Put(0, {"a"});
  const auto set = log().Read(P(0), Offset(2), 100, Millis(0), {});
  EXPECT_EQ(set.error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_THAT(set.error().message(), testing::HasSubstr("[0, 1]"));
  EXPECT_EQ(log().Read(P(9), Offset(0), 100, Millis(0), {}).error().kind(), ErrorKind::kNotFound);
  EXPECT_EQ(log().Offsets(P(9)).error().kind(), ErrorKind::kNotFound);
}

TEST_P(EventLogContract, ARecordIsFoundByItsTimestamp) {
  Append({{.value = "a", .timestamp = 100, .partition = PartitionId(0)},
          {.value = "b", .timestamp = 300, .partition = PartitionId(0)},
          {.value = "c", .timestamp = 200, .partition = PartitionId(0)}});
  Append({{.value = "d", .timestamp = 400, .partition = PartitionId(0)}});
  EXPECT_EQ(*log().OffsetAt(P(0), 0), Offset(0));
  EXPECT_EQ(*log().OffsetAt(P(0), 101), Offset(1));
  EXPECT_EQ(*log().OffsetAt(P(0), 300), Offset(1));
  EXPECT_EQ(*log().OffsetAt(P(0), 301), Offset(3));
  EXPECT_EQ(*log().OffsetAt(P(0), 401), Offset(4)) << "the end";
  EXPECT_EQ(*log().OffsetAt(P(1), 0), Offset(0));
}

TEST_P(EventLogContract, AnAppendWakesAWaitingRead) {
  std::atomic<bool> began = false;
  std::jthread reader([&] {
    began = true;
    const auto set = log().Read(P(0), Offset(0), 100, Millis(600'000), {});
    EXPECT_THAT(Values(*set), ElementsAre("a"));
  });
  while (!began) std::this_thread::yield();
  Put(0, {"a"});
}

TEST_P(EventLogContract, AStopWakesAWaitingRead) {
  std::stop_source stop;
  std::jthread reader([&] {
    const auto set = log().Read(P(0), Offset(0), 100, Millis(600'000), stop.get_token());
    EXPECT_THAT(set->records, IsEmpty());
    EXPECT_EQ(set->next, Offset(0));
  });
  stop.request_stop();
}

TEST_P(EventLogContract, AClosedLogRefuses) {
  Put(0, {"a"});
  EXPECT_TRUE(log().Ready());
  log().Close();
  log().Close();
  EXPECT_EQ(Append({{.value = "b"}})[0].error().kind(), ErrorKind::kCancelled);
  EXPECT_FALSE(log().Ready());
}

TEST_P(EventLogContract, WhatIsDurableIsThereAgain) {
  ASSERT_TRUE(log().AlterTopic(kOrders, {{"retention.ms", "777777777777"}}));
  ASSERT_TRUE(log().PutTopicFact(kOrders, "f", "1"));
  const HeaderView headers[] = {{"h", std::nullopt}};
  Append({{.key = "k",
           .value = "a",
           .headers = headers,
           .timestamp = 1,
           .partition = PartitionId(2)}});
  const auto before = *log().DescribeTopic(kOrders);
  const auto cluster = log().ClusterId();
  {
    auto consumer = Join(InGroup());
    const auto assigned = Next<AssignedEvent>(*consumer);
    ASSERT_TRUE(assigned);
    ASSERT_TRUE(consumer->Commit(P(2), {Offset(1), "meta \x01"}, assigned->epoch));
    consumer->Close();
  }
  if (!harness_->Reopen()) GTEST_SKIP() << "keeps nothing";
  const auto after = *log().DescribeTopic(kOrders);
  EXPECT_EQ(after.log_id, before.log_id);
  EXPECT_EQ(after.configs, before.configs);
  EXPECT_EQ(log().ClusterId(), cluster);
  EXPECT_THAT(*log().TopicFacts(kOrders), ElementsAre(testing::Pair("f", "1")));
  const auto set = ReadAll(P(2));
  ASSERT_EQ(set.records.size(), 1u);
  EXPECT_EQ(set.records[0].key, "k");
  EXPECT_THAT(set.records[0].headers, testing::ElementsAreArray(headers));
  EXPECT_EQ(log().CommittedOffsets(group_)->at(P(2)), (CommittedOffset{Offset(1), "meta \x01"}));
  Put(2, {"b"});
  EXPECT_EQ(log().Offsets(P(2))->end, Offset(2));
}

// Consumer groups.

TEST_P(EventLogContract, AMemberAloneHoldsAllAndReadsFromTheStart) {
  Put(0, {"a"});
  Put(2, {"b", "c"});
  auto consumer = Join(InGroup());
  const auto assigned = Next<AssignedEvent>(*consumer);
  ASSERT_TRUE(assigned);
  EXPECT_THAT(assigned->partitions, ElementsAre(P(0), P(1), P(2)));
  EXPECT_THAT(consumer->Assignment(), ElementsAre(P(0), P(1), P(2)));
  EXPECT_THAT(NextValues(*consumer, 3), testing::UnorderedElementsAre("a", "b", "c"));
  Put(1, {"d"});
  const auto records = Next<RecordsEvent>(*consumer);
  ASSERT_TRUE(records);
  EXPECT_EQ(records->tp, P(1));
  EXPECT_EQ(records->epoch, assigned->epoch);
}

TEST_P(EventLogContract, ASecondMemberGetsAShareOnceItIsHandedBack) {
  auto a = Join(InGroup("a"));
  const auto first = Next<AssignedEvent>(*a);
  auto b = Join(InGroup("b"));
  EXPECT_TRUE(Never<AssignedEvent>(*b)) << "before a hands back";
  const auto revoked = Next<RevokedEvent>(*a);
  ASSERT_TRUE(revoked);
  ASSERT_EQ(revoked->partitions.size(), harness_->eager() ? 3u : 1u);
  const auto moved = revoked->partitions[0];
  EXPECT_TRUE(Never<AssignedEvent>(*b)) << "before a confirms";
  EXPECT_TRUE(a->Commit(moved, {Offset(0), ""}, first->epoch)) << "its work may be finished";
  a->ConfirmRevoked(revoked->partitions);
  const auto assigned = Next<AssignedEvent>(*b);
  ASSERT_TRUE(assigned);
  EXPECT_THAT(revoked->partitions, testing::IsSupersetOf(assigned->partitions));
  EXPECT_EQ(a->Commit(moved, {Offset(0), ""}, first->epoch).error().kind(), ErrorKind::kFenced);
  Settle({a.get(), b.get()}, Shared({a.get(), b.get()}));
}

TEST_P(EventLogContract, ARevokedPartitionBringsNoMoreRecords) {
  auto a = Join(InGroup("a"));
  Next<AssignedEvent>(*a);
  auto b = Join(InGroup("b"));
  b->Poll(Millis(0));
  const auto revoked = Next<RevokedEvent>(*a);
  ASSERT_TRUE(revoked);
  Put(revoked->partitions[0].partition.value(), {"x"});
  EXPECT_TRUE(Never<RecordsEvent>(*a));
  a->ConfirmRevoked(revoked->partitions);
  Settle({a.get()}, [] { return true; });
  const auto assigned = Next<AssignedEvent>(*b);
  ASSERT_TRUE(assigned);
  Settle({a.get()}, [&] { return a->Assignment().size() + b->Assignment().size() == 3; });
  const auto held = a->Assignment();
  const bool went_back = std::find(held.begin(), held.end(), revoked->partitions[0]) != held.end();
  if (!went_back) {
    EXPECT_THAT(NextValues(*b, 1), ElementsAre("x"));
  }
  EXPECT_TRUE(harness_->eager() || !went_back);
}

TEST_P(EventLogContract, ThreeMembersShareEvenlyAndTakeOverFromOneThatLeaves) {
  auto a = Join(InGroup("a")), b = Join(InGroup("b")), c = Join(InGroup("c"));
  Settle({a.get(), b.get(), c.get()}, Shared({a.get(), b.get(), c.get()}));
  for (auto* member : {a.get(), b.get(), c.get()}) EXPECT_EQ(member->Assignment().size(), 1u);
  ASSERT_TRUE(Eventually([&] { return log().DescribeGroup(group_)->state == "Stable"; }));
  const auto info = log().DescribeGroup(group_);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->members.size(), 3u);
  b->Close();
  Settle({a.get(), c.get()}, Shared({a.get(), c.get()}));
}

TEST_P(EventLogContract, AMemberNotPolledForItsSessionTimeoutLosesAll) {
  auto a = Join(InGroup("a"));
  const auto first = Next<AssignedEvent>(*a);
  ASSERT_TRUE(first);
  auto b = Join(InGroup("b"));
  b->Poll(Millis(0));
  harness_->PassSessionTimeout();
  const auto assigned = Next<AssignedEvent>(*b);
  ASSERT_TRUE(assigned);
  EXPECT_EQ(assigned->partitions.size(), 3u);
  EXPECT_EQ(a->Commit(P(0), {Offset(0), ""}, first->epoch).error().kind(), ErrorKind::kFenced);
  // Kafka's client may have been asked to hand back before it was too late.
  if (harness_->eager()) {
    Settle({a.get()}, [&] { return a->Assignment().empty(); });
  } else {
    const auto lost = Next<LostEvent>(*a);
    ASSERT_TRUE(lost);
    EXPECT_EQ(lost->partitions.size(), 3u);
    EXPECT_THAT(a->Assignment(), IsEmpty());
  }
  Settle({a.get(), b.get()}, Shared({a.get(), b.get()}));
}

TEST_P(EventLogContract, AMemberDestroyedWithoutCloseHoldsOnUntilItsSessionTimesOut) {
  auto a = Join(InGroup("a"));
  Next<AssignedEvent>(*a);
  a.reset();
  auto b = Join(InGroup("b"));
  EXPECT_TRUE(Never<AssignedEvent>(*b));
  harness_->PassSessionTimeout();
  EXPECT_EQ(Next<AssignedEvent>(*b)->partitions.size(), 3u);
}

TEST_P(EventLogContract, AStaticMemberTakesItsPartitionsBack) {
  auto options = InGroup("a");
  options.instance_id = "one";
  auto other_options = InGroup("b");
  other_options.instance_id = "two";
  auto a = Join(options), b = Join(other_options);
  Settle({a.get(), b.get()}, Shared({a.get(), b.get()}));
  const auto held = a->Assignment();
  a.reset();
  auto again = Join(options);
  const auto assigned = Next<AssignedEvent>(*again);
  ASSERT_TRUE(assigned);
  EXPECT_EQ(assigned->partitions, held);
  EXPECT_TRUE(Never<RevokedEvent>(*b));
}

TEST_P(EventLogContract, CommitsKeepTheirMetadataAndMoveOn) {
  auto consumer = Join(InGroup());
  const auto epoch = Next<AssignedEvent>(*consumer)->epoch;
  EXPECT_EQ(*consumer->Committed(P(0)), std::nullopt);
  const std::string metadata(4096, 'm');
  ASSERT_TRUE(consumer->Commit(P(0), {Offset(0), metadata}, epoch));
  EXPECT_EQ(**consumer->Committed(P(0)), (CommittedOffset{Offset(0), metadata}));
  EXPECT_EQ(consumer->Commit(P(0), {Offset(0), metadata + "m"}, epoch).error().kind(),
            ErrorKind::kInvalidArgument);
  ASSERT_TRUE(consumer->Commit(P(0), {Offset(5), ""}, epoch));
  EXPECT_THAT(*log().CommittedOffsets(group_),
              ElementsAre(testing::Pair(P(0), CommittedOffset{Offset(5), ""})));
  EXPECT_THAT(*log().ListGroups(), testing::Contains(group_));
}

TEST_P(EventLogContract, ANewMemberGoesOnFromTheCommittedOffset) {
  Put(0, {"a", "b", "c"});
  {
    auto consumer = Join(InGroup());
    const auto epoch = Next<AssignedEvent>(*consumer)->epoch;
    ASSERT_TRUE(consumer->Commit(P(0), {Offset(2), ""}, epoch));
    consumer->Close();
  }
  EXPECT_TRUE(Eventually([&] { return log().DescribeGroup(group_)->state == "Empty"; }));
  auto consumer = Join(InGroup());
  EXPECT_THAT(NextValues(*consumer, 1), ElementsAre("c"));
}

TEST_P(EventLogContract, PausedPartitionsWaitAndSoughtOnesStartAnew) {
  Put(0, {"a", "b"});
  auto consumer = Join(InGroup());
  Next<AssignedEvent>(*consumer);
  consumer->Pause(P(0));
  EXPECT_TRUE(Never<RecordsEvent>(*consumer));
  consumer->Resume(P(0));
  EXPECT_THAT(NextValues(*consumer, 2), ElementsAre("a", "b"));
  ASSERT_TRUE(consumer->Seek(P(0), Offset(1)));
  EXPECT_THAT(NextValues(*consumer, 1), ElementsAre("b"));
  EXPECT_EQ(consumer->Seek(P(9), Offset(0)).error().kind(), ErrorKind::kInvalidArgument);
}

TEST_P(EventLogContract, ResetPoliciesDecideWhereAGroupBegins) {
  Put(0, {"old"});
  auto latest = InGroup();
  latest.group = GroupName("latest" + harness_->suffix());
  latest.reset = OffsetReset::kLatest;
  auto consumer = Join(latest);
  Next<AssignedEvent>(*consumer);
  Put(0, {"new"});
  EXPECT_THAT(NextValues(*consumer, 1), ElementsAre("new"));
  auto none = InGroup();
  none.group = GroupName("none" + harness_->suffix());
  none.reset = OffsetReset::kNone;
  auto strict = Join(none);
  std::optional<Error> error;
  EXPECT_TRUE(Eventually([&] {
    for (int i = 0; i < 10 && !error; ++i) {
      const auto event = strict->Poll(harness_->watch());
      if (!event) error = event.error();
    }
    return error.has_value();
  }));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::kNotFound);
}

TEST_P(EventLogContract, AnOffsetThatRetentionPassedIsTold) {
  // Larger than the harness's segments, so that they lie apart.
  const std::string large(2000, 'x');
  Put(0, {large, large});
  Put(0, {"c"});
  ASSERT_TRUE(log().SetCommittedOffsets(group_, {{P(0), {Offset(0), ""}}}));
  harness_->DropBefore(P(0), Offset(2));
  EXPECT_EQ(log().Offsets(P(0))->low, Offset(2));
  auto consumer = Join(InGroup());
  const auto lost = Next<OffsetLostEvent>(*consumer);
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->wanted, Offset(0));
  EXPECT_EQ(lost->resumed, Offset(2));
  EXPECT_THAT(NextValues(*consumer, 1), ElementsAre("c"));
  ASSERT_TRUE(consumer->Seek(P(0), Offset(99)));
  EXPECT_EQ(Next<OffsetLostEvent>(*consumer)->wanted, Offset(99)) << "beyond the end";
}

TEST_P(EventLogContract, APatternTakesInTopicsThatAppearLater) {
  auto options = InGroup();
  options.topics.clear();
  options.topics_regex = "ord.*|new";
  auto consumer = Join(options);
  EXPECT_EQ(Next<AssignedEvent>(*consumer)->partitions.size(), 3u);
  ASSERT_TRUE(log().CreateTopic({.topic = TopicName("newer")}));
  EXPECT_TRUE(Never<AssignedEvent>(*consumer)) << "the whole name must match";
  ASSERT_TRUE(log().CreateTopic({.topic = TopicName("new")}));
  const auto assigned = Next<AssignedEvent>(*consumer);
  ASSERT_TRUE(assigned);
  EXPECT_THAT(assigned->partitions,
              testing::Contains(TopicPartition{TopicName("new"), PartitionId(0)}));
  EXPECT_EQ(assigned->partitions.size(), harness_->eager() ? 4u : 1u);
  options.topics_regex = "(";
  EXPECT_EQ(log().Join(options).error().kind(), ErrorKind::kInvalidArgument);
}

TEST_P(EventLogContract, AddedPartitionsAreAssignedAndReadFromTheirStart) {
  auto consumer = Join(InGroup());
  Next<AssignedEvent>(*consumer);
  ASSERT_TRUE(log().AddPartitions(kOrders, 4));
  Put(3, {"x"});
  const auto assigned = Next<AssignedEvent>(*consumer);
  ASSERT_TRUE(assigned);
  EXPECT_THAT(assigned->partitions, testing::Contains(P(3)));
  EXPECT_EQ(assigned->partitions.size(), harness_->eager() ? 4u : 1u);
  EXPECT_THAT(NextValues(*consumer, 1), ElementsAre("x"));
}

TEST_P(EventLogContract, PartitionsOfADeletedTopicAreLost) {
  auto consumer = Join(InGroup());
  Next<AssignedEvent>(*consumer);
  ASSERT_TRUE(log().DeleteTopic(kOrders));
  // An eager protocol knows no difference: the group is asked to share what is left.
  if (harness_->eager()) {
    EXPECT_EQ(Next<RevokedEvent>(*consumer)->partitions.size(), 3u);
  } else {
    EXPECT_EQ(Next<LostEvent>(*consumer)->partitions.size(), 3u);
  }
}

TEST_P(EventLogContract, OffsetsAreSetFromOutsideOnlyWithoutMembers) {
  const GroupName group = group_;
  auto consumer = Join(InGroup());
  Next<AssignedEvent>(*consumer);
  EXPECT_EQ(log().SetCommittedOffsets(group, {{P(0), {Offset(0), ""}}}).error().kind(),
            ErrorKind::kConflict);
  consumer->Close();
  ASSERT_TRUE(log().SetCommittedOffsets(group, {{P(0), {Offset(0), "x"}}}));
  EXPECT_EQ(log().CommittedOffsets(group)->at(P(0)).metadata, "x");
  EXPECT_EQ(log().DescribeGroup(GroupName("nobody")).error().kind(), ErrorKind::kNotFound);
  EXPECT_THAT(*log().CommittedOffsets(GroupName("nobody")), IsEmpty());
}

TEST_P(EventLogContract, AnAppendWakesAPollingMember) {
  auto consumer = Join(InGroup());
  Next<AssignedEvent>(*consumer);
  std::jthread appender([&] { Put(1, {"a"}); });
  // One wait is at most a slice of this; what is claimed is that the record comes.
  std::optional<RecordsEvent> records;
  while (!records) {
    auto event = consumer->Poll(Millis(60'000));
    ASSERT_TRUE(event);
    if (auto* got = std::get_if<RecordsEvent>(&*event)) records = std::move(*got);
  }
  EXPECT_EQ(records->tp, P(1));
}

TEST_P(EventLogContract, CommitsOfManyMembersAtOnceAreAllKept) {
  auto a = Join(InGroup("a")), b = Join(InGroup("b")), c = Join(InGroup("c"));
  std::vector<GroupConsumer*> members{a.get(), b.get(), c.get()};
  Settle(members, Shared(members));
  {
    std::vector<std::jthread> threads;
    for (auto* member : members) {
      threads.emplace_back([&, member] {
        for (int i = 0; i < 20; ++i) {
          for (const auto& tp : member->Assignment()) {
            EXPECT_TRUE(member->Commit(tp, {Offset(i), "m"}, epochs_.at(member)));
          }
        }
      });
    }
  }
  for (int p = 0; p < 3; ++p) {
    EXPECT_EQ(log().CommittedOffsets(group_)->at(P(p)).offset, Offset(19));
  }
}

}  // namespace pinlake
