#include "audit/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/json.h"
#include "codec/object_writer.h"
#include "lake/cut_record.h"
#include "lake/object_metadata.h"
#include "log/fake/fake_log.h"
#include "store/fake/fake_store.h"

namespace pinlake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const TopicName kTopic("t");
const TopicPartition kTp{kTopic, PartitionId(0)};

/// A log, a store, and objects as a sink would have stored them.
class VerifyTest : public testing::Test {
 protected:
  VerifyTest() {
    TopicSpec spec;
    spec.topic = kTopic;
    log_id_ = log_.CreateTopic(spec).value().log_id;
    options_.group = GroupName("connect-s");
    options_.topics = {kTopic};
    options_.naming.value_extension = ".json";
    options_.value_converter = {"org.apache.kafka.connect.json.JsonConverter",
                                {{"schemas.enable", "false"}}};
  }

  /// Empty text: a tombstone.
  void Append(const std::vector<std::string>& values) {
    auto owner = std::make_shared<std::vector<std::string>>(values);
    RecordBatch batch;
    for (const std::string& value : *owner) {
      NewRecord record;
      if (!value.empty()) record.value = value;
      record.timestamp = 1000 + appended_++;
      batch.records.push_back(record);
    }
    batch.owner = owner;
    log_.Append(kTopic, batch, [](std::vector<Result<Appended>> answers) {
      for (const auto& answer : answers) ASSERT_TRUE(answer) << answer.error().message();
    });
  }
  void AppendMany(int count) {
    std::vector<std::string> values;
    for (int i = 0; i < count; ++i) values.push_back(fmt::format("{{\"n\": {}}}", appended_ + i));
    Append(values);
  }

  ObjectKey KeyOf(int64_t first) {
    return MakeObjectKey(options_.naming, {kTp, "partition=0", Offset(first), ObjectKind::kValue})
        .value();
  }

  /// Stores the cut [start, end) as the sink does.
  void Store(int64_t start, int64_t end) {
    StoreChanged(start, end, [](ObjectFacts*) {});
  }
  template <typename Change>
  void StoreChanged(int64_t start, int64_t end, const Change& change) {
    ObjectFacts facts{log_id_, kTp, Offset(start), Offset(end), {}, {}, 0, 0, {}, {}};
    std::string body;
    RecordDigester digester;
    const auto converter = MakeConverter(options_.value_converter).value();
    const auto set = log_.Read(kTp, Offset(start), 1 << 20, Millis(0), {}).value();
    for (const RecordView& record : set.records) {
      if (record.offset.value() >= end) break;
      const auto value = converter->Convert(record.value);
      if (!value || value->is_null()) {
        ++facts.skipped;
        continue;
      }
      if (facts.count++ == 0) facts.first = record.offset;
      facts.last = record.offset;
      digester.Add(record);
      ASSERT_TRUE(JsonLinesWriter().Append(*value, &body));
    }
    facts.digest = digester.Digest();
    const ObjectKey key = KeyOf(facts.first.value());
    change(&facts);
    PutOptions put;
    put.metadata = RenderObjectMetadata(facts).value();
    ASSERT_TRUE(store_.Put(key, body, put));
  }
  /// As the original: no metadata.
  void StoreBare(int64_t first, int lines) {
    std::string body;
    for (int i = 0; i < lines; ++i) body += "{}\n";
    ASSERT_TRUE(store_.Put(KeyOf(first), body, {}));
  }

  void Commit(int64_t offset, const CutRecord& record) {
    ASSERT_TRUE(log_.SetCommittedOffsets(
        options_.group, {{kTp, {Offset(offset), RenderCutRecord(record).value()}}}));
  }
  void Commit(int64_t offset) { Commit(offset, Record()); }
  void CommitBare(int64_t offset) {
    ASSERT_TRUE(log_.SetCommittedOffsets(options_.group, {{kTp, {Offset(offset), ""}}}));
  }
  CutRecord Record() {
    CutRecord record;
    record.log_id = log_id_;
    return record;
  }

