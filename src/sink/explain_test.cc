#include "sink/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace pinlake {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Parsed<S3SinkConfig> Parse(const std::map<std::string, std::string>& more) {
  ConfigEntries entries;
  std::map<std::string, std::string> all = {
      {"name", "pins"},
      {"topics", "a.pin"},
      {"flush.size", "100"},
      {"s3.bucket.name", "lake"},
      {"s3.region", "eu-west-1"},
      {"format.class", "io.confluent.connect.s3.format.json.JsonFormat"},
      {"value.converter", "org.apache.kafka.connect.json.JsonConverter"},
      {"value.converter.schemas.enable", "false"}};
  for (const auto& [name, value] : more) all[name] = value;
  for (const auto& [name, value] : all) entries.Set(name, value);
  auto parsed = ParseS3SinkProperties(entries);
  EXPECT_TRUE(parsed) << parsed.error().message();
  return *parsed;
}

TEST(ExplainTest, CountsObjectsByTheRuleThatCutsFirst) {
  const SinkLoad load{.records_per_second = 30, .record_bytes = 200, .partitions = 3};
  const auto full = EstimateSink(Parse({}).config, load);
  EXPECT_DOUBLE_EQ(full.objects_per_hour, 3 * 360);
  EXPECT_DOUBLE_EQ(full.records_per_object, 100);
  EXPECT_DOUBLE_EQ(full.open_bytes, 60'000);
  EXPECT_DOUBLE_EQ(full.put_price_per_day, 0.1296);
  const auto clocked = EstimateSink(
      Parse({{"rotate.schedule.interval.ms", "1000"}, {"timezone", "UTC"}}).config, load);
  EXPECT_DOUBLE_EQ(clocked.objects_per_hour, 3 * 3600);
  EXPECT_DOUBLE_EQ(clocked.records_per_object, 10);
  // No records, no object: the clock alone makes none.
  const auto slow =
      EstimateSink(Parse({{"rotate.schedule.interval.ms", "1000"}, {"timezone", "UTC"}}).config,
                   {.records_per_second = 0.3, .partitions = 3});
  EXPECT_NEAR(slow.objects_per_hour, 0.3 * 3600, 1e-6);
}

TEST(ExplainTest, ShowsKeysPlaceAndWhatBecomesOfEachProperty) {
  const std::string text = ExplainSink(
      Parse({{"s3.part.size", "5242880"}, {"made.up", "1"}, {"s3.acl.canned", "public-read"}}), {});
  EXPECT_THAT(text, HasSubstr("group: connect-pins, 1 task;"));
  EXPECT_THAT(text, HasSubstr("topics/a.pin/partition=0/a.pin+0+0000000000.json\n"));
  EXPECT_THAT(text, HasSubstr("topics/a.pin/partition=0/a.pin+0+0000000100.json\n"));
  EXPECT_THAT(text, HasSubstr("bucket lake at Amazon S3 in eu-west-1"));
  EXPECT_THAT(text, HasSubstr("s3.part.size: is ignored"));
  EXPECT_THAT(text, HasSubstr("made.up: unknown option"));
  EXPECT_THAT(text, HasSubstr("\n  flush.size=100\n"));
  EXPECT_THAT(text, HasSubstr("shows the objects to everybody"));
}

TEST(ExplainTest, ShowsTheDirectoriesOfPartitioners) {
  const std::string package = "io.confluent.connect.storage.partitioner.";
  EXPECT_THAT(ExplainSink(Parse({{"partitioner.class", package + "HourlyPartitioner"},
                                 {"locale", "en-US"},
                                 {"timezone", "Asia/Kolkata"},
                                 {"timestamp.extractor", "Record"}}),
                          {}),
              AllOf(HasSubstr("topics/a.pin/year=2024/month=03/day=01/hour=18/a.pin+0+"),
                    HasSubstr("one directory at a time")));
}

TEST(ExplainTest, WarnsOfAMillionPuts) {
  const std::string text = ExplainSink(Parse({{"flush.size", "1"}}), {.records_per_second = 12});
  EXPECT_THAT(text, HasSubstr("1036800 PUT requests a day, 5.18 $"));
  EXPECT_THAT(ExplainSink(Parse({{"rotate.schedule.interval.ms", "60000"}, {"timezone", "UTC"}}),
                          {.records_per_second = 1}),
              Not(HasSubstr("\nmind\n")));
}

TEST(ExplainTest, ShowsNoSecret) {
  const std::string key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
  EXPECT_THAT(
      ExplainSink(Parse({{"aws.access.key.id", "AKIA1"},
                         {"aws.secret.access.key", "hush"},
                         {"s3.ssea.name", "AES256"},
                         {"s3.sse.customer.key", key}}),
                  {}),
      AllOf(HasSubstr("aws.access.key.id AKIA1"), Not(HasSubstr("hush")), Not(HasSubstr(key))));
}

}  // namespace
}  // namespace pinlake
