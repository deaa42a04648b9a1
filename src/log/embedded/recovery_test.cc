// What a log finds after damage of every kind, and what it says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/faulty_disk.h"
#include "log/embedded/embedded_log.h"
#include "log/embedded/segment_scan.h"

namespace pinlake {
namespace {

const TopicName kOrders{"orders"};
const TopicPartition kTp{kOrders, PartitionId(0)};
const Path kFirst = "d/orders-0/00000000000000000000.log";
const Path kMark = "d/orders-0/synced";

class RecoveryTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(Open());
    ASSERT_TRUE(log_->CreateTopic({.topic = kOrders}));
  }
  Status Open() {
    log_.reset();
    auto log = EmbeddedLog::Open(
        {.dir = "d", .segment_bytes = segment_bytes_, .threads = false, .seed = 1}, disk_, clock_);
    if (!log) return Fail(log.error());
    log_ = *std::move(log);
    return {};
  }
  Status Reopen() {
    disk_.Kill();
    return Open();
  }
  std::vector<Result<Appended>> Append(std::vector<std::string_view> values) {
    RecordBatch batch;
    for (const auto value : values) batch.records.push_back({.value = value});
    std::vector<Result<Appended>> answer;
    log_->Append(kOrders, std::move(batch), [&](auto results) { answer = std::move(results); });
    while (log_->Step()) {
    }
    return answer;
  }
  std::vector<std::string> ReadAll() {
    std::vector<std::string> values;
    const auto range = *log_->Offsets(kTp);
    for (Offset at = range.low; at < range.end;) {
      const auto set = log_->Read(kTp, at, 1 << 20, Millis(0), {});
      EXPECT_TRUE(set) << set.error().message();
      if (!set) break;
      for (const auto& record : set->records) values.emplace_back(*record.value);
      at = set->next;
    }
    return values;
  }
  void Write(const Path& path, uint64_t at, std::string_view data) {
    ASSERT_TRUE((*disk_.OpenWrite(path))->WriteAt(at, data));
  }
  uint64_t EndOfRecords() { return DecodeSyncedMark(*disk_.ReadAll(kMark))->position; }

  int64_t segment_bytes_ = 1 << 20;
  ManualClock clock_;
  FaultyDisk disk_{1};
  std::unique_ptr<EmbeddedLog> log_;
};

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(RecoveryTest, ATornTailIsCutAndTheLogGoesOn) {
  Append({"a"});
  Append({"b"});
  BatchBuilder builder;
  builder.Add({.value = "torn"}, 1);
  const std::string batch(builder.Finish(Offset(2)));
  for (const size_t size : {size_t{1}, size_t{20}, kBatchHeaderBytes, batch.size() - 1}) {
    SCOPED_TRACE(size);
    Write(kFirst, EndOfRecords(), std::string_view(batch).substr(0, size));
    ASSERT_TRUE(Reopen());
    EXPECT_THAT(ReadAll(), ElementsAre("a", "b"));
    EXPECT_EQ(*disk_.SizeOf(kFirst), EndOfRecords()) << "nothing is left of it";
  }
  EXPECT_EQ(Append({"c"})[0]->offset, Offset(2));
  ASSERT_TRUE(Reopen());
  EXPECT_THAT(ReadAll(), ElementsAre("a", "b", "c"));
}

TEST_F(RecoveryTest, AZeroFilledTailIsNoRecord) {
  Append({"a"});
  EXPECT_GT(*disk_.SizeOf(kFirst), EndOfRecords()) << "space is reserved";
  ASSERT_TRUE(Reopen());
  EXPECT_THAT(ReadAll(), ElementsAre("a"));
}

TEST_F(RecoveryTest, AWholeBatchThatNobodyWasToldOfIsKept) {
  Append({"a"});
  BatchBuilder builder;
  builder.Add({.value = "b"}, 1);
  Write(kFirst, EndOfRecords(), builder.Finish(Offset(1)));
  ASSERT_TRUE(Reopen());
  EXPECT_THAT(ReadAll(), ElementsAre("a", "b"));
}

