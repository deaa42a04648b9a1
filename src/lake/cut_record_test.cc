#include "lake/cut_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rng.h"

namespace pinlake {
namespace {

using testing::HasSubstr;

// Written by version 1 and pinned: groups in brokers carry such metadata.
constexpr std::string_view kVersion1 =
    "pinlake-cut/1;log=9f2a%3B/a%20b;clean=1;start=40;p.flush.size=1;p.topics.dir=raw"
    "%3Dx;end=50:schedule;end=61:stop;bucket=45:1709294400000;bucket=52:1709298000000"
    ";sum=48d495c6";

CutRecord Full() {
  CutRecord record;
  record.log_id = LogId("9f2a;/a b");
  record.clean = true;
  record.start = Offset(40);
  record.properties = {{"flush.size", "1"}, {"topics.dir", "raw=x"}};
  record.ends = {{Offset(50), RotationReason::kSchedule}, {Offset(61), RotationReason::kStop}};
  record.switches = {{Offset(45), 1709294400000}, {Offset(52), 1709298000000}};
  return record;
}

std::string RandomText(Rng* rng) {
  std::string text;
  for (uint64_t n = rng->Below(12); n > 0; --n) text += static_cast<char>(rng->Below(256));
  return text;
}

CutRecord Random(Rng* rng) {
  CutRecord record;
  record.log_id = LogId(RandomText(rng));
  record.clean = rng->OneIn(2);
  record.start = Offset(rng->Between(0, 1'000'000));
  for (uint64_t n = rng->Below(6); n > 0; --n) record.properties[RandomText(rng)] = RandomText(rng);
  int64_t offset = record.start.value();
  for (uint64_t n = rng->Below(5); n > 0; --n)
    record.ends.push_back({Offset(offset += rng->Between(1, 1'000'000'000)),
                           static_cast<RotationReason>(rng->Below(11))});
  if (rng->OneIn(2)) record.skipped = {Offset(rng->Between(0, 1000)), rng->Between(1, 1000)};
  offset = record.start.value();
  for (uint64_t n = rng->Below(5); n > 0; --n)
    record.switches.push_back({Offset(offset += rng->Between(1, 1000)),
                               static_cast<int64_t>(rng->Next() >> 1) - (1LL << 61)});
  return record;
}

TEST(CutRecordTest, RendersAndReadsVersion1) {
  EXPECT_EQ(RenderCutRecord(Full()).value(), kVersion1);
  EXPECT_EQ(ParseCutRecord(kVersion1).value(), Full());
}

TEST(CutRecordTest, ReadsBackWhateverItRenders) {
  Rng rng(3);
  for (int i = 0; i < 5000; ++i) {
    const CutRecord record = Random(&rng);
    const auto text = RenderCutRecord(record);
    ASSERT_TRUE(text) << text.error().message();
    for (const char c : *text) ASSERT_TRUE(c > ' ' && c <= '~') << *text;
    const auto again = ParseCutRecord(*text);
    ASSERT_TRUE(again) << again.error().message();
    ASSERT_EQ(*again, record) << *text;
  }
}

TEST(CutRecordTest, TellsMetadataOfOthersFromItsOwn) {
  for (const char* foreign : {"", " ", "NO_METADATA", "{\"v\":1}", "pinlake", "pinlake-cut"})
    EXPECT_EQ(ParseCutRecord(foreign).value(), std::nullopt) << foreign;
}

TEST(CutRecordTest, SaysWhichSkippedRecordsLieBeforeTheOffset) {
  CutRecord record = Full();
  record.skipped = {Offset(38), 2};
  const std::string text = RenderCutRecord(record).value();
  EXPECT_THAT(text, HasSubstr(";end=61:stop;skipped=38:2;bucket="));
  EXPECT_EQ(ParseCutRecord(text).value(), record);
  record.skipped->count = 0;
  EXPECT_EQ(RenderCutRecord(record).error().kind(), ErrorKind::kInvalidArgument);
}

TEST(CutRecordTest, RefusesALaterVersionByNumber) {
  const auto record = ParseCutRecord("pinlake-cut/2;anything");
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error().kind(), ErrorKind::kUnsupported);
  EXPECT_THAT(record.error().message(), HasSubstr("version '2'"));
}

TEST(CutRecordTest, SeesEveryLostOrChangedByte) {
  const std::string text = RenderCutRecord(Full()).value();
  const std::string magic = "pinlake-cut/1";
  for (size_t i = magic.size(); i < text.size(); ++i) {
    EXPECT_FALSE(ParseCutRecord(text.substr(0, i))) << i;
    std::string changed = text;
    changed[i] ^= 1;
    EXPECT_FALSE(ParseCutRecord(changed)) << i;
  }
}

TEST(CutRecordTest, RefusesToRenderMoreThan3KiB) {
  CutRecord record = Full();
  for (int i = 0; i < 200; ++i) record.ends.push_back({Offset(1000 + i), RotationReason::kBytes});
  const auto text = RenderCutRecord(record);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().kind(), ErrorKind::kOutOfSpace);
  EXPECT_THAT(text.error().message(), HasSubstr("over 3072"));
}

TEST(CutRecordTest, RefusesEndsThatDoNotAscend) {
  CutRecord record = Full();
  record.ends.push_back({Offset(61), RotationReason::kStop});
  EXPECT_EQ(RenderCutRecord(record).error().kind(), ErrorKind::kInvalidArgument);
}

TEST(CutRecordTest, NamesOfReasonsReadBack) {
  for (int i = 0; i < 11; ++i) {
    const auto reason = static_cast<RotationReason>(i);
    EXPECT_EQ(RotationReasonNamed(Name(reason)), reason) << Name(reason);
  }
  EXPECT_TRUE(IsPure(RotationReason::kFlushSize));
  EXPECT_FALSE(IsPure(RotationReason::kSchedule));
  EXPECT_FALSE(RotationReasonNamed("moon"));
}

}  // namespace
}  // namespace pinlake
