#include "delta/delta_conflict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delta/delta_test_commits.h"

namespace pinlake {
namespace {

DeltaCommit WithTxn(DeltaCommit commit, int64_t version) {
  commit.txns = {{.app_id = "pinlake/p/t", .version = version}};
  return commit;
}

struct Row {
  std::string_view claim;
  DeltaIntent ours;
  DeltaCommit theirs;
  std::optional<ErrorKind> refused;
};

TEST(DeltaConflictTest, WhatTheOtherCommitDidDecides) {
  constexpr auto kConflict = ErrorKind::kConflict;
  DeltaCommit unknown = Appending("x");
  unknown.unknown = {"domainMetadata"};
  DeltaCommit evolved = Appending("x");
  evolved.metadata.emplace();
  const Row rows[] = {
      {"appends do not disturb appends", {Appending("a")}, Appending("x"), {}},
      {"an append does not mind an overwrite", {Appending("a")}, Replacing("o", "x", true), {}},
      {"who read all rows minds new ones", {Appending("a"), true}, Appending("x"), kConflict},
      {"who read all rows minds fewer",
       {Appending("a"), true},
       Replacing("o", "x", true),
       kConflict},
      {"who read all rows does not mind a compaction",
       {Appending("a"), true},
       Replacing("o", "x", false),
       {}},
      {"a compaction does not mind appends", {Replacing("o", "a", false)}, Appending("x"), {}},
      {"a file is compacted once",
       {Replacing("o", "a", false)},
       Replacing("o", "x", false),
       kConflict},
      {"a deleted file is not compacted",
       {Replacing("o", "a", false)},
       Replacing("o", "x", true),
       kConflict},
      {"other columns: anew", {Appending("a")}, evolved, kConflict},
      {"a new table of the same place: anew",
       {CreateTableCommit()},
       CreateTableCommit(),
       kConflict},
      {"an unknown action: anew", {Appending("a")}, unknown, kConflict},
      {"the same plan",
       {WithTxn(Appending("a"), 3)},
       WithTxn(Appending("x"), 3),
       ErrorKind::kAlreadyExists},
      {"a later plan",
       {WithTxn(Appending("a"), 3)},
       WithTxn(Appending("x"), 4),
       ErrorKind::kAlreadyExists},
      {"an earlier plan", {WithTxn(Appending("a"), 3)}, WithTxn(Appending("x"), 2), kConflict},
  };
  for (const Row& row : rows) {
    const Status status = CheckDeltaConflict(row.ours, 9, row.theirs);
    EXPECT_EQ(status ? std::nullopt : std::optional(status.error().kind()), row.refused)
        << row.claim;
  }
}

TEST(DeltaConflictTest, TheMessageSaysWhoDidWhat) {
  DeltaCommit theirs = Appending("x");
  theirs.info = {.engine_info = "delta-rs:py-1.6.6"};
  const Status status =
      CheckDeltaConflict({.commit = Appending("a"), .read_rows = true}, 9, theirs);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message(), "version 9 by delta-rs:py-1.6.6 has added or removed rows");
}

}  // namespace
}  // namespace pinlake