TEST_F(RecoveryTest, AFlippedBitBelowTheSyncedEndStopsWithFileAndPlace) {
  Append({"a"});
  const uint64_t second = EndOfRecords();
  Append({"b"});
  disk_.Kill();
  disk_.FlipBit(kFirst, second + 63);
  const Status opened = Open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind(), ErrorKind::kCorruption);
  EXPECT_THAT(opened.error().message(), HasSubstr(kFirst));
  EXPECT_THAT(opened.error().message(), HasSubstr(fmt::format("byte {} (offset 1)", second)));
}

TEST_F(RecoveryTest, WithoutAMarkALaterWholeBatchProvesThatTheDamageWasSynced) {
  Append({"a"});
  Append({"b"});
  disk_.Kill();
  disk_.FlipBit(kFirst, 63);
  ASSERT_TRUE(disk_.Remove(kMark));
  const Status opened = Open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind(), ErrorKind::kCorruption);
  EXPECT_THAT(opened.error().message(), HasSubstr("a later batch at byte"));
}

TEST_F(RecoveryTest, AFlippedBitInTheTailIsCut) {
  Append({"a"});
  const uint64_t end = EndOfRecords();
  BatchBuilder builder;
  builder.Add({.value = "b"}, 1);
  Write(kFirst, end, builder.Finish(Offset(1)));
  disk_.FlipBit(kFirst, end + 65);
  ASSERT_TRUE(Reopen());
  EXPECT_THAT(ReadAll(), ElementsAre("a"));
}

TEST_F(RecoveryTest, DamageUnderAReaderIsTold) {
  Append({"a"});
  disk_.FlipBit(kFirst, 65);
  const auto set = log_->Read(kTp, Offset(0), 100, Millis(0), {});
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().kind(), ErrorKind::kCorruption);
  EXPECT_THAT(set.error().message(), HasSubstr(kFirst + " at byte 0"));
}

TEST_F(RecoveryTest, MissingAndWrongIndexesAreRebuilt) {
  segment_bytes_ = 20'000;
  ASSERT_TRUE(Reopen());
  std::vector<std::string> written;
  for (int i = 0; i < 60; ++i) {
    written.push_back(std::to_string(i) + std::string(900, 'x'));
    Append({written.back()});
  }
  const Path index = "d/orders-0/00000000000000000000.index";
  const Path times = "d/orders-0/00000000000000000000.timeindex";
  const std::string good = *disk_.ReadAll(index);
  const std::string good_times = *disk_.ReadAll(times);
  ASSERT_GT(good.size(), 8u);
  ASSERT_TRUE(disk_.Remove(index));
  ASSERT_TRUE(Reopen());
  EXPECT_EQ(*disk_.ReadAll(index), good);
  Write(index, 0, "garbage!");
  ASSERT_TRUE(disk_.Remove(times));
  ASSERT_TRUE(Reopen());
  EXPECT_EQ(*disk_.ReadAll(index), good);
  EXPECT_EQ(*disk_.ReadAll(times), good_times);
  EXPECT_EQ(ReadAll(), written);
  for (int i = 0; i < 60; i += 7) {
    const auto set = log_->Read(kTp, Offset(i), 1, Millis(0), {});
    EXPECT_EQ(*set->records.at(0).value, written[static_cast<size_t>(i)]);
  }
}

TEST_F(RecoveryTest, AHalfRolledSegmentIsTheActiveOne) {
  Append({"a", "b"});
  // Rolling trims the old segment, then makes the new file.
  ASSERT_TRUE((*disk_.OpenWrite(kFirst))->Truncate(EndOfRecords()));
  Write("d/orders-0/00000000000000000002.log", 0, "");
  ASSERT_TRUE(Reopen());
  EXPECT_THAT(ReadAll(), ElementsAre("a", "b"));
  EXPECT_EQ(Append({"c"})[0]->offset, Offset(2));
  ASSERT_TRUE(Reopen());
  EXPECT_THAT(ReadAll(), ElementsAre("a", "b", "c"));
}

