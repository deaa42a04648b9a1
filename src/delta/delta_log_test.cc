#include "delta/delta_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <utility>

#include "delta/delta_commit_text.h"
#include "delta/delta_test_commits.h"
#include "store/fake/fake_store.h"

namespace pinlake {
namespace {

using testing::HasSubstr;

const ObjectKey kVersion1("tables/pin/_delta_log/00000000000000000001.json");

class DeltaLogTest : public testing::Test {
 protected:
  DeltaLog Log(uint64_t seed = 1) { return DeltaLog(store_, "tables/pin", clock_, Rng(seed)); }

  DeltaSnapshot Create() {
    auto made = Log(99).Commit({}, {CreateTableCommit()});
    EXPECT_TRUE(made) << made.error().message();
    return made ? *made : DeltaSnapshot();
  }
  DeltaSnapshot Read() {
    auto read = Log().Read();
    EXPECT_TRUE(read) << read.error().message();
    return read ? *read : DeltaSnapshot();
  }
  /// The fault of the n-th conditional put from now on.
  void FailPut(int number, StoreFault fault) {
    store_.SetFaults([puts = std::make_shared<int>(0), number, fault](const StoreCall& call) {
      if (call.operation != StoreOperation::kPutIfAbsent) return StoreFault::kNone;
      return ++*puts == number ? fault : StoreFault::kNone;
    });
  }
  /// Somebody else commits just before our first conditional put.
  void Interfere(const DeltaCommit& theirs) {
    store_.SetFaults([this, theirs, done = std::make_shared<bool>(false)](const StoreCall& call) {
      if (call.operation != StoreOperation::kPutIfAbsent || std::exchange(*done, true))
        return StoreFault::kNone;
      EXPECT_TRUE(store_.PutIfAbsent(ObjectKey(call.key), RenderDeltaCommit(theirs), {}));
      return StoreFault::kNone;
    });
  }

  ManualClock clock_;
  FakeStore store_{clock_};
};

TEST_F(DeltaLogTest, ReadsWhatItCommitted) {
  const DeltaSnapshot made = Create();
  const auto appended = Log().Commit(made, {Appending("a.parquet")});
  ASSERT_TRUE(appended) << appended.error().message();
  EXPECT_EQ(appended->version, 1);
  EXPECT_TRUE(appended->files.contains("a.parquet"));
  EXPECT_EQ(Read(), *appended);
}

TEST_F(DeltaLogTest, ReadsEarlierVersions) {
  const DeltaSnapshot made = Create();
  ASSERT_TRUE(Log().Commit(made, {Appending("a")}));
  const auto first = Log().Read(0);
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(*first, made);
  const auto later = Log().Read(2);
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().kind(), ErrorKind::kNotFound);
  EXPECT_THAT(later.error().message(), HasSubstr("no version 2; the newest is 1"));
}

TEST_F(DeltaLogTest, WithoutATableSaysWhereItLooked) {
  const auto read = Log().Read();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error(),
            Error(ErrorKind::kNotFound, "no Delta table at tables/pin in fake store"));
}

TEST_F(DeltaLogTest, WhatElseLiesInTheDirectoryIsNoVersion) {
  Create();
  for (const char* name :
       {"00000000000000000001.crc", "00000000000000000001.checkpoint.parquet", "_last_checkpoint",
        "0000000000000000000x.json", "00000000000000000000.00000000000000000001.compacted.json"})
    ASSERT_TRUE(store_.Put(ObjectKey(std::string("tables/pin/_delta_log/") + name), "?", {}));
  EXPECT_EQ(Read().version, 0);
}

TEST_F(DeltaLogTest, AMissingVersionIsCorruption) {
  const DeltaSnapshot made = Create();
  const auto first = Log().Commit(made, {Appending("a")});
  ASSERT_TRUE(first && Log().Commit(*first, {Appending("b")}));
  ASSERT_TRUE(store_.Delete(kVersion1));
  const auto read = Log().Read();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind(), ErrorKind::kCorruption);
  EXPECT_THAT(read.error().message(), HasSubstr("00000000000000000002.json: version 2 follows"));
}

TEST_F(DeltaLogTest, ALogWhoseBeginningWasRemovedIsRefused) {
  const DeltaSnapshot made = Create();
  ASSERT_TRUE(Log().Commit(made, {Appending("a")}));
  ASSERT_TRUE(store_.Delete(ObjectKey("tables/pin/_delta_log/00000000000000000000.json")));
  const auto read = Log().Read();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind(), ErrorKind::kUnsupported);
  EXPECT_THAT(read.error().message(), HasSubstr("begins at version 1"));
}

TEST_F(DeltaLogTest, ADamagedVersionIsNamed) {
  const DeltaSnapshot made = Create();
  store_.Overwrite(kVersion1, "{\"add\":", {});
  const auto read = Log().Read();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind(), ErrorKind::kCorruption);
  EXPECT_THAT(read.error().message(), HasSubstr(kVersion1.value() + ": line 1"));
}

