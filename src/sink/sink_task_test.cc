#include "sink/sink_task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/fake/fake_log.h"
#include "sink/sink_metrics.h"
#include "sink/sink_sim.h"
#include "store/fake/fake_store.h"

namespace pinlake {
namespace {

using testing::HasSubstr;

const TopicPartition kTp{TopicName("pins"), PartitionId(0)};
const GroupName kGroup("connect-test");

class TextEncoder final : public RecordEncoder {
 public:
  Result<bool> Append(const RecordView& record, std::string* body) override {
    if (!record.value) return false;
    if (record.value->starts_with("bad")) return Fail(ErrorKind::kInvalidArgument, "not JSON");
    body->append(*record.value).append("\n");
    return true;
  }
};

SinkSettings Flush(int64_t records) {
  SinkSettings settings;
  settings.rules.flush_records = records;
  settings.make_encoder = [] { return std::make_unique<TextEncoder>(); };
  settings.recorded = {{"flush.size", std::to_string(records)}};
  return settings;
}

/// A log, a store and one task on one thread.
class SinkTaskTest : public testing::Test {
 protected:
  void SetUp() override {
    network_.BeGood();
    ASSERT_TRUE(log_.CreateTopic({kTp.topic, 1, 1, {}}));
    options_.group.group = kGroup;
    options_.group.topics = {kTp.topic};
    options_.today = Flush(2);
    options_.settings_for = [](const auto& recorded) {
      return Result<SinkSettings>(Flush(std::stoll(recorded.at("flush.size"))));
    };
    options_.retry_backoff = Millis(100);
  }

  void Append(std::initializer_list<const char*> values) {
    for (const char* value : values) {
      NewRecord record;
      if (value != nullptr) record.value = value;
      log_.Append(kTp.topic, {{record}, nullptr}, [](auto results) { ASSERT_TRUE(results[0]); });
    }
  }

