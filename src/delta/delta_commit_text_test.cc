#include "delta/delta_commit_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace pinlake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Recorded(int version) {
  std::ifstream in(
      fmt::format("{}/tests/golden/delta/deltalake-{}.json", PINLAKE_SOURCE_DIR, version));
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

DeltaCommit ParsedRecording(int version) {
  auto commit = ParseDeltaCommit(Recorded(version));
  EXPECT_TRUE(commit) << commit.error().message();
  return commit ? *commit : DeltaCommit();
}

DeltaCommit Full() {
  DeltaCommit commit;
  commit.info = {.timestamp_ms = 5,
                 .operation = "WRITE",
                 .operation_parameters = R"({"mode":"Append"})",
                 .engine_info = "pinlake/0.1",
                 .txn_id = "a-b",
                 .blind_append = false};
  commit.protocol = DeltaProtocol();
  commit.metadata = {.id = "id-1",
                     .description = "Pins \"cleaned\"",
                     .schema = R"({"type":"struct","fields":[]})",
                     .partition_columns = {"category"},
                     .configuration = {{"pinlake.createdBy", "p/pin"}},
                     .created_ms = 4};
  commit.txns = {{.app_id = "pinlake/p/pin", .version = 3, .updated_ms = 5}};
  commit.removes = {{.path = "old.parquet",
                     .deleted_ms = 5,
                     .data_change = false,
                     .partition_values = DeltaPartitionValues{{"category", "art"}},
                     .size_bytes = 7}};
  commit.adds = {{.path = "category=art/new.parquet",
                  .partition_values = {{"category", "art"}, {"year", std::nullopt}},
                  .size_bytes = 8,
                  .modified_ms = 5,
                  .data_change = false,
                  .stats = R"({"numRecords":1})",
                  .tags = {{"sorted", "yes"}}}};
  return commit;
}

/// The text of version 1 of this program, pinned: tables hold such commits.
constexpr std::string_view kFullText =
    R"({"commitInfo":{"timestamp":5,"operation":"WRITE","operationParameters":{"mode":"Append"},"isBlindAppend":false,"engineInfo":"pinlake/0.1","txnId":"a-b"}}
{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}
{"metaData":{"id":"id-1","description":"Pins \"cleaned\"","format":{"provider":"parquet","options":{}},"schemaString":"{\"type\":\"struct\",\"fields\":[]}","partitionColumns":["category"],"configuration":{"pinlake.createdBy":"p/pin"},"createdTime":4}}
{"txn":{"appId":"pinlake/p/pin","version":3,"lastUpdated":5}}
{"remove":{"path":"old.parquet","deletionTimestamp":5,"dataChange":false,"extendedFileMetadata":true,"partitionValues":{"category":"art"},"size":7}}
{"add":{"path":"category=art/new.parquet","partitionValues":{"category":"art","year":null},"size":8,"modificationTime":5,"dataChange":false,"stats":"{\"numRecords\":1}","tags":{"sorted":"yes"}}}
)";

std::string ErrorOf(std::string_view text, ErrorKind kind = ErrorKind::kCorruption) {
  const auto commit = ParseDeltaCommit(text);
  if (commit) return "no error";
  EXPECT_EQ(commit.error().kind(), kind);
  return commit.error().message();
}

TEST(DeltaCommitTextTest, RendersWhatIsPinned) { EXPECT_EQ(RenderDeltaCommit(Full()), kFullText); }

TEST(DeltaCommitTextTest, ReadsBackWhatItRendered) {
  const auto commit = ParseDeltaCommit(kFullText);
  ASSERT_TRUE(commit) << commit.error().message();
  EXPECT_EQ(*commit, Full());
}

TEST(DeltaCommitTextTest, ReadsTheFirstCommitOfDeltalake) {
  const DeltaCommit commit = ParsedRecording(0);
  ASSERT_TRUE(commit.protocol && commit.metadata && commit.info);
  EXPECT_EQ(*commit.protocol, DeltaProtocol());
  EXPECT_EQ(commit.metadata->name, "pin");
  EXPECT_THAT(commit.metadata->partition_columns, ElementsAre("country"));
  EXPECT_EQ(commit.metadata->configuration.at("delta.checkpointInterval"), "3");
  EXPECT_EQ(commit.info->operation, "WRITE");
  ASSERT_EQ(commit.adds.size(), 1u);
  EXPECT_EQ(commit.adds[0].partition_values.at("country"), "Côte d'Ivoire");
  EXPECT_THAT(commit.adds[0].stats.value_or(""), HasSubstr("\"numRecords\":2"));
  EXPECT_TRUE(commit.unknown.empty());
}

TEST(DeltaCommitTextTest, ReadsTransactionsAndRemovesOfDeltalake) {
  EXPECT_THAT(ParsedRecording(1).txns,
              ElementsAre(DeltaTxn{.app_id = "pinlake/a/b", .version = 7}));
  const DeltaCommit compaction = ParsedRecording(3);
  ASSERT_EQ(compaction.removes.size(), 2u);
  EXPECT_FALSE(compaction.removes[0].data_change);
  EXPECT_EQ(compaction.removes[0].size_bytes, 832);
  EXPECT_FALSE(compaction.adds.at(0).data_change);
}

TEST(DeltaCommitTextTest, NamesLineAndMemberOfWhatIsWrong) {
  EXPECT_EQ(ErrorOf("\n{\"txn\":{\"appId\":\"a\"}}"), "line 2: txn.version is missing");
  EXPECT_EQ(ErrorOf(R"({"add":{"path":7}})"),
            "line 1: add.path is of another type than the protocol says (number)");
  EXPECT_EQ(ErrorOf(R"({"add":[]})"), "line 1: add is no object but array");
  EXPECT_THAT(ErrorOf("{\"add\":"), HasSubstr("line 1: JSON at byte"));
  EXPECT_EQ(ErrorOf("1"), "line 1: no JSON object");
}

TEST(DeltaCommitTextTest, RefusesTwoProtocolsInOneCommit) {
  const std::string protocol = R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})";
  EXPECT_EQ(ErrorOf(protocol + "\n" + protocol), "line 2: a second protocol in one commit");
}

TEST(DeltaCommitTextTest, RefusesDeletionVectorsByTheNameOfTheFile) {
  const std::string text =
      R"({"add":{"path":"f.parquet","partitionValues":{},"size":1,"modificationTime":1,"dataChange":true,"deletionVector":{}}})";
  EXPECT_EQ(ErrorOf(text, ErrorKind::kUnsupported),
            "line 1: f.parquet has a deletion vector, which can't be read");
}

TEST(DeltaCommitTextTest, CollectsTheNamesOfActionsItDoesNotKnow) {
  const auto commit = ParseDeltaCommit(R"({"domainMetadata":{},"cdc":{}})"
                                       "\n"
                                       R"({"cdc":{},"add":null})");
  ASSERT_TRUE(commit);
  EXPECT_THAT(commit->unknown, ElementsAre("domainMetadata", "cdc"));
}

}  // namespace
}  // namespace pinlake