  PartitionReport Verified() {
    const auto report = Verify(log_, store_, options_);
    EXPECT_TRUE(report) << (report ? "" : report.error().message());
    if (!report || report->partitions.size() != 1) return {};
    EXPECT_EQ(report->clean(), report->partitions[0].damage == 0);
    return report->partitions[0];
  }
  /// "kind: what" of each finding.
  std::vector<std::string> Findings() {
    std::vector<std::string> all;
    for (const Finding& finding : Verified().findings)
      all.push_back(fmt::format("{}: {}", Name(finding.kind), finding.what));
    return all;
  }

  ManualClock clock_;
  FakeLog log_{clock_};
  FakeStore store_{clock_};
  LogId log_id_;
  VerifyOptions options_;
  int64_t appended_ = 0;
};

TEST_F(VerifyTest, WhatIsCompleteIsClean) {
  AppendMany(12);
  Append({"", "null", "{\"n\":14}"});
  Store(0, 5);
  Store(5, 10);
  Store(10, 15);
  Commit(15);
  const PartitionReport report = Verified();
  EXPECT_EQ(report.damage + report.notes, 0);
  EXPECT_EQ(report.objects, 3);
  EXPECT_EQ(report.records, 13);
  EXPECT_EQ(report.skipped, 2);
  EXPECT_EQ(report.start, Offset(0));
  EXPECT_EQ(report.committed, Offset(15));
}

TEST_F(VerifyTest, ObjectsBeyondTheCommittedOffsetAreInFlight) {
  AppendMany(10);
  Store(0, 5);
  Store(5, 8);
  Commit(5);
  const PartitionReport report = Verified();
  EXPECT_EQ(report.damage, 0);
  EXPECT_EQ(report.objects, 1);
  EXPECT_EQ(report.objects_in_flight, 1);
  EXPECT_EQ(report.records_in_flight, 3);
}

TEST_F(VerifyTest, WithoutACommitNothingIsToBeProved) {
  AppendMany(3);
  Store(0, 3);
  const PartitionReport report = Verified();
  EXPECT_FALSE(report.committed_any);
  EXPECT_EQ(report.damage, 0);
  EXPECT_EQ(report.objects_in_flight, 1);
}

TEST_F(VerifyTest, FindsEveryMissingObject) {
  AppendMany(15);
  for (int64_t missing = 0; missing < 15; missing += 5) {
    for (int64_t at = 0; at < 15; at += 5) Store(at, at + 5);
    ASSERT_TRUE(store_.Delete(KeyOf(missing)));
    Commit(15);
    EXPECT_THAT(Findings(), ElementsAre(fmt::format("gap: offsets {}..{} are in no object", missing,
                                                    missing + 4)));
  }
}

TEST_F(VerifyTest, FindsRecordsInTwoObjects) {
  AppendMany(10);
  Store(0, 5);
  Store(3, 10);
  Commit(10);
  EXPECT_THAT(Findings(), ElementsAre(HasSubstr("double: offsets 3..4 of topics/t/partition=0/t+0+"
                                                "0000000003.json are in another object too")));
}

TEST_F(VerifyTest, FindsACutThatGoesPastTheCommittedOffset) {
  AppendMany(10);
  Store(0, 5);
  Store(5, 10);
  Commit(7);
  EXPECT_THAT(Findings(), ElementsAre(HasSubstr("double: "), "gap: offsets 5..6 are in no object"));
}

TEST_F(VerifyTest, FindsWrongCounts) {
  AppendMany(10);
  StoreChanged(0, 5, [](ObjectFacts* facts) { facts->count = 4; });
  Store(5, 10);
  Commit(10);
  EXPECT_THAT(Findings(),
              ElementsAre(HasSubstr("count: topics/t/partition=0/t+0+0000000000.json: cut "
                                    "0..5 has 4 records and 0 skipped, the log 5")));
}

TEST_F(VerifyTest, FindsDamagedAndMisplacedMetadata) {
  AppendMany(10);
  Store(0, 5);
  StoreChanged(5, 10, [](ObjectFacts* facts) { facts->tp.partition = PartitionId(3); });
  store_.Overwrite(KeyOf(0), "x", {{"pinlake-version", "1"}});
  Commit(10);
  EXPECT_THAT(
      Findings(),
      ElementsAre(HasSubstr("metadata: topics/t/partition=0/t+0+0000000000.json: object "
                            "metadata lacks pinlake-log-id"),
                  HasSubstr("says it begins at offset 5 of t-3"), HasSubstr("gap: offsets 0..9")));
}