  void Start() {
    // What died without leaving is dropped by the group once its session timed out.
    clock_.Advance(Millis(60'000));
    task_ = std::make_unique<SinkTask>(log_, *log_.Join(options_.group), network_.Connect(), clock_,
                                       budget_, metrics_, options_);
  }

  void Run(int steps = 40) {
    for (int i = 0; i < steps; ++i) {
      task_->Step(Millis(0));
      network_.Move(true);
      clock_.Advance(Millis(50));
    }
  }

  std::map<std::string, std::string> Objects() {
    store_.SetFaults({});
    std::map<std::string, std::string> objects;
    const auto listed = *store_.List("");
    for (const auto& object : listed.objects) {
      objects[object.key.value()] = *store_.Get(object.key);
    }
    return objects;
  }

  int64_t Committed() {
    const auto all = *log_.CommittedOffsets(kGroup);
    return all.contains(kTp) ? all.at(kTp).offset.value() : -1;
  }

  static std::string Key(int first) {
    return fmt::format("topics/pins/partition=0/pins+0+{:010}.json", first);
  }

  ManualClock clock_;
  FakeLog log_{clock_};
  FakeStore store_{clock_};
  SimNetwork network_{store_, Rng(1)};
  ByteBudget budget_{1 << 20};
  MetricsRegistry metrics_;
  SinkTaskOptions options_;
  std::unique_ptr<SinkTask> task_;
};

TEST_F(SinkTaskTest, StoresFullObjectsAndCommitsBehindThem) {
  Append({"a", "b", "c", "d", "e"});
  Start();
  Run();
  EXPECT_EQ(Objects(),
            (std::map<std::string, std::string>{{Key(0), "a\nb\n"}, {Key(2), "c\nd\n"}}));
  EXPECT_EQ(Committed(), 4);
  EXPECT_EQ(budget_.used(), 4096);  // what is open
}

TEST_F(SinkTaskTest, TagsObjectsWithTheirOffsetsAndCount) {
  options_.today.tag_objects = true;
  options_.today.extra_tags = {{"team", "pins"}};
  Append({"a", nullptr, "b"});
  options_.today.null_values = NullValues::kIgnore;
  Start();
  Run();
  EXPECT_EQ(store_.TagsOf(ObjectKey(Key(0))),
            (std::vector<std::pair<std::string, std::string>>{
                {"startOffset", "0"}, {"endOffset", "2"}, {"recordCount", "2"}, {"team", "pins"}}));
}

TEST_F(SinkTaskTest, CommitsTheStartOffsetOfAnEmptyTopic) {
  Start();
  Run();
  EXPECT_EQ(Committed(), 0);
}

TEST_F(SinkTaskTest, AStopSealsNothing) {
  Append({"a", "b", "c"});
  Start();
  Run();
  task_->Stop();
  Run(3);
  EXPECT_TRUE(task_->done());
  task_->Close();
  EXPECT_FALSE(task_->failure());
  EXPECT_EQ(Objects().size(), 1u);
  EXPECT_EQ(Committed(), 2);
}

TEST_F(SinkTaskTest, GoodRecordsBeforeABadOneAreStoredAndTheFailureNamesIt) {
  Append({"a", "b", "c", "d", "bad", "e"});
  Start();
  Run();
  ASSERT_TRUE(task_->failure());
  EXPECT_EQ(task_->failure()->message(), "record at offset 4 of pins-0: not JSON");
  EXPECT_TRUE(task_->done());
  EXPECT_EQ(Objects().size(), 2u);
  EXPECT_EQ(Committed(), 4);
}

TEST_F(SinkTaskTest, ANullValueFailsTheTaskUnlessIgnored) {
  Append({nullptr, "a", "b"});
  Start();
  Run();
  ASSERT_TRUE(task_->failure());
  EXPECT_THAT(task_->failure()->message(), HasSubstr("behavior.on.null.values"));
  task_->Close();

  options_.today.null_values = NullValues::kIgnore;
  Start();
  Run();
  EXPECT_FALSE(task_->failure());
  EXPECT_EQ(Objects(), (std::map<std::string, std::string>{{Key(1), "a\nb\n"}}));
  EXPECT_EQ(Committed(), 3);
}

TEST_F(SinkTaskTest, OffsetsMovePastSkippedRecords) {
  options_.today.null_values = NullValues::kIgnore;
  options_.today.tolerate_bad_records = true;
  Append({nullptr, "bad", nullptr});
  Start();
  Run();
  EXPECT_EQ(Committed(), 3);
  Append({"a"});
  Run();
  task_.reset();  // crash
  Start();
  Append({"b"});
  Run();
  const auto info = store_.Head(ObjectKey(Key(3)));
  ASSERT_TRUE(info);
  const auto facts = ParseObjectMetadata(info->metadata);
  EXPECT_EQ(facts->cut_start, Offset(0));
  EXPECT_EQ(facts->skipped, 3);
}

TEST_F(SinkTaskTest, ATransientFaultNeverFailsATask) {
  for (const auto fault : {StoreFault::kUnavailable, StoreFault::kThrottled, StoreFault::kConflict,
                           StoreFault::kUnknownNotDone, StoreFault::kUnknownDone}) {
    store_.SetFaults([fault](const StoreCall&) { return fault; });
    Append({"a", "b"});
    Start();
    Run();
    EXPECT_FALSE(task_->failure());
    store_.SetFaults({});
    Run();
    task_.reset();
  }
  EXPECT_EQ(Objects().size(), 5u);
  EXPECT_EQ(Committed(), 10);
}

TEST_F(SinkTaskTest, EveryStepOfTheGoodPathMayFailOnce) {
  // As many calls as the good path makes, and each of them failing in each way.
  for (const auto fault : {StoreFault::kUnavailable, StoreFault::kConflict,
                           StoreFault::kUnknownNotDone, StoreFault::kUnknownDone}) {
    for (uint64_t failing = 0; failing < 6; ++failing) {
      const int64_t before = std::max<int64_t>(Committed(), 0);
      const uint64_t from = store_.calls();
      store_.SetFaults([&](const StoreCall& call) {
        return call.number == from + failing ? fault : StoreFault::kNone;
      });
      Append({"a", "b", "c", "d", "e", "f"});
      Start();
      Run();
      task_.reset();
      EXPECT_EQ(Committed(), before + 6);
    }
  }
  for (const auto& [key, body] : Objects()) EXPECT_EQ(store_.writes(ObjectKey(key)), 1u);
}

TEST_F(SinkTaskTest, EveryCommitMayFailOnceOrBeOfUnknownOutcome) {
  for (const bool applied : {false, true}) {
    for (const auto kind : {ErrorKind::kUnavailable, ErrorKind::kUnknownOutcome}) {
      if (applied && kind == ErrorKind::kUnavailable) continue;
      for (int commit = 0; commit < 4; ++commit) {
        const int64_t before = std::max<int64_t>(Committed(), 0);
        Append({"a", "b", "c", "d"});
        Start();
        for (int i = 0; i < 40; ++i) {
          if (i == commit) log_.FailCommits(kind, 1, applied);
          Run(1);
        }
        task_.reset();
        Start();
        Run();
        task_.reset();
        EXPECT_EQ(Committed(), before + 4);
      }
    }
  }
  for (const auto& [key, body] : Objects()) EXPECT_EQ(store_.writes(ObjectKey(key)), 1u);
}

TEST_F(SinkTaskTest, AnObjectOfAnotherWriterFailsTheTaskNamingBoth) {
  ASSERT_TRUE(store_.Put(ObjectKey(Key(0)), "other", {}));
  Append({"a", "b"});
  Start();
  Run();
  ASSERT_TRUE(task_->failure());
  EXPECT_EQ(task_->failure()->kind(), ErrorKind::kAlreadyExists);
  EXPECT_THAT(task_->failure()->message(), HasSubstr(Key(0)));
  EXPECT_EQ(Objects().at(Key(0)), "other");
  EXPECT_EQ(Committed(), 0);
}

TEST_F(SinkTaskTest, AnObjectWithOtherRecordsFailsTheTask) {
  Append({"a", "b"});
  Start();
  Run();
  task_.reset();
  const auto info = *store_.Head(ObjectKey(Key(0)));
  ObjectFacts facts = *ParseObjectMetadata(info.metadata);
  facts.digest.low ^= 1;
  store_.Overwrite(ObjectKey(Key(0)), "x\ny\n", *RenderObjectMetadata(facts));
  clock_.Advance(Millis(60'000));
  ASSERT_TRUE(log_.SetCommittedOffsets(kGroup, {{kTp, {Offset(0), ""}}}));
  Start();
  Run();
  ASSERT_TRUE(task_->failure());
  EXPECT_THAT(task_->failure()->message(), HasSubstr("its records differ"));
  EXPECT_EQ(Committed(), 0);
}

TEST_F(SinkTaskTest, TheEndOfAnExistingObjectIsKept) {
  Append({"a", "b", "c", "d", "e"});
  Start();
  Run();
  task_.reset();
  clock_.Advance(Millis(60'000));
  // Someone moved the group back, and the metadata with the ends is gone.
  ASSERT_TRUE(log_.SetCommittedOffsets(kGroup, {{kTp, {Offset(0), ""}}}));
  options_.today = Flush(3);
  Start();
  Run();
  EXPECT_FALSE(task_->failure());
  EXPECT_EQ(Objects().size(), 2u);
  EXPECT_EQ(Committed(), 4);
}

TEST_F(SinkTaskTest, RecordedCutsAreRepeatedUnderTheirPropertiesThenTodaysApply) {
  store_.SetFaults([](const StoreCall& call) {
    return call.operation == StoreOperation::kPutIfAbsent ? StoreFault::kUnknownLate
                                                          : StoreFault::kNone;
  });
  Append({"a", "b", "c", "d", "e", "f"});
  Start();
  Run();
  task_.reset();  // crash with a request on its way
  EXPECT_EQ(Committed(), 0);
  options_.today = Flush(3);
  options_.today.naming.topics_dir = "other";
  store_.SetFaults({});
  store_.DeliverLate();
  Start();
  Run(80);
  EXPECT_FALSE(task_->failure());
  std::string all;
  for (const auto& [key, body] : Objects()) all += body;
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, "\n\n\n\n\n\nabcdef");
  EXPECT_EQ(Committed(), 6);
}

TEST_F(SinkTaskTest, ATopicMadeAgainFailsTheTaskAndNamesBothLogs) {
  Append({"a", "b"});
  Start();
  Run();
  task_.reset();
  const auto committed = log_.CommittedOffsets(kGroup)->at(kTp);
  const std::string before = log_.DescribeTopic(kTp.topic)->log_id.value();
  clock_.Advance(Millis(60'000));
  ASSERT_TRUE(log_.DeleteTopic(kTp.topic));
  ASSERT_TRUE(log_.CreateTopic({kTp.topic, 1, 1, {}}));
  Append({"c", "d", "e"});
  ASSERT_TRUE(log_.SetCommittedOffsets(kGroup, {{kTp, committed}}));
  Start();
  Run();
  ASSERT_TRUE(task_->failure());
  EXPECT_THAT(task_->failure()->message(), HasSubstr(before));
  EXPECT_THAT(task_->failure()->message(),
              HasSubstr(log_.DescribeTopic(kTp.topic)->log_id.value()));
  EXPECT_EQ(Objects().size(), 1u);
}

TEST_F(SinkTaskTest, OffsetsOfAnotherProgramAreTakenOver) {
  Append({"a", "b", "c", "d"});
  ASSERT_TRUE(log_.SetCommittedOffsets(kGroup, {{kTp, {Offset(1), ""}}}));
  Start();
  Run();
  EXPECT_EQ(Objects(), (std::map<std::string, std::string>{{Key(1), "b\nc\n"}}));
  EXPECT_EQ(Committed(), 3);
}

TEST_F(SinkTaskTest, OverTheBudgetTheLargestIsCut) {
  options_.today = Flush(1000);
  ByteBudget small(20);
  Append({"aaaaaaaaaaaaaaa", "bbbbbbbbbbbbbb", "c"});
  clock_.Advance(Millis(60'000));
  task_ = std::make_unique<SinkTask>(log_, *log_.Join(options_.group), network_.Connect(), clock_,
                                     small, metrics_, options_);
  Run();
  EXPECT_EQ(Objects(),
            (std::map<std::string, std::string>{{Key(0), "aaaaaaaaaaaaaaa\nbbbbbbbbbbbbbb\n"}}));
  EXPECT_EQ(metrics_.GetCounter(kSinkObjectsTotal, {"pins", "memory"}).value(), 1u);
}

TEST_F(SinkTaskTest, WhereOthersHoldTheBudgetObjectsStaySmall) {
  options_.today = Flush(1000);
  const std::string large(300'000, 'x');
  for (int i = 0; i < 20; ++i) Append({large.c_str()});
  const auto others = budget_.Take(budget_.limit() + 1);
  Start();
  Run();
  EXPECT_FALSE(task_->failure());
  size_t bytes = 0;
  for (const auto& [key, body] : Objects()) {
    EXPECT_LT(body.size(), size_t{2} << 20) << key;
    bytes += body.size();
  }
  EXPECT_GE(bytes, 16 * large.size());  // the last ones are open yet
}

TEST_F(SinkTaskTest, AStoreWithoutConditionalPutIsLookedAtFirst) {
  store_.ForgetConditionalPut();
  options_.conditional_put = false;
  Append({"a", "b"});
  Start();
  Run();
  EXPECT_FALSE(task_->failure());
  EXPECT_EQ(Committed(), 2);
}

TEST_F(SinkTaskTest, ARevokedPartitionIsGivenBackOnceNothingIsOnItsWay) {
  Append({"a", "b", "c", "d"});
  Start();
  for (int i = 0; i < 3; ++i) task_->Step(Millis(0));
  log_.ForceRevoke(kGroup, kTp);
  task_->Step(Millis(0));
  Run();
  EXPECT_FALSE(task_->failure());
  EXPECT_EQ(Objects().size(), 2u);
  EXPECT_EQ(Committed(), 4);
}

TEST_F(SinkTaskTest, RecordsThatRetentionRemovedAreCountedAndTheRestGoesOn) {
  Append({"a", "b", "c", "d", "e", "f"});
  ASSERT_TRUE(log_.SetCommittedOffsets(kGroup, {{kTp, {Offset(1), ""}}}));
  log_.DropBefore(kTp, Offset(3));
  Start();
  Run();
  EXPECT_EQ(metrics_.GetCounter(kSinkLostRecordsTotal, {"pins"}).value(), 2u);
  EXPECT_EQ(Objects(), (std::map<std::string, std::string>{{Key(3), "d\ne\n"}}));
  EXPECT_EQ(Committed(), 5);
}

TEST_F(SinkTaskTest, EndsAreReachedOnceTheirRecordsAreCommitted) {
  Append({"a", "b", "c"});
  clock_.Advance(Millis(60'000));
  EndBoard ends({{kTp, Offset(3)}});
  task_ = std::make_unique<SinkTask>(log_, *log_.Join(options_.group), network_.Connect(), clock_,
                                     budget_, metrics_, options_, &ends);
  task_->Step(Millis(0));
  EXPECT_FALSE(ends.all_reached());
  Run();
  EXPECT_TRUE(ends.all_reached());
  EXPECT_EQ(Committed(), 2);
}

}  // namespace
}  // namespace pinlake
