#include "sink/sink_partition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinlake {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

PartitionStart From(int64_t offset) {
  return {Offset(offset), true, Offset(offset), 0, {}, {}, false};
}

CutRules FlushEvery(int64_t records) {
  CutRules rules;
  rules.flush_records = records;
  return rules;
}

CutRules ScheduleEvery(int64_t ms) {
  CutRules rules = FlushEvery(1000);
  rules.schedule = *RotationSchedule::Make(ms, "UTC");
  return rules;
}

RecordFact At(int64_t offset, bool skipped = false) {
  return {Offset(offset), 0, EncodedPartitionId(0), skipped};
}

void Give(SinkPartition* partition, int64_t first, int64_t last) {
  for (int64_t at = first; at <= last; ++at) {
    ASSERT_TRUE(partition->Admit(Offset(at))) << at;
    partition->OnRecord(At(at));
  }
}

/// Commits what is due; the plan that was made durable.
CommitPlan Commit(SinkPartition* partition, size_t new_ends_max = 100) {
  const CommitPlan plan = partition->PlanCommit(new_ends_max);
  partition->OnCommitted(plan);
  return plan;
}

std::vector<int64_t> Ends(const CommitPlan& plan) {
  std::vector<int64_t> ends;
  for (const auto& end : plan.ends) ends.push_back(end.end.value());
  return ends;
}

void StoreAll(SinkPartition* partition) {
  for (auto stores = partition->TakeStores(); !stores.empty(); stores = partition->TakeStores()) {
    for (const auto& store : stores) partition->OnObjectStored(store);
  }
}

TEST(SinkPartitionTest, CommitsTheStartOffsetBeforeAllElse) {
  SinkPartition partition(FlushEvery(2), {Offset(7), false, Offset(7), 0, {}, {}, false});
  EXPECT_EQ(partition.commit_wish(), CommitWish::kFirst);
  Give(&partition, 7, 8);
  EXPECT_EQ(Commit(&partition).offset, Offset(7));
  EXPECT_THAT(partition.TakeStores(), IsEmpty());
  EXPECT_EQ(partition.commit_wish(), CommitWish::kRecord);
}

TEST(SinkPartitionTest, StoresNothingThatIsNotRecorded) {
  SinkPartition partition(FlushEvery(2), From(0));
  Give(&partition, 0, 1);
  EXPECT_EQ(partition.commit_wish(), CommitWish::kRecord);
  EXPECT_THAT(partition.TakeStores(), IsEmpty());
  const CommitPlan plan = Commit(&partition);
  EXPECT_EQ(plan.offset, Offset(0));
  EXPECT_THAT(Ends(plan), ElementsAre(2));
  EXPECT_THAT(partition.TakeStores(), ElementsAre(StoreObject{CutNumber(0), 0}));
  EXPECT_THAT(partition.TakeStores(), IsEmpty());
}

TEST(SinkPartitionTest, CommitsOnlyAfterTheObjectIsStored) {
  SinkPartition partition(FlushEvery(2), From(40));
  Give(&partition, 40, 41);
  Commit(&partition);
  const auto stores = partition.TakeStores();
  EXPECT_EQ(partition.commit_wish(), CommitWish::kNone);
  EXPECT_EQ(partition.PlanCommit(100).offset, Offset(40));
  partition.OnObjectStored(stores.at(0));
  EXPECT_EQ(partition.commit_wish(), CommitWish::kAdvance);
  EXPECT_EQ(Commit(&partition), (CommitPlan{Offset(42), Offset(42), 0, {}}));
  EXPECT_TRUE(partition.idle());
}

TEST(SinkPartitionTest, ACommitNeverPassesAnObjectThatIsNotStored) {
  SinkPartition partition(FlushEvery(1), From(0));
  Give(&partition, 0, 0);
  Commit(&partition);
  StoreAll(&partition);
  Give(&partition, 1, 3);
  Commit(&partition);
  const auto stores = partition.TakeStores();
  ASSERT_EQ(stores.size(), 3u);
  partition.OnObjectStored(stores[2]);
  partition.OnObjectStored(stores[1]);
  EXPECT_EQ(partition.commit_wish(), CommitWish::kNone);
  EXPECT_EQ(partition.PlanCommit(100).offset, Offset(1));
  partition.OnObjectStored(stores[0]);
  EXPECT_EQ(Commit(&partition).offset, Offset(4));
}

