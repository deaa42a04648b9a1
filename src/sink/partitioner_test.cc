#include "sink/partitioner.h"

#include <gtest/gtest.h>

namespace pinlake {
namespace {

RecordView Record(const char* value, TimestampMs timestamp = 1709296245000) {
  RecordView record;
  record.timestamp = timestamp;
  if (value != nullptr) record.value = value;
  return record;
}

/// The path, or the kind and message of what is wrong.
std::string Place(const PartitionerConfig& config, const RecordView& record,
                  TimestampMs wall_ms = 0) {
  const auto made = MakePartitioner(config);
  if (!made) return made.error().message();
  const auto place = (*made)->Place(record, wall_ms);
  if (place) return place->encoded_partition;
  return std::string(Name(place.error().kind())) + ": " + place.error().message();
}

PartitionerConfig Time(PartitionerClass partitioner, TimestampExtractor extractor,
                       const std::string& zone = "UTC") {
  PartitionerConfig config;
  config.partitioner = partitioner;
  config.extractor = extractor;
  config.timezone = zone;
  config.locale = "en-US";
  return config;
}

TEST(PartitionerTest, DaysAndHoursAreThoseOfTheZone) {
  const auto hourly = [](const std::string& zone, TimestampMs ts) {
    return Place(Time(PartitionerClass::kHourly, TimestampExtractor::kRecord, zone),
                 Record("{}", ts));
  };
  const TimestampMs noon = 1709296245000;
  EXPECT_EQ(hourly("UTC", noon), "year=2024/month=03/day=01/hour=12");
  EXPECT_EQ(hourly("America/Los_Angeles", noon), "year=2024/month=03/day=01/hour=04");
  EXPECT_EQ(hourly("Asia/Kolkata", noon), "year=2024/month=03/day=01/hour=18");
  EXPECT_EQ(hourly("America/Los_Angeles", 1710065700000), "year=2024/month=03/day=10/hour=03");
  EXPECT_EQ(hourly("America/Los_Angeles", 1730626200000), "year=2024/month=11/day=03/hour=01");
  const auto daily =
      Time(PartitionerClass::kDaily, TimestampExtractor::kRecord, "America/Los_Angeles");
  EXPECT_EQ(Place(daily, Record("{}", 1709279999999)), "year=2024/month=02/day=29");
  EXPECT_EQ(Place(daily, Record("{}", 1709280000000)), "year=2024/month=03/day=01");
}

TEST(PartitionerTest, TimeBasedCutsTimeToItsDurationAndLosesOneTrailingDelimiter) {
  auto config = Time(PartitionerClass::kTimeBased, TimestampExtractor::kRecord, "+05:30");
  config.duration_ms = 600'000;
  config.path_format = "YYYY-MM-dd/HHmm";
  EXPECT_EQ(Place(config, Record("{}")), "2024-03-01/1800");
  config.timezone = "UTC";
  config.duration_ms = 86'400'000;
  config.path_format = "'dt'=YYYY-MM-dd/";
  EXPECT_EQ(Place(config, Record("{}")), "dt=2024-03-01");
}

TEST(PartitionerTest, RecordFieldTakesMillisecondsAndIsoTexts) {
  auto config = Time(PartitionerClass::kHourly, TimestampExtractor::kRecordField);
  config.timestamp_field = "a.when";
  const std::string seven = "year=2024/month=03/day=01/hour=07";
  EXPECT_EQ(Place(config, Record(R"({"a":{"when":1709276445678}})")), seven);
  EXPECT_EQ(Place(config, Record(R"({"a":{"when":1709276445678.9}})")), seven);
  EXPECT_EQ(Place(config, Record(R"({"a":{"when":"1709276445678"}})")), seven);
  EXPECT_EQ(Place(config, Record(R"({"a":{"when":"2024-03-01T12:30:45.678+05:30"}})")), seven);
  const char* spaced = R"({"a":{"when":"2024-03-01 07:30:45"}})";
  EXPECT_TRUE(Place(config, Record(spaced)).starts_with("unsupported: field 'a.when'"))
      << Place(config, Record(spaced));
  config.spaced_timestamps = true;
  EXPECT_EQ(Place(config, Record(spaced)), seven);
  EXPECT_TRUE(Place(config, Record(R"({"a":{"when":true}})")).starts_with("invalid argument"));
  EXPECT_TRUE(Place(config, Record(R"({"a":{"when":1e300}})")).starts_with("invalid argument"));
  EXPECT_TRUE(Place(config, Record(R"({"a":1})")).starts_with("unsupported: field 'a.when' is"));
  config.missing = "unknown";
  EXPECT_EQ(Place(config, Record(R"({"a":1})")), "unknown");
}

TEST(PartitionerTest, WallclockIsTheReadingGiven) {
  const auto config = Time(PartitionerClass::kHourly, TimestampExtractor::kWallclock);
  EXPECT_EQ(Place(config, Record("{}", 0), 1709296245000), "year=2024/month=03/day=01/hour=12");
}

TEST(PartitionerTest, FieldsNeedASchemaUnlessAskedFor) {
  PartitionerConfig config;
  config.partitioner = PartitionerClass::kField;
  config.fields = {"country", "user.id"};
  const char* value = R"({"country":"Côte d'Ivoire","user":{"id":9}})";
  EXPECT_TRUE(Place(config, Record(value)).starts_with("invalid argument"));
  config.schemaless_fields = true;
  EXPECT_EQ(Place(config, Record(value)), "country=Côte d'Ivoire/user.id=9");
  EXPECT_EQ(Place(config, Record(R"({"country":null,"user":{"id":true}})")),
            "country=null/user.id=true");
  EXPECT_TRUE(
      Place(config, Record(R"({"country":1.5,"user":{"id":1}})")).starts_with("invalid argument"));
  EXPECT_TRUE(Place(config, Record(R"({"country":"x"})")).starts_with("unsupported"));
  config.missing = "none";
  EXPECT_EQ(Place(config, Record(R"({"country":"x"})")), "none");
}

TEST(PartitionerTest, AFieldCannotLeadOutOfItsDirectory) {
  PartitionerConfig config;
  config.partitioner = PartitionerClass::kField;
  config.fields = {"f"};
  config.schemaless_fields = true;
  EXPECT_EQ(Place(config, Record(R"({"f":"a/../../b/./c..d"})")), "f=a/%2E%2E/%2E%2E/b/%2E/c..d");
}

TEST(PartitionerTest, WhatIsMissingIsNamed) {
  auto config = Time(PartitionerClass::kTimeBased, TimestampExtractor::kRecord);
  EXPECT_TRUE(Place(config, Record("{}")).starts_with("partition.duration.ms: -1"));
  config.timezone = "Mars/Base";
  config.path_format = "YYYYQ";
  const std::string all = Place(config, Record("{}"));
  for (const char* part : {"partition.duration.ms: -1", "timezone", "Mars/Base", "path.format"})
    EXPECT_NE(all.find(part), std::string::npos) << all;
  config.timezone = "UTC";
  config.path_format.clear();
  config.duration_ms = 1;
  EXPECT_TRUE(Place(config, Record("{}")).starts_with("path.format: "));
  config.path_format = "/";
  EXPECT_TRUE(Place(config, Record("{}")).starts_with("path.format: "));
  config.locale.clear();
  EXPECT_TRUE(Place(config, Record("{}")).starts_with("locale: "));
  config.locale = "en";
  config.timezone.clear();
  EXPECT_TRUE(Place(config, Record("{}")).starts_with("timezone: "));
}

}  // namespace
}  // namespace pinlake
