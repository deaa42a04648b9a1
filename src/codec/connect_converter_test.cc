#include "codec/connect_converter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/object_writer.h"

namespace pinlake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kJson = "org.apache.kafka.connect.json.JsonConverter";
constexpr const char* kString = "org.apache.kafka.connect.storage.StringConverter";

std::unique_ptr<ConnectConverter> Json() {
  return MakeConverter({kJson, {{"schemas.enable", "false"}}}).value();
}
std::unique_ptr<ConnectConverter> String() { return MakeConverter({kString, {}}).value(); }

std::string LineOf(ConnectConverter& converter, const MaybeBytes& bytes) {
  const auto value = converter.Convert(bytes);
  if (!value) return "refused";
  if (value->is_null()) return "nothing";
  std::string line;
  EXPECT_TRUE(JsonLinesWriter().Append(*value, &line));
  return line;
}

std::string Problems(const ConverterConfig& config) {
  std::vector<std::string> ignored;
  std::string all;
  for (const auto& problem : CheckConverter(config, &ignored)) all += problem + "\n";
  return all;
}

TEST(ConnectConverterTest, JsonBecomesACompactLine) {
  const auto json = Json();
  EXPECT_EQ(LineOf(*json, " {\"b\" : 1.50, \"a\": []} "), "{\"b\":1.50,\"a\":[]}\n");
  EXPECT_EQ(LineOf(*json, "\"text\""), "\"text\"\n");
  EXPECT_EQ(LineOf(*json, "{"), "refused");
}

TEST(ConnectConverterTest, JsonTakesNothingAndNullForNull) {
  const auto json = Json();
  for (const MaybeBytes& bytes :
       {MaybeBytes(), MaybeBytes(""), MaybeBytes(" \n"), MaybeBytes(" null ")})
    EXPECT_EQ(LineOf(*json, bytes), "nothing");
}

TEST(ConnectConverterTest, AStringBecomesAJsonString) {
  const auto string = String();
  EXPECT_EQ(LineOf(*string, "{\"a\":\"é\n\"}"), "\"{\\\"a\\\":\\\"é\\n\\\"}\"\n");
  EXPECT_EQ(LineOf(*string, ""), "\"\"\n");
  EXPECT_EQ(LineOf(*string, "\xFF"), "\"\uFFFD\"\n");
  EXPECT_EQ(LineOf(*string, {}), "nothing");
}

TEST(ConnectConverterTest, BytesBecomeBase64) {
  const auto bytes = MakeConverter({"org.apache.kafka.connect.converters.ByteArrayConverter", {}});
  EXPECT_EQ(LineOf(**bytes, ""), "\"\"\n");
  EXPECT_EQ(LineOf(**bytes, "M"), "\"TQ==\"\n");
  EXPECT_EQ(LineOf(**bytes, "Ma"), "\"TWE=\"\n");
  EXPECT_EQ(LineOf(**bytes, "Man"), "\"TWFu\"\n");
  EXPECT_EQ(LineOf(**bytes, "\xFF\xFE\xFD\xFC"), "\"//79/A==\"\n");
  EXPECT_EQ(LineOf(**bytes, {}), "nothing");
}

TEST(ConnectConverterTest, RefusesSchemasByName) {
  EXPECT_THAT(Problems({kJson, {{"schemas.enable", "true"}}}),
              HasSubstr("schemas.enable=true is not supported yet; "
                        "for plain JSON write schemas.enable=false"));
  EXPECT_THAT(Problems({kJson, {}}),
              HasSubstr("the default of schemas.enable, true, is not supported yet"));
  EXPECT_THAT(Problems({kJson, {{"schemas.enable", "no"}}}), HasSubstr("'no' is not a boolean"));
  EXPECT_EQ(Problems({kJson, {{"schemas.enable", "FALSE"}}}), "");
}

TEST(ConnectConverterTest, RefusesOtherClassesAndEncodingsByName) {
  EXPECT_THAT(
      Problems({"io.confluent.connect.avro.AvroConverter", {}}),
      HasSubstr("'io.confluent.connect.avro.AvroConverter' is not supported yet (allowed: "));
  EXPECT_THAT(Problems({kString, {{"converter.encoding", "UTF-16"}}}),
              HasSubstr("converter.encoding 'UTF-16' is not supported"));
  EXPECT_EQ(MakeConverter({"x", {}}).error().kind(), ErrorKind::kInvalidArgument);
}

TEST(ConnectConverterTest, NamesPropertiesWithoutEffect) {
  std::vector<std::string> ignored;
  EXPECT_TRUE(CheckConverter({kJson,
                              {{"schemas.enable", "false"},
                               {"schemas.cache.size", "5"},
                               {"decimal.format", "NUMERIC"}}},
                             &ignored)
                  .empty());
  EXPECT_THAT(ignored, ElementsAre("decimal.format", "schemas.cache.size"));
}

}  // namespace
}  // namespace pinlake