TEST_F(RecoveryTest, AMissingSegmentIsNeverSkipped) {
  segment_bytes_ = 1024;
  ASSERT_TRUE(Reopen());
  const std::string large(2000, 'x');
  for (int i = 0; i < 3; ++i) Append({large});
  disk_.Kill();
  ASSERT_TRUE(disk_.Remove("d/orders-0/00000000000000000001.log"));
  const Status opened = Open();
  EXPECT_EQ(opened.error().kind(), ErrorKind::kCorruption);
  EXPECT_THAT(opened.error().message(), HasSubstr("next segment begins at offset 2"));
}

TEST_F(RecoveryTest, AMissingLastSegmentIsNoticed) {
  Append({"a"});
  disk_.Kill();
  ASSERT_TRUE(disk_.Remove(kFirst));
  EXPECT_EQ(Open().error().kind(), ErrorKind::kCorruption);
}

TEST_F(RecoveryTest, DamagedMetadataIsNotTakenForAnEmptyLog) {
  disk_.Kill();
  disk_.FlipBit("d/pinlake.meta", 30);
  const Status opened = Open();
  EXPECT_EQ(opened.error().kind(), ErrorKind::kCorruption);
  EXPECT_THAT(opened.error().message(), HasSubstr("pinlake.meta"));
}

TEST_F(RecoveryTest, ACleanCloseTrimsTheReservedSpace) {
  Append({"a"});
  const uint64_t end = EndOfRecords();
  log_->Close();
  EXPECT_EQ(*disk_.SizeOf(kFirst), end);
}

TEST_F(RecoveryTest, AFullDiskFailsAppendsUntilThereIsSpace) {
  Append({"a"});
  disk_.FailCall(disk_.calls(), ErrorKind::kOutOfSpace, true);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Append({"b"})[0].error().kind(), ErrorKind::kOutOfSpace);
    EXPECT_EQ(log_->Ready().error().kind(), ErrorKind::kOutOfSpace);
    EXPECT_EQ(log_->CreateTopic({.topic = TopicName("t")}).error().kind(), ErrorKind::kOutOfSpace);
  }
  EXPECT_THAT(ReadAll(), ElementsAre("a"));
  disk_.FailNothing();
  EXPECT_TRUE(log_->Ready());
  EXPECT_EQ(Append({"c"})[0]->offset, Offset(1));
  EXPECT_TRUE(log_->CreateTopic({.topic = TopicName("t")}));
}

// Calls 0, 1, 2 … of an append fail for lack of space, one at a time.
TEST_F(RecoveryTest, AfterAFullDiskTheLogGoesOn) {
  for (int call = 0; call < 3; ++call) {
    SCOPED_TRACE(call);
    const auto before = log_->Offsets(kTp)->end;
    disk_.FailCall(disk_.calls() + call, ErrorKind::kOutOfSpace);
    const auto results = Append({"x"});
    disk_.FailNothing();
    if (results[0]) {
      EXPECT_EQ(results[0]->offset, before);
      continue;
    }
    EXPECT_EQ(results[0].error().kind(), ErrorKind::kOutOfSpace);
    EXPECT_EQ(Append({"y"})[0]->offset, before) << "no offset is lost";
  }
  const auto values = ReadAll();
  ASSERT_TRUE(Reopen());
  EXPECT_EQ(ReadAll(), values);
}