TEST(SinkPartitionTest, OneCommitTakesStoredCutsAndRecordsNewOnes) {
  SinkPartition partition(FlushEvery(1), From(0));
  Give(&partition, 0, 1);
  Commit(&partition);
  StoreAll(&partition);
  Give(&partition, 2, 4);
  const CommitPlan plan = Commit(&partition);
  EXPECT_EQ(plan.offset, Offset(2));
  EXPECT_THAT(Ends(plan), ElementsAre(3, 4, 5));
}

TEST(SinkPartitionTest, TheFirstObjectOfAnAssignmentGoesAlone) {
  SinkPartition partition(FlushEvery(1), From(0));
  Give(&partition, 0, 2);
  Commit(&partition);
  const auto first = partition.TakeStores();
  ASSERT_EQ(first.size(), 1u);
  partition.OnObjectStored(first[0]);
  EXPECT_EQ(partition.TakeStores().size(), 2u);
}

TEST(SinkPartitionTest, ACommitKeepsTheEndsStillOnTheirWay) {
  SinkPartition partition(FlushEvery(2), From(0));
  Give(&partition, 0, 5);
  Commit(&partition);
  const auto stores = partition.TakeStores();
  partition.OnObjectStored(stores[0]);
  EXPECT_THAT(Ends(Commit(&partition)), ElementsAre(4, 6));
}

TEST(SinkPartitionTest, RecordsNoMoreEndsThanFitAndStoresOnlyThose) {
  SinkPartition partition(FlushEvery(1), From(0));
  Give(&partition, 0, 4);
  EXPECT_THAT(Ends(Commit(&partition, 2)), ElementsAre(1, 2));
  StoreAll(&partition);
  EXPECT_EQ(partition.commit_wish(), CommitWish::kRecord);
  const CommitPlan plan = Commit(&partition, 2);
  EXPECT_EQ(plan.offset, Offset(2));
  EXPECT_THAT(Ends(plan), ElementsAre(3, 4));
}

TEST(SinkPartitionTest, TakesNoMoreRecordsThanCutsMayBeInFlight) {
  CutRules rules = FlushEvery(1);
  rules.cuts_in_flight_max = 3;
  SinkPartition partition(rules, From(0));
  Give(&partition, 0, 2);
  EXPECT_FALSE(partition.Admit(Offset(3)));
  Commit(&partition);
  EXPECT_FALSE(partition.Admit(Offset(3)));
  StoreAll(&partition);
  // One commit takes the stored ones and records those that came meanwhile: never more than three.
  Give(&partition, 3, 5);
  EXPECT_FALSE(partition.Admit(Offset(6)));
  EXPECT_THAT(Ends(Commit(&partition)), ElementsAre(4, 5, 6));
}

TEST(SinkPartitionTest, SkippedRecordsCountInTheCutTheyFallInto) {
  SinkPartition partition(FlushEvery(2), From(0));
  partition.OnRecord(At(0, true));
  partition.OnRecord(At(1));
  partition.OnRecord(At(2, true));
  EXPECT_EQ(partition.commit_wish(), CommitWish::kNone);
  partition.OnRecord(At(3));
  const Cut& cut = partition.cuts().front();
  EXPECT_EQ(cut.skipped, 2);
  EXPECT_EQ(cut.start, Offset(0));
  EXPECT_EQ(cut.end, Offset(4));
  EXPECT_EQ(cut.objects.at(0).first, Offset(1));
  EXPECT_EQ(cut.objects.at(0).last, Offset(3));
}

TEST(SinkPartitionTest, OffsetsMovePastATailOfSkippedRecordsAndTheCutStaysWhole) {
  SinkPartition partition(FlushEvery(1), From(0));
  partition.OnRecord(At(0, true));
  partition.OnRecord(At(1, true));
  EXPECT_EQ(partition.commit_wish(), CommitWish::kTail);
  EXPECT_EQ(Commit(&partition), (CommitPlan{Offset(2), Offset(0), 2, {}}));
  EXPECT_EQ(partition.commit_wish(), CommitWish::kNone);
  partition.OnRecord(At(2));
  EXPECT_EQ(partition.cuts().front().start, Offset(0));
  EXPECT_EQ(partition.cuts().front().skipped, 2);
  // The record of the cut must not forget the tail before the committed offset.
  const CommitPlan plan = Commit(&partition);
  EXPECT_EQ(plan.offset, Offset(2));
  EXPECT_EQ(plan.cut_start, Offset(0));
  EXPECT_EQ(plan.skipped, 2);
  StoreAll(&partition);
  EXPECT_EQ(Commit(&partition), (CommitPlan{Offset(3), Offset(3), 0, {}}));
}

