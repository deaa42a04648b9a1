#include "log/embedded/embedded_log_reader.h"

#include <gtest/gtest.h>

#include "base/faulty_disk.h"
#include "log/embedded/embedded_log.h"

namespace pinlake {
namespace {

const TopicName kOrders{"orders"};
const TopicPartition kTp{kOrders, PartitionId(0)};
const GroupName kGroup("g");

// Writer and reader on one thread: nothing is durable but by Step.
class EmbeddedLogReaderTest : public testing::Test {
 protected:
  void SetUp() override {
    writer_ = *EmbeddedLog::Open({.dir = "d",
                                  .segment_bytes = 1024,
                                  .offsets_segment_bytes = 4096,
                                  .threads = false,
                                  .seed = 1},
                                 disk_, clock_);
    ASSERT_TRUE(writer_->CreateTopic({.topic = kOrders}));
    reader_ = *EmbeddedLogReader::Open("d", disk_, clock_);
  }
  void Append(std::string_view value) {
    writer_->Append(kOrders, {.records = {{.value = value}}, .owner = {}}, [](const auto&) {});
  }
  std::vector<std::string> ReadAll() {
    std::vector<std::string> values;
    for (Offset at = reader_->Offsets(kTp)->low;;) {
      const auto set = reader_->Read(kTp, at, 1 << 20, Millis(0), {});
      EXPECT_TRUE(set) << set.error().message();
      if (!set || set->next == at) return values;
      for (const auto& record : set->records) values.emplace_back(*record.value);
      at = set->next;
    }
  }

  ManualClock clock_;
  FaultyDisk disk_{1};
  std::unique_ptr<EmbeddedLog> writer_;
  std::unique_ptr<EmbeddedLogReader> reader_;
};

TEST_F(EmbeddedLogReaderTest, SeesWhatIsSyncedAndNothingBeyond) {
  EXPECT_TRUE(ReadAll().empty());
  Append("a");
  EXPECT_TRUE(ReadAll().empty()) << "it only waits";
  while (writer_->Step()) {
  }
  EXPECT_EQ(ReadAll(), std::vector<std::string>{"a"});
  EXPECT_EQ(reader_->DescribeTopic(kOrders)->log_id, writer_->DescribeTopic(kOrders)->log_id);
  EXPECT_EQ(reader_->ClusterId(), writer_->ClusterId());
}

TEST_F(EmbeddedLogReaderTest, FollowsTheWriterThroughSegmentsAndRetention) {
  std::vector<std::string> written;
  for (int i = 0; i < 20; ++i) {
    written.push_back(std::to_string(i) + std::string(500, 'x'));
    Append(written.back());
    while (writer_->Step()) {
    }
    EXPECT_EQ(ReadAll(), written);
  }
  ASSERT_TRUE(writer_->AlterTopic(kOrders, {{"retention.bytes", "2000"}}));
  ASSERT_TRUE(writer_->ApplyRetention());
  const auto range = *reader_->Offsets(kTp);
  EXPECT_EQ(range, *writer_->Offsets(kTp));
  EXPECT_GT(range.low, Offset(10));
  written.erase(written.begin(), written.begin() + range.low.value());
  EXPECT_EQ(ReadAll(), written);
}

TEST_F(EmbeddedLogReaderTest, SeesCommittedOffsetsAlsoAfterTheyWereRewritten) {
  for (int i = 1; i <= 200; ++i) {
    ASSERT_TRUE(writer_->SetCommittedOffsets(kGroup, {{kTp, {Offset(i), std::string(50, 'm')}}}));
    if (i % 20 == 0) {
      EXPECT_EQ(*reader_->CommittedOffsets(kGroup), *writer_->CommittedOffsets(kGroup));
    }
  }
  EXPECT_EQ(*reader_->ListGroups(), std::vector{kGroup});
}

TEST_F(EmbeddedLogReaderTest, FindsARecordByItsTimestamp) {
  for (int i = 0; i < 10; ++i) {
    const std::string value(500, 'x');
    writer_->Append(kOrders, {.records = {{.value = value, .timestamp = 100 * i}}, .owner = {}},
                    [](const auto&) {});
    while (writer_->Step()) {
    }
  }
  for (int i = 0; i < 10; ++i) EXPECT_EQ(*reader_->OffsetAt(kTp, 100 * i), Offset(i));
  EXPECT_EQ(*reader_->OffsetAt(kTp, 901), Offset(10));
}

TEST_F(EmbeddedLogReaderTest, OfAPartitionWithoutRecordsEveryTimestampIsItsEnd) {
  EXPECT_EQ(*reader_->OffsetAt(kTp, 0), Offset(0));
  writer_->Close();
  EXPECT_EQ(*reader_->OffsetAt(kTp, 0), Offset(0));
}

TEST_F(EmbeddedLogReaderTest, ReadsACleanlyClosedLogAndOneInWriting) {
  Append("a");
  writer_->Close();
  EXPECT_EQ(ReadAll(), std::vector<std::string>{"a"});
  writer_ = *EmbeddedLog::Open({.dir = "d", .threads = false}, disk_, clock_);
  Append("b");
  while (writer_->Step()) {
  }
  EXPECT_EQ(ReadAll(), (std::vector<std::string>{"a", "b"}));
}

TEST_F(EmbeddedLogReaderTest, RefusesToChangeAnything) {
  EXPECT_EQ(reader_->CreateTopic({.topic = kOrders}).error().kind(), ErrorKind::kPermissionDenied);
  EXPECT_EQ(reader_->Join({.group = kGroup, .topics = {kOrders}}).error().kind(),
            ErrorKind::kPermissionDenied);
  std::optional<ErrorKind> kind;
  reader_->Append(kOrders, {.records = {{.value = "a"}}, .owner = {}},
                  [&](const auto& results) { kind = results[0].error().kind(); });
  EXPECT_EQ(kind, ErrorKind::kPermissionDenied);
  EXPECT_EQ(EmbeddedLogReader::Open("none", disk_, clock_).error().kind(), ErrorKind::kNotFound);
}

}  // namespace
}  // namespace pinlake