TEST_F(RecoveryTest, AFailedSyncStopsTheLogForGood) {
  Append({"a"});
  // An append to reserved space is a write and a sync.
  disk_.FailCall(disk_.calls() + 1, ErrorKind::kUnavailable);
  EXPECT_EQ(Append({"b"})[0].error().kind(), ErrorKind::kUnknownOutcome);
  EXPECT_EQ(log_->Ready().error().kind(), ErrorKind::kUnavailable);
  const int64_t calls = disk_.calls();
  EXPECT_EQ(Append({"c"})[0].error().kind(), ErrorKind::kUnavailable);
  EXPECT_EQ(log_->SetCommittedOffsets(GroupName("g"), {{kTp, {Offset(1), ""}}}).error().kind(),
            ErrorKind::kUnavailable);
  EXPECT_EQ(log_->CreateTopic({.topic = TopicName("t")}).error().kind(), ErrorKind::kUnavailable);
  EXPECT_EQ(disk_.calls(), calls) << "nothing is tried again";
  EXPECT_THAT(ReadAll(), ElementsAre("a")) << "what was durable can be read";
  log_->Close();
  disk_.Crash();
  ASSERT_TRUE(Open());
  EXPECT_EQ(ReadAll().front(), "a");
}

TEST_F(RecoveryTest, ASecondWriterIsRefusedAndNamesTheFirst) {
  const auto second = EmbeddedLog::Open({.dir = "d", .threads = false}, disk_, clock_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind(), ErrorKind::kConflict);
  EXPECT_THAT(second.error().message(), HasSubstr(fmt::format("process {}", ::getpid())));
}

TEST_F(RecoveryTest, CommittedOffsetsAreRewrittenAndSurvive) {
  log_->Close();
  log_.reset();
  const auto open = [&] {
    log_ = *EmbeddedLog::Open(
        {.dir = "d", .offsets_segment_bytes = 4096, .threads = false, .seed = 1}, disk_, clock_);
  };
  open();
  const GroupName group("g");
  for (int i = 1; i <= 300; ++i) {
    ASSERT_TRUE(log_->SetCommittedOffsets(group, {{kTp, {Offset(i), "m"}}}));
  }
  EXPECT_LE(disk_.List("d/__consumer_offsets-0")->size(), 4u) << "old segments are gone";
  disk_.Crash();
  log_.reset();
  open();
  EXPECT_EQ(log_->CommittedOffsets(group)->at(kTp).offset, Offset(300));
}

TEST_F(RecoveryTest, OverTheLimitOfWaitingBytesAnAppendIsThrottled) {
  log_->Close();
  log_ =
      *EmbeddedLog::Open({.dir = "d", .waiting_bytes_max = 1024, .threads = false}, disk_, clock_);
  std::vector<ErrorKind> kinds;
  const std::string large(2000, 'x');
  for (int i = 0; i < 2; ++i) {
    log_->Append(kOrders, {.records = {{.value = large}}, .owner = {}}, [&](const auto& results) {
      if (!results[0]) kinds.push_back(results[0].error().kind());
    });
  }
  EXPECT_THAT(kinds, ElementsAre(ErrorKind::kThrottled));
  while (log_->Step()) {
  }
  EXPECT_TRUE(Append({"small"})[0]) << "there is room again";
}

TEST_F(RecoveryTest, RetentionByTimeEndsWholeSegmentsAndTheActiveOne) {
  segment_bytes_ = 1024;
  ASSERT_TRUE(Reopen());
  ASSERT_TRUE(log_->AlterTopic(kOrders, {{"retention.ms", "1000"}}));
  const std::string large(2000, 'x');
  Append({large});
  Append({large});
  clock_.Advance(Millis(500));
  Append({large});
  clock_.Advance(Millis(501));
  ASSERT_TRUE(log_->ApplyRetention());
  EXPECT_EQ(*log_->Offsets(kTp), (OffsetRange{Offset(2), Offset(3)}));
  clock_.Advance(Millis(1000));
  ASSERT_TRUE(log_->ApplyRetention());
  EXPECT_EQ(*log_->Offsets(kTp), (OffsetRange{Offset(3), Offset(3)}));
  ASSERT_TRUE(Reopen());
  EXPECT_EQ(*log_->Offsets(kTp), (OffsetRange{Offset(3), Offset(3)}));
  EXPECT_EQ(Append({"a"})[0]->offset, Offset(3)) << "offsets never go back";
}

}  // namespace
}  // namespace pinlake
