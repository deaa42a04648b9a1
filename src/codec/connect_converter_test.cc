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
  return MakeConverter("value.converter", {kJson, {{"schemas.enable", "false"}}}).value();
}
std::unique_ptr<ConnectConverter> String() {
  return MakeConverter("key.converter", {kString, {}}).value();
}

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
  for (const auto& problem : CheckConverter("value.converter", config, &ignored))
    all += problem + "\n";
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

TEST(ConnectConverterTest, RefusesSchemasByName) {
  EXPECT_THAT(Problems({kJson, {{"schemas.enable", "true"}}}),
              HasSubstr("value.converter.schemas.enable: schemas.enable=true is not supported yet; "
                        "for plain JSON write value.converter.schemas.enable=false"));
  EXPECT_THAT(Problems({kJson, {}}), HasSubstr("its default, true, is not supported yet"));
  EXPECT_THAT(Problems({kJson, {{"schemas.enable", "no"}}}), HasSubstr("'no' is not a boolean"));
  EXPECT_EQ(Problems({kJson, {{"schemas.enable", "FALSE"}}}), "");
}

TEST(ConnectConverterTest, RefusesOtherClassesAndEncodingsByName) {
  EXPECT_THAT(
      Problems({"io.confluent.connect.avro.AvroConverter", {}}),
      HasSubstr("value.converter: 'io.confluent.connect.avro.AvroConverter' is not supported"));
  EXPECT_THAT(Problems({kString, {{"converter.encoding", "UTF-16"}}}),
              HasSubstr("value.converter.converter.encoding: 'UTF-16' is not supported"));
  EXPECT_EQ(MakeConverter("value.converter", {"x", {}}).error().kind(),
            ErrorKind::kInvalidArgument);
}

TEST(ConnectConverterTest, NamesPropertiesWithoutEffect) {
  std::vector<std::string> ignored;
  EXPECT_TRUE(CheckConverter("value.converter",
                             {kJson,
                              {{"schemas.enable", "false"},
                               {"schemas.cache.size", "5"},
                               {"decimal.format", "NUMERIC"}}},
                             &ignored)
                  .empty());
  EXPECT_THAT(ignored, ElementsAre("decimal.format", "schemas.cache.size"));
}

}  // namespace
}  // namespace pinlake
