#include "lake/object_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinlake {
namespace {

using enum ObjectFormat;
using testing::HasSubstr;

struct Example {
  int number;
  const char* config;
  ObjectNaming naming;
  ExtensionParts extension;
  const char* topic;
  int32_t partition;
  int64_t first;
  const char* encoded_partition;
  ObjectKind kind;
  const char* key;

  ObjectNaming WholeNaming() const {
    ObjectNaming whole = naming;
    std::string* text = kind == ObjectKind::kValue  ? &whole.value_extension
                        : kind == ObjectKind::kKeys ? &whole.keys_extension
                                                    : &whole.headers_extension;
    *text = ObjectExtension(extension).value();
    return whole;
  }
  ObjectName Name() const {
    return {{TopicName(topic), PartitionId(partition)}, encoded_partition, Offset(first), kind};
  }
};

// Keys of kafka-connect-s3 12.2, from its partitioner classes (examples of its behaviour
// by configuration; the encoded partition is another part's work and given here).
const std::vector<Example>& Examples() {
  static const std::vector<Example> examples{
      {1,
       "Default",
       {},
       {},
       "129a67850695.pin",
       0,
       0,
       "partition=0",
       ObjectKind::kValue,
       "topics/129a67850695.pin/partition=0/129a67850695.pin+0+0000000000.json"},
      {2,
       "Default, flush.size=1, next record",
       {},
       {},
       "129a67850695.pin",
       0,
       1,
       "partition=0",
       ObjectKind::kValue,
       "topics/129a67850695.pin/partition=0/129a67850695.pin+0+0000000001.json"},
      {3,
       "Default",
       {},
       {},
       "t",
       12,
       1234567,
       "partition=12",
       ObjectKind::kValue,
       "topics/t/partition=12/t+12+0001234567.json"},
      {4,
       "Default, offset longer than the width",
       {},
       {},
       "t",
       0,
       12345678901,
       "partition=0",
       ObjectKind::kValue,
       "topics/t/partition=0/t+0+12345678901.json"},
      {5,
       "Default, width 5",
       {.offset_pad_width = 5},
       {},
       "t",
       3,
       42,
       "partition=3",
       ObjectKind::kValue,
       "topics/t/partition=3/t+3+00042.json"},
      {6,
       "Default, topics.dir blank",
       {.topics_dir = ""},
       {},
       "t",
       0,
       0,
       "partition=0",
       ObjectKind::kValue,
       "t/partition=0/t+0+0000000000.json"},
      {7,
       "Default, topics.dir=raw/kafka",
       {.topics_dir = "raw/kafka"},
       {},
       "t",
       0,
       0,
       "partition=0",
       ObjectKind::kValue,
       "raw/kafka/t/partition=0/t+0+0000000000.json"},
      {8,
       "Default, directory.delim=_ , file.delim=-",
       {.directory_delim = "_", .file_delim = "-"},
       {},
       "t",
       0,
       7,
       "partition=0",
       ObjectKind::kValue,
       "topics_t_partition=0_t-0-0000000007.json"},
      {9,
       "Default, gzip",
       {},
       {.gzip = true},
       "t",
       0,
       0,
       "partition=0",
       ObjectKind::kValue,
       "topics/t/partition=0/t+0+0000000000.json.gz"},
      {10,
       "Default, Avro deflate",
       {},
       {.format = kAvro},
       "t",
       0,
       0,
       "partition=0",
       ObjectKind::kValue,
       "topics/t/partition=0/t+0+0000000000.avro"},
      {11,
       "Default, Parquet (default codec)",
       {},
       {.format = kParquet},
       "t",
       0,
       0,
       "partition=0",
       ObjectKind::kValue,
       "topics/t/partition=0/t+0+0000000000.snappy.parquet"},
      {12,
       "Default, Parquet none",
       {},
       {.format = kParquet, .parquet_codec = "none"},
       "t",
       0,
       0,
       "partition=0",
       ObjectKind::kValue,
       "topics/t/partition=0/t+0+0000000000.parquet"},
      {13,
       "Default, Parquet zstd",
       {},
       {.format = kParquet, .parquet_codec = "zstd"},
       "t",
       0,
       0,
       "partition=0",
       ObjectKind::kValue,
       "topics/t/partition=0/t+0+0000000000.zstd.parquet"},
      {14,
       "Default, bytes",
       {},
       {.format = kBytes},
       "t",
       0,
       0,
       "partition=0",
       ObjectKind::kValue,
       "topics/t/partition=0/t+0+0000000000.bin"},
      {15,
       "Default, bytes, extension .txt, gzip",
       {},
       {.format = kBytes, .gzip = true, .bytes_extension = ".txt"},
       "t",
       0,
       0,
       "partition=0",
       ObjectKind::kValue,
       "topics/t/partition=0/t+0+0000000000.txt.gz"},
      {16,
       "Default, JSON value, keys in Avro (the keys file)",
       {},
       {.format = kAvro},
       "t",
       0,
       0,
       "partition=0",
       ObjectKind::kKeys,
       "topics/t/partition=0/t+0+0000000000.keys.avro"},
      {17,
       "Default, headers in Parquet (the headers file)",
       {},
       {.format = kParquet},
       "t",
       0,
       0,
       "partition=0",
       ObjectKind::kHeaders,
       "topics/t/partition=0/t+0+0000000000.headers.snappy.parquet"},
      {18,
       "Default, tombstones written, keys JSON",
       {},
       {},
       "t",
       0,
       3,
       "tombstone",
       ObjectKind::kKeys,
       "topics/t/tombstone/t+0+0000000003.keys.json"},
      {19,
       "Field `country`, value \"FR\"",
       {},
       {},
       "t",
       0,
       5,
       "country=FR",
       ObjectKind::kValue,
       "topics/t/country=FR/t+0+0000000005.json"},
      {20,
       "Field `country,age`, \"Côte d'Ivoire\", 34",
       {},
       {},
       "t",
       0,
       5,
       "country=Côte d'Ivoire/age=34",
       ObjectKind::kValue,
       "topics/t/country=Côte d'Ivoire/age=34/t+0+0000000005.json"},
      {21,
       "Field `user.id` nested int64 9",
       {},
       {},
       "t",
       0,
       5,
       "user.id=9",
       ObjectKind::kValue,
       "topics/t/user.id=9/t+0+0000000005.json"},
      {22,
       "Field `active` boolean, null value",
       {},
       {},
       "t",
       0,
       5,
       "active=null",
       ObjectKind::kValue,
       "topics/t/active=null/t+0+0000000005.json"},
      {23,
       "Field `k`, flush.size=9, records cycle k=16,17,18 from offset 0: first file of k=17",
       {},
       {},
       "t",
       0,
       1,
       "k=17",
       ObjectKind::kValue,
       "topics/t/k=17/t+0+0000000001.json"},
      {24,
       "  … second file of k=17",
       {},
       {},
       "t",
       0,
       10,
       "k=17",
       ObjectKind::kValue,
       "topics/t/k=17/t+0+0000000010.json"},
      {25,
       "Hourly, UTC, Record",
       {},
       {},
       "t",
       0,
       0,
       "year=2024/month=03/day=01/hour=12",
       ObjectKind::kValue,
       "topics/t/year=2024/month=03/day=01/hour=12/t+0+0000000000.json"},
      {26,
       "Hourly, America/Los_Angeles",
       {},
       {},
       "t",
       0,
       0,
       "year=2024/month=03/day=01/hour=04",
       ObjectKind::kValue,
       "topics/t/year=2024/month=03/day=01/hour=04/t+0+0000000000.json"},
      {27,
       "Hourly, Asia/Kolkata (half-hour zone)",
       {},
       {},
       "t",
       0,
       0,
       "year=2024/month=03/day=01/hour=18",
       ObjectKind::kValue,
       "topics/t/year=2024/month=03/day=01/hour=18/t+0+0000000000.json"},
      {28,
       "Hourly, Los_Angeles, after spring forward",
       {},
       {},
       "t",
       0,
       0,
       "year=2024/month=03/day=10/hour=03",
       ObjectKind::kValue,
       "topics/t/year=2024/month=03/day=10/hour=03/t+0+0000000000.json"},
      {29,
       "Hourly, Los_Angeles, second 01:30 of 2024-11-03",
       {},
       {},
       "t",
       0,
       0,
       "year=2024/month=11/day=03/hour=01",
       ObjectKind::kValue,
       "topics/t/year=2024/month=11/day=03/hour=01/t+0+0000000000.json"},
      {30,
       "Daily, Los_Angeles, 1 ms before local midnight",
       {},
       {},
       "t",
       1,
       99,
       "year=2024/month=02/day=29",
       ObjectKind::kValue,
       "topics/t/year=2024/month=02/day=29/t+1+0000000099.json"},
      {31,
       "Daily, Los_Angeles, local midnight",
       {},
       {},
       "t",
       1,
       100,
       "year=2024/month=03/day=01",
       ObjectKind::kValue,
       "topics/t/year=2024/month=03/day=01/t+1+0000000100.json"},
      {32,
       "TimeBased, 600000 ms, `YYYY-MM-dd/HHmm`, +05:30",
       {},
       {},
       "t",
       0,
       0,
       "2024-03-01/1800",
       ObjectKind::kValue,
       "topics/t/2024-03-01/1800/t+0+0000000000.json"},
      {33,
       "TimeBased, 10800000 ms, hourly pattern, UTC",
       {},
       {},
       "t",
       0,
       0,
       "year=2024/month=03/day=01/hour=12",
       ObjectKind::kValue,
       "topics/t/year=2024/month=03/day=01/hour=12/t+0+0000000000.json"},
      {34,
       "TimeBased, 1 day, `'dt'=YYYY-MM-dd/`, UTC (trailing delimiter removed)",
       {},
       {},
       "t",
       0,
       0,
       "dt=2024-03-01",
       ObjectKind::kValue,
       "topics/t/dt=2024-03-01/t+0+0000000000.json"},
      {35,
       "TimeBased, RecordField, text \"2024-03-01T12:30:45.678+05:30\", hourly pattern, UTC",
       {},
       {},
       "t",
       0,
       0,
       "year=2024/month=03/day=01/hour=07",
       ObjectKind::kValue,
       "topics/t/year=2024/month=03/day=01/hour=07/t+0+0000000000.json"},
      {36,
       "Default, affix PREFIX, schema com.acme.Pin",
       {},
       {},
       "t",
       0,
       0,
       "schema_name=com.acme.Pin/partition=0",
       ObjectKind::kValue,
       "topics/t/schema_name=com.acme.Pin/partition=0/t+0+0000000000.json"},
      {37,
       "Default, affix SUFFIX, no schema",
       {},
       {},
       "t",
       0,
       0,
       "partition=0/schema_name=null",
       ObjectKind::kValue,
       "topics/t/partition=0/schema_name=null/t+0+0000000000.json"},
      {38,
       "Topic with a suffix like the extension",
       {},
       {},
       "a.json.b.json",
       0,
       0,
       "partition=0",
       ObjectKind::kValue,
       "topics/a.json.b.json/partition=0/a.json.b.json+0+0000000000.json"},
  };
  return examples;
}

TEST(ObjectKeyTest, MakesTheKeysOfTheOriginal) {
  EXPECT_EQ(Examples().size(), 38u);
  for (const Example& example : Examples()) {
    const auto key = MakeObjectKey(example.WholeNaming(), example.Name());
    ASSERT_TRUE(key) << example.number;
    EXPECT_EQ(key->value(), example.key) << example.number << ": " << example.config;
  }
}

TEST(ObjectKeyTest, ReadsTheKeysOfTheOriginalBack) {
  for (const Example& example : Examples()) {
    const auto name = ParseObjectKey(example.WholeNaming(), ObjectKey(example.key));
    ASSERT_TRUE(name) << example.number << ": " << example.key;
    EXPECT_EQ(*name, example.Name()) << example.number << ": " << example.key;
  }
}

// Recorded: topics.dir=raw/data/ keeps the doubled delimiter.
TEST(ObjectKeyTest, KeepsATrailingDelimiterOfTopicsDir) {
  const ObjectNaming naming{.topics_dir = "raw/data/"};
  const ObjectName name{{TopicName("T"), PartitionId(0)}, "partition=0", Offset(0)};
  const auto key = MakeObjectKey(naming, name);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->value(), "raw/data//T/partition=0/T+0+0000000000.json");
  EXPECT_EQ(ParseObjectKey(naming, *key), name);
  EXPECT_EQ(TopicPrefix(naming, TopicName("T")), "raw/data//T/");
}