TEST(SinkPartitionTest, ASuccessorTakesATailOfSkippedRecordsAsItsCutsBeginning) {
  SinkPartition partition(FlushEvery(1), {Offset(2), true, Offset(0), 2, {}, {}, false});
  partition.OnRecord(At(2));
  EXPECT_EQ(partition.cuts().front().start, Offset(0));
  EXPECT_EQ(partition.cuts().front().skipped, 2);
}

TEST(SinkPartitionTest, RecordedEndsAreRepeatedBeforeAnyCutOfItsOwn) {
  PartitionStart start = From(10);
  start.ends = {{{Offset(13), RotationReason::kSchedule}, true},
                {{Offset(14), RotationReason::kMemory}, true}};
  SinkPartition partition(FlushEvery(2), start);
  Give(&partition, 10, 15);
  ASSERT_EQ(partition.cuts().size(), 3u);
  EXPECT_EQ(partition.cuts()[0].end, Offset(13));
  EXPECT_EQ(partition.cuts()[0].objects[0].count, 3);
  EXPECT_EQ(partition.cuts()[1].end, Offset(14));
  EXPECT_EQ(partition.cuts()[1].reason, RotationReason::kMemory);
  EXPECT_EQ(partition.cuts()[2].end, Offset(16));
  // Those of the predecessor need no new record.
  EXPECT_EQ(partition.TakeStores().size(), 1u);
}

TEST(SinkPartitionTest, ACommitWhileRepeatingKeepsTheEndsNotYetReached) {
  PartitionStart start = From(10);
  start.ends = {{{Offset(12), RotationReason::kSchedule}, true},
                {{Offset(15), RotationReason::kSchedule}, true}};
  SinkPartition partition(FlushEvery(100), start);
  Give(&partition, 10, 12);
  StoreAll(&partition);
  const CommitPlan plan = Commit(&partition);
  EXPECT_EQ(plan.offset, Offset(12));
  EXPECT_THAT(Ends(plan), ElementsAre(15));
}

TEST(SinkPartitionTest, NeitherClockNorMemoryCutsInsideARecordedCut) {
  PartitionStart start = From(0);
  start.ends = {{{Offset(5), RotationReason::kFlushSize}, true}};
  SinkPartition partition(ScheduleEvery(1000), start);
  partition.OnClock(500);
  Give(&partition, 0, 2);
  partition.OnClock(1500);
  EXPECT_FALSE(partition.CutNow(RotationReason::kMemory));
  EXPECT_TRUE(partition.cuts().empty());
  Give(&partition, 3, 5);
  ASSERT_EQ(partition.cuts().size(), 1u);
  EXPECT_EQ(partition.cuts()[0].end, Offset(5));
  partition.OnClock(1501);
  ASSERT_EQ(partition.cuts().size(), 2u);
  EXPECT_EQ(partition.cuts()[1].end, Offset(6));
}

TEST(SinkPartitionTest, ARecordedEndHoldsWhereItsRecordsAreGone) {
  PartitionStart start = From(0);
  start.ends = {{{Offset(5), RotationReason::kFlushSize}, true}};
  SinkPartition partition(FlushEvery(100), start);
  Give(&partition, 0, 2);
  ASSERT_TRUE(partition.Admit(Offset(9)));
  ASSERT_EQ(partition.cuts().size(), 1u);
  EXPECT_EQ(partition.cuts()[0].end, Offset(5));
  EXPECT_EQ(partition.cuts()[0].objects[0].last, Offset(2));
}

TEST(SinkPartitionTest, OtherRulesWaitUntilTheRecordedCutsAreCommitted) {
  PartitionStart start = From(0);
  start.ends = {{{Offset(2), RotationReason::kSchedule}, true}};
  start.repeat_only = true;
  SinkPartition partition(FlushEvery(1), start);
  Give(&partition, 0, 1);
  EXPECT_FALSE(partition.Admit(Offset(2)));
  EXPECT_FALSE(partition.repeated());
  StoreAll(&partition);
  EXPECT_FALSE(partition.repeated());
  Commit(&partition);
  EXPECT_TRUE(partition.repeated());
  EXPECT_EQ(partition.committed(), Offset(2));
}