TEST_F(VerifyTest, FindsObjectsAndOffsetsOfAnotherLog) {
  AppendMany(5);
  StoreChanged(0, 5, [](ObjectFacts* facts) { facts->log_id = LogId("other/1"); });
  CutRecord record = Record();
  record.log_id = LogId("other/1");
  Commit(5, record);
  EXPECT_THAT(Findings(),
              ElementsAre(HasSubstr("wrong_log: the offset was committed for log other/1"),
                          HasSubstr("wrong_log: topics/t"), HasSubstr("gap: offsets 0..4")));
  Commit(9);
  EXPECT_THAT(Findings()[0], HasSubstr("committed offset 9 is past the log's end 5"));
}

TEST_F(VerifyTest, NamesObjectsThatAreNotTheSinks) {
  AppendMany(5);
  Store(0, 5);
  Commit(5);
  ASSERT_TRUE(store_.Put(ObjectKey("topics/t/partition=0/notes.txt"), "x", {}));
  ASSERT_TRUE(store_.Put(ObjectKey("topics/t/partition=7/t+7+0000000000.json"), "x", {}));
  EXPECT_EQ(Verified().damage, 0);
  EXPECT_THAT(Findings(), ElementsAre("unknown_object: topics/t/partition=0/notes.txt",
                                      "unknown_object: topics/t/partition=7/t+7+0000000000.json"));
}

TEST_F(VerifyTest, BeginsWhereTheGroupBegan) {
  AppendMany(10);
  Store(4, 10);
  CutRecord record = Record();
  record.start = Offset(4);
  Commit(10, record);
  EXPECT_THAT(Findings(), IsEmpty());
  EXPECT_EQ(Verified().start, Offset(4));
}

TEST_F(VerifyTest, SkippedRecordsBeforeTheCommittedOffsetBelongToTheNextCut) {
  AppendMany(5);
  Append({"", "", "{\"n\":7}"});
  Store(0, 5);
  CutRecord record = Record();
  record.skipped = SkippedBefore{Offset(5), 2};
  Commit(7, record);
  EXPECT_THAT(Findings(), IsEmpty());
  EXPECT_EQ(Verified().skipped, 2);
  Store(5, 8);  // in flight
  EXPECT_THAT(Findings(), IsEmpty());
  Commit(8);
  EXPECT_THAT(Findings(), IsEmpty());
  EXPECT_EQ(Verified().skipped, 2);
}

TEST_F(VerifyTest, ObjectsOfTheOriginalAreCountedByTheirLines) {
  AppendMany(8);
  Append({"", "{\"n\":9}"});
  StoreBare(0, 4);
  StoreBare(4, 5);  // 4..7 and 9; 8 is a tombstone
  CommitBare(10);
  EXPECT_THAT(Findings(), IsEmpty());
  const PartitionReport report = Verified();
  EXPECT_EQ(report.objects_without_metadata, 2);
  EXPECT_EQ(report.records, 9);
  EXPECT_EQ(report.skipped, 1);
}

TEST_F(VerifyTest, FindsMissingAndDoubledLinesOfTheOriginal) {
  AppendMany(10);
  StoreBare(0, 3);
  StoreBare(4, 8);
  CommitBare(10);
  EXPECT_THAT(Findings(),
              ElementsAre(HasSubstr("has 8 lines, but the next object begins 6 offsets"),
                          "gap: offsets 3..3 are in no object"));
}

TEST_F(VerifyTest, GoesOnWhereTheOriginalStopped) {
  AppendMany(10);
  StoreBare(0, 3);
  StoreBare(3, 3);
  Store(6, 10);
  CutRecord record = Record();
  record.start = Offset(6);
  Commit(10, record);
  EXPECT_THAT(Findings(), IsEmpty());
}

