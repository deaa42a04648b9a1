#include "delta/delta_snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "delta/delta_commit_text.h"
#include "delta/delta_test_commits.h"

namespace pinlake {
namespace {

using testing::HasSubstr;

DeltaSnapshot Made(const DeltaCommit& commit = CreateTableCommit()) {
  DeltaSnapshot snapshot;
  const auto applied = ApplyDeltaCommit(0, commit, &snapshot);
  EXPECT_TRUE(applied) << applied.error().message();
  return snapshot;
}

void ExpectRefused(const Status& status, ErrorKind kind, std::string_view words) {
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind(), kind);
  EXPECT_THAT(status.error().message(), HasSubstr(words));
}

TEST(DeltaSnapshotTest, AddsUpWhatDeltalakeCommitted) {
  DeltaSnapshot snapshot;
  for (int version = 0; version < 5; ++version) {
    std::ifstream in(
        fmt::format("{}/tests/golden/delta/deltalake-{}.json", PINLAKE_SOURCE_DIR, version));
    std::stringstream text;
    text << in.rdbuf();
    const auto commit = ParseDeltaCommit(text.str());
    ASSERT_TRUE(commit) << commit.error().message();
    const auto applied = ApplyDeltaCommit(version, *commit, &snapshot);
    ASSERT_TRUE(applied) << applied.error().message();
  }
  EXPECT_EQ(snapshot.version, 4);
  ASSERT_EQ(snapshot.files.size(), 1u);
  EXPECT_THAT(snapshot.files.begin()->first, HasSubstr("4b01847d-a3b7-4391-9c11-5e552ba6d69b"));
  EXPECT_EQ(snapshot.tombstones.size(), 4u);
  EXPECT_EQ(snapshot.txns.at("pinlake/a/b").version, 7);
  EXPECT_EQ(snapshot.metadata.name, "pin");
}

TEST(DeltaSnapshotTest, AFileThatComesBackIsNoTombstone) {
  DeltaSnapshot snapshot = Made();
  ASSERT_TRUE(ApplyDeltaCommit(1, Appending("a"), &snapshot));
  ASSERT_TRUE(ApplyDeltaCommit(2, Replacing("a", "b", true), &snapshot));
  EXPECT_TRUE(snapshot.tombstones.contains("a"));
  ASSERT_TRUE(ApplyDeltaCommit(3, Appending("a"), &snapshot));
  EXPECT_FALSE(snapshot.tombstones.contains("a"));
  EXPECT_EQ(snapshot.files.size(), 2u);
}

TEST(DeltaSnapshotTest, RefusesWhatIsNoLog) {
  DeltaSnapshot snapshot;
  ExpectRefused(ApplyDeltaCommit(1, CreateTableCommit(), &snapshot), ErrorKind::kCorruption,
                "version 1 follows version -1");
  ExpectRefused(ApplyDeltaCommit(0, Appending("a"), &snapshot), ErrorKind::kCorruption,
                "version 0 lacks protocol");
  DeltaSnapshot table = Made();
  ExpectRefused(ApplyDeltaCommit(1, Replacing("a", "a", true), &table), ErrorKind::kCorruption,
                "a is added and removed");
}

TEST(DeltaSnapshotTest, RefusesReadersFeaturesByName) {
  DeltaCommit commit = CreateTableCommit();
  commit.protocol = DeltaProtocol{.reader_version = 3,
                                  .writer_version = 7,
                                  .reader_features = {{"deletionVectors"}},
                                  .writer_features = {{"deletionVectors"}}};
  DeltaSnapshot snapshot;
  ExpectRefused(ApplyDeltaCommit(0, commit, &snapshot), ErrorKind::kUnsupported,
                "'deletionVectors'");
  commit.protocol = DeltaProtocol{.reader_version = 2, .writer_version = 5};
  ExpectRefused(ApplyDeltaCommit(0, commit, &snapshot), ErrorKind::kUnsupported,
                "readers need version 2");
}

TEST(DeltaSnapshotTest, WritesOnlyToTablesThatPinlakeCreated) {
  DeltaSnapshot snapshot = Made();
  EXPECT_TRUE(CheckDeltaCommit(snapshot, Appending("a")));
  snapshot.metadata.configuration.clear();
  ExpectRefused(CheckDeltaCommit(snapshot, Appending("a")), ErrorKind::kUnsupported,
                "not created by Pinlake");
}

TEST(DeltaSnapshotTest, RefusesToForgetTransactions) {
  const DeltaCommit commit =
      CreateTableCommit({{"delta.setTransactionRetentionDuration", "interval 1 day"}});
  ExpectRefused(CheckDeltaCommit({}, commit), ErrorKind::kUnsupported,
                "delta.setTransactionRetentionDuration");
  ExpectRefused(CheckDeltaCommit(Made(commit), Appending("a")), ErrorKind::kUnsupported,
                "delta.setTransactionRetentionDuration");
}

TEST(DeltaSnapshotTest, RefusesWritersFeaturesItLacks) {
  DeltaSnapshot snapshot = Made();
  snapshot.protocol.writer_version = 7;
  snapshot.protocol.writer_features = {"appendOnly", "invariants"};
  EXPECT_TRUE(CheckDeltaCommit(snapshot, Appending("a")));
  snapshot.protocol.writer_features = {"appendOnly", "rowTracking"};
  ExpectRefused(CheckDeltaCommit(snapshot, Appending("a")), ErrorKind::kUnsupported,
                "'rowTracking'");
  snapshot.protocol = {.writer_version = 4};
  ExpectRefused(CheckDeltaCommit(snapshot, Appending("a")), ErrorKind::kUnsupported,
                "writers need version 4");
}

TEST(DeltaSnapshotTest, RefusesInvariantsItWouldNotCheck) {
  DeltaSnapshot snapshot = Made();
  snapshot.metadata.schema =
      R"({"type":"struct","fields":[{"name":"a","type":"long","metadata":{"delta.invariants":"{}"}}]})";
  ExpectRefused(CheckDeltaCommit(snapshot, Appending("a")), ErrorKind::kUnsupported,
                "delta.invariants");
}

TEST(DeltaSnapshotTest, AnAppendOnlyTableLosesNoRowsButMayBeCompacted) {
  const DeltaSnapshot snapshot = Made(CreateTableCommit({{"delta.appendOnly", "true"}}));
  EXPECT_TRUE(CheckDeltaCommit(snapshot, Replacing("a", "b", false)));
  ExpectRefused(CheckDeltaCommit(snapshot, Replacing("a", "b", true)), ErrorKind::kPermissionDenied,
                "append-only");
}

TEST(DeltaSnapshotTest, ATransactionIsCommittedOnce) {
  DeltaSnapshot snapshot = Made();
  DeltaCommit commit = Appending("a");
  commit.txns = {{.app_id = "pinlake/p/t", .version = 4}};
  EXPECT_TRUE(CheckDeltaCommit(snapshot, commit));
  ASSERT_TRUE(ApplyDeltaCommit(1, commit, &snapshot));
  ExpectRefused(CheckDeltaCommit(snapshot, commit), ErrorKind::kAlreadyExists, "has committed 4");
  commit.txns[0].version = 5;
  EXPECT_TRUE(CheckDeltaCommit(snapshot, commit));
}

TEST(DeltaSnapshotTest, AFirstCommitMakesATable) {
  ExpectRefused(CheckDeltaCommit({}, Appending("a")), ErrorKind::kInvalidArgument,
                "first commit needs");
}

}  // namespace
}  // namespace pinlake