TEST(SinkPartitionTest, TheScheduleClosesWhatIsOpenAndMakesNoEmptyObjects) {
  SinkPartition partition(ScheduleEvery(1000), From(0));
  partition.OnClock(10'500);
  partition.OnClock(11'500);
  EXPECT_TRUE(partition.cuts().empty());
  Give(&partition, 0, 1);
  partition.OnClock(11'999);
  EXPECT_TRUE(partition.cuts().empty());
  partition.OnClock(12'000);
  ASSERT_EQ(partition.cuts().size(), 1u);
  EXPECT_EQ(partition.cuts()[0].reason, RotationReason::kSchedule);
  EXPECT_EQ(partition.next_schedule_ms(), 13'000);
}

TEST(SinkPartitionTest, AClockSetBackDoesNotStopTheSchedule) {
  SinkPartition partition(ScheduleEvery(1000), From(0));
  partition.OnClock(100'000'500);
  partition.OnClock(500);
  Give(&partition, 0, 0);
  partition.OnClock(1000);
  EXPECT_EQ(partition.cuts().size(), 1u);
}

TEST(SinkPartitionTest, AnExistingObjectsEndIsKept) {
  SinkPartition partition(FlushEvery(3), From(0));
  Give(&partition, 0, 5);
  Commit(&partition);
  partition.TakeStores();
  const auto again = partition.StartOverWithEnd(CutNumber(0), Offset(2));
  ASSERT_TRUE(again);
  SinkPartition second(FlushEvery(3), *again);
  Give(&second, 0, 5);
  ASSERT_EQ(second.cuts().size(), 3u);
  EXPECT_EQ(second.cuts()[0].end, Offset(2));
  EXPECT_EQ(second.cuts()[1].end, Offset(3));
  EXPECT_EQ(second.cuts()[2].end, Offset(6));
  // The new end is recorded before anything is stored under it.
  EXPECT_EQ(second.commit_wish(), CommitWish::kRecord);
  EXPECT_THAT(second.TakeStores(), IsEmpty());
  EXPECT_THAT(Ends(Commit(&second)), ElementsAre(2, 3, 6));
  EXPECT_EQ(second.TakeStores().size(), 1u);
}

TEST(SinkPartitionTest, AnExistingLongerObjectSwallowsCutsNotYetSent) {
  SinkPartition partition(FlushEvery(2), From(0));
  Give(&partition, 0, 5);
  Commit(&partition);
  partition.TakeStores();
  const auto again = partition.StartOverWithEnd(CutNumber(0), Offset(5));
  ASSERT_TRUE(again);
  SinkPartition second(FlushEvery(2), *again);
  Give(&second, 0, 5);
  EXPECT_THAT(Ends(second.PlanCommit(100)), ElementsAre(5, 6));
}

TEST(SinkPartitionTest, ALongerObjectOverCutsAlreadySentIsRefused) {
  SinkPartition partition(FlushEvery(1), From(0));
  Give(&partition, 0, 0);
  Commit(&partition);
  StoreAll(&partition);
  Give(&partition, 1, 3);
  Commit(&partition);
  ASSERT_EQ(partition.TakeStores().size(), 3u);
  const auto again = partition.StartOverWithEnd(CutNumber(1), Offset(3));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind(), ErrorKind::kCorruption);
  EXPECT_FALSE(partition.StartOverWithEnd(CutNumber(1), Offset(1)));
}

TEST(SinkPartitionTest, ObjectsOfSeveralEncodedPartitionsAreOneCut) {
  SinkPartition partition(FlushEvery(4), From(0));
  for (const int64_t at : {0, 1, 2, 3}) {
    partition.OnRecord({Offset(at), 0, EncodedPartitionId(static_cast<uint32_t>(at % 2)), false});
  }
  ASSERT_EQ(partition.cuts().size(), 1u);
  Commit(&partition);
  const auto stores = partition.TakeStores();
  ASSERT_EQ(stores.size(), 2u);
  partition.OnObjectStored(stores[1]);
  EXPECT_EQ(partition.commit_wish(), CommitWish::kNone);
  partition.OnObjectStored(stores[0]);
  EXPECT_EQ(Commit(&partition).offset, Offset(4));
}

TEST(SinkPartitionTest, AnAnswerThatComesTwiceChangesNothing) {
  SinkPartition partition(FlushEvery(1), From(0));
  Give(&partition, 0, 0);
  Commit(&partition);
  const auto stores = partition.TakeStores();
  partition.OnObjectStored(stores[0]);
  partition.OnObjectStored(stores[0]);
  Commit(&partition);
  partition.OnObjectStored(stores[0]);
  EXPECT_EQ(partition.committed(), Offset(1));
}

}  // namespace
}  // namespace pinlake