TEST_F(VerifyTest, DeepComparesDigestAndBytes) {
  AppendMany(5);
  Append({"{\"n\" : 5}", "", "[1]"});
  Store(0, 5);
  Store(5, 8);
  Commit(8);
  options_.deep = true;
  EXPECT_THAT(Findings(), IsEmpty());
  EXPECT_EQ(Verified().objects_compared, 2);

  const auto info = store_.Head(KeyOf(5)).value();
  store_.Overwrite(KeyOf(5), "{\"n\":5}\n[2]\n", info.metadata);
  EXPECT_THAT(Findings(),
              ElementsAre(HasSubstr("contents: topics/t/partition=0/t+0+0000000005.json "
                                    "differs from what its records give in line 2")));
  auto metadata = info.metadata;
  metadata["pinlake-digest"] = RecordDigest{1, 2}.ToHex();
  store_.Overwrite(KeyOf(5), "{\"n\":5}\n[1]\n", metadata);
  EXPECT_THAT(Findings(), ElementsAre(HasSubstr("digest: ")));
}

TEST_F(VerifyTest, SinceLeavesEarlierObjectsAside) {
  AppendMany(20);
  for (int64_t at = 5; at < 20; at += 5) Store(at, at + 5);
  Commit(20);
  EXPECT_THAT(Findings(), ElementsAre("gap: offsets 0..4 are in no object"));
  options_.since = 1012;  // offset 12, in the object that begins at 10
  EXPECT_THAT(Findings(), IsEmpty());
  EXPECT_EQ(Verified().objects, 2);
  EXPECT_EQ(Verified().start, Offset(12));
  ASSERT_TRUE(store_.Delete(KeyOf(10)));
  EXPECT_THAT(Findings(), ElementsAre("gap: offsets 12..14 are in no object"));
}

TEST_F(VerifyTest, TopicsMayBeAPattern) {
  AppendMany(3);
  Store(0, 3);
  Commit(3);
  options_.topics.clear();
  options_.topics_regex = "t|u";
  EXPECT_EQ(Verified().objects, 1);
  options_.topics_regex = "x.*";
  EXPECT_TRUE(Verify(log_, store_, options_)->partitions.empty());
}

TEST_F(VerifyTest, SeesMoreObjectsThanAPageHas) {
  AppendMany(2500);
  for (int64_t at = 0; at < 2500; ++at) Store(at, at + 1);
  Commit(2500);
  EXPECT_THAT(Findings(), IsEmpty());
  EXPECT_EQ(Verified().objects, 2500);
  ASSERT_TRUE(store_.Delete(KeyOf(1000)));
  EXPECT_THAT(Findings(), ElementsAre("gap: offsets 1000..1000 are in no object"));
}

TEST_F(VerifyTest, AFailingStoreIsAnErrorNotAFinding) {
  AppendMany(3);
  Store(0, 3);
  Commit(3);
  for (const StoreOperation operation : {StoreOperation::kList, StoreOperation::kHead}) {
    store_.SetFaults([=](const StoreCall& call) {
      return call.operation == operation ? StoreFault::kUnavailable : StoreFault::kNone;
    });
    EXPECT_EQ(Verify(log_, store_, options_).error().kind(), ErrorKind::kUnavailable);
  }
  std::stop_source stop;
  stop.request_stop();
  store_.SetFaults({});
  EXPECT_EQ(Verify(log_, store_, options_, stop.get_token()).error().kind(), ErrorKind::kCancelled);
}

TEST_F(VerifyTest, ReportsAsTextAndAsJson) {
  AppendMany(6);
  Store(0, 3);
  Commit(6);
  const auto report = Verify(log_, store_, options_).value();
  const std::string text = RenderText(report);
  EXPECT_THAT(text, HasSubstr("damage: t-0: gap: offsets 3..5 are in no object\n"));
  EXPECT_THAT(text, HasSubstr("Only names as configured now are looked at"));
  EXPECT_THAT(text, HasSubstr("Not every committed record is in exactly one object.\n"));
  const auto document = JsonDocument::Parse(RenderJson(report)).value();
  EXPECT_EQ(document.root().Find("clean")->AsBool(), false);
  EXPECT_EQ(document.root().Find("records")->AsInt(), 3);
  const JsonValue partition = *document.root().Find("partitions")->elements().begin();
  EXPECT_EQ(partition.Find("committed")->AsInt(), 6);
  EXPECT_EQ((*partition.Find("findings")->elements().begin()).Find("kind")->AsString(), "gap");
  EXPECT_THAT(RenderText(VerifyReport{}),
              HasSubstr("Every committed record is in exactly one object"));
}

}  // namespace
}  // namespace pinlake