TEST_F(DeltaLogTest, EveryPassingFaultOfAPutEndsInOneCommit) {
  for (const StoreFault fault :
       {StoreFault::kUnavailable, StoreFault::kThrottled, StoreFault::kConflict,
        StoreFault::kUnknownNotDone, StoreFault::kUnknownDone, StoreFault::kUnknownLate}) {
    store_.SetFaults({});
    const DeltaSnapshot before = store_.calls() ? Read() : Create();
    FailPut(1, fault);
    const auto made = Log(static_cast<uint64_t>(fault))
                          .Commit(before, {Appending(fmt::format("{}", static_cast<int>(fault)))});
    ASSERT_TRUE(made) << static_cast<int>(fault) << ": " << made.error().message();
    store_.SetFaults({});
    store_.DeliverLate();
    EXPECT_EQ(made->version, before.version + 1) << static_cast<int>(fault);
    EXPECT_EQ(Read(), *made) << static_cast<int>(fault);
  }
}

TEST_F(DeltaLogTest, AStoreThatStaysAwayIsGivenUpWithoutACommit) {
  const DeltaSnapshot made = Create();
  store_.SetFaults([](const StoreCall&) { return StoreFault::kUnavailable; });
  const auto appended = Log().Commit(made, {Appending("a")});
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().kind(), ErrorKind::kUnavailable);
  store_.SetFaults({});
  EXPECT_EQ(Read(), made);
}

TEST_F(DeltaLogTest, WithoutAnyAnswerTheOutcomeIsUnknownAndNamesTheVersion) {
  const DeltaSnapshot made = Create();
  store_.SetFaults([](const StoreCall&) { return StoreFault::kUnknownLate; });
  const auto appended = Log().Commit(made, {Appending("a")});
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().kind(), ErrorKind::kUnknownOutcome);
  EXPECT_THAT(appended.error().message(), HasSubstr("may be committed as version 1"));
  store_.SetFaults({});
  store_.DeliverLate();
  EXPECT_EQ(Read().files.size(), 1u);
}

TEST_F(DeltaLogTest, AStoreWithoutConditionalPutsIsNotWrittenTo) {
  const DeltaSnapshot made = Create();
  store_.ForgetConditionalPut();
  const auto appended = Log().Commit(made, {Appending("a")});
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().kind(), ErrorKind::kUnsupported);
}

TEST_F(DeltaLogTest, AnAppendGoesBehindAnother) {
  const DeltaSnapshot made = Create();
  Interfere(Appending("theirs"));
  const auto appended = Log().Commit(made, {Appending("ours")});
  ASSERT_TRUE(appended) << appended.error().message();
  EXPECT_EQ(appended->version, 2);
  EXPECT_EQ(appended->files.size(), 2u);
  EXPECT_EQ(Read(), *appended);
}

TEST_F(DeltaLogTest, WhoReadAllRowsIsRefusedBehindAnAppend) {
  const DeltaSnapshot made = Create();
  Interfere(Appending("theirs"));
  const auto appended = Log().Commit(made, {.commit = Appending("ours"), .read_rows = true});
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().kind(), ErrorKind::kConflict);
  EXPECT_EQ(appended.error().message(), "tables/pin: version 1 has added or removed rows");
  EXPECT_FALSE(Read().files.contains("ours"));
}

TEST_F(DeltaLogTest, ATableIsCreatedOnce) {
  Interfere(CreateTableCommit());
  const auto made = Log().Commit({}, {CreateTableCommit()});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind(), ErrorKind::kConflict);
}

TEST_F(DeltaLogTest, AskedToStopItCommitsNothing) {
  const DeltaSnapshot made = Create();
  std::stop_source stop;
  stop.request_stop();
  const auto appended = Log().Commit(made, {Appending("a")}, stop.get_token());
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().kind(), ErrorKind::kCancelled);
  EXPECT_EQ(Read(), made);
}

TEST_F(DeltaLogTest, ManyWritersLoseNoAppend) {
  constexpr int kWriters = 4, kAppends = 20;
  const DeltaSnapshot made = Create();
  {
    std::vector<std::jthread> writers;
    for (int writer = 0; writer < kWriters; ++writer)
      writers.emplace_back([&, writer] {
        DeltaLog log = Log(static_cast<uint64_t>(writer) + 10);
        for (int i = 0; i < kAppends; ++i) {
          const auto done = log.Commit(made, {Appending(fmt::format("{}-{}", writer, i))});
          EXPECT_TRUE(done) << done.error().message();
        }
      });
  }
  const DeltaSnapshot read = Read();
  EXPECT_EQ(read.version, kWriters * kAppends);
  EXPECT_EQ(read.files.size(), size_t{kWriters * kAppends});
}

TEST(DeltaDataKeyTest, IsWithinTheTable) {
  EXPECT_EQ(DeltaDataKey("t", "c=C%25C3%25B4te/f.parquet"), ObjectKey("t/c=C%C3%B4te/f.parquet"));
  for (const char* path : {"../x", "a/../../x", "", "%zz", "a/%2e%2e/x"}) {
    const auto key = DeltaDataKey("t", path);
    ASSERT_FALSE(key) << path;
    EXPECT_EQ(key.error().kind(), ErrorKind::kCorruption) << path;
  }
  for (const char* path : {"s3://other/x", "/etc/passwd", "file:/x"}) {
    const auto key = DeltaDataKey("t", path);
    ASSERT_FALSE(key) << path;
    EXPECT_EQ(key.error().kind(), ErrorKind::kUnsupported) << path;
  }
}

}  // namespace
}  // namespace pinlake