TEST(ObjectKeyTest, RefusesKeysOver1024BytesByName) {
  ObjectName name{{TopicName("t"), PartitionId(0)}, std::string(1000, 'x'), Offset(0)};
  const auto key = MakeObjectKey({}, name);
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_THAT(key.error().message(), HasSubstr("over 1024: topics/t/xxx"));
  const size_t over = 1000 + std::string("topics/t//t+0+0000000000.json").size() - 1024;
  name.encoded_partition.resize(1000 - over);
  EXPECT_TRUE(MakeObjectKey({}, name));
}

TEST(ObjectKeyTest, ReadsNoKeyThatItWouldNotMake) {
  for (const char* key :
       {"", "topics/", "topics/t/partition=0/", "topics/t/partition=0/t+0+0000000000.avro",
        "topics/t/partition=0/u+0+0000000000.json", "topics/t/partition=0/t+0+000000000.json",
        "topics/t/partition=0/t+0+00000000000.json", "topics/t/partition=0/t+00+0000000000.json",
        "topics/t/partition=0/t+0+.json", "topics/t/partition=0/t++0000000000.json",
        "topics/t//t+0+0000000000.json", "topics/t/t+0+0000000000.json",
        "raw/t/partition=0/t+0+0000000000.json", "topics/_pinlake/meta/x",
        "topics/t/partition=0/t+0+99999999999999999999.json",
        "topics/t/partition=0/t+4294967296+0000000000.json"})
    EXPECT_FALSE(ParseObjectKey({}, ObjectKey(key))) << key;
}

TEST(ObjectKeyTest, TheTopicDecidesWhereDelimitersAreLegalInTopicNames) {
  const ObjectNaming naming{.topics_dir = "", .directory_delim = "_"};
  const ObjectName name{{TopicName("a_a"), PartitionId(0)}, "p", Offset(0)};
  const auto key = MakeObjectKey(naming, name);
  ASSERT_TRUE(key);
  EXPECT_EQ(ParseObjectKey(naming, *key, name.tp.topic), name);
  EXPECT_EQ(ParseObjectKey(naming, *key)->tp.topic, TopicName("a"));
}

TEST(ObjectKeyTest, RefusesAnUnknownParquetCodec) {
  const auto extension = ObjectExtension({.format = kParquet, .parquet_codec = "zip"});
  ASSERT_FALSE(extension);
  EXPECT_THAT(extension.error().message(), HasSubstr("'zip'"));
}

}  // namespace
}  // namespace pinlake
