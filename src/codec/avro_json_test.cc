#include "codec/avro_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinlake {
namespace {

using testing::HasSubstr;

Result<std::string> ToBinary(const std::string& schema, const std::string& json) {
  const auto document = JsonDocument::Parse(json);
  std::string out;
  RETURN_IF_ERROR(AppendAvro(AvroSchema::Parse(schema).value(), document.value().root(), &out));
  return out;
}

Result<std::string> ToJson(const std::string& schema, std::string_view bytes) {
  std::string out;
  RETURN_IF_ERROR(AppendAvroJson(AvroSchema::Parse(schema).value(), bytes, &out));
  return out;
}

std::string Bytes(std::initializer_list<int> bytes) {
  std::string text;
  for (const int byte : bytes) text.push_back(static_cast<char>(byte));
  return text;
}

constexpr const char* kPost = R"({"type":"record","name":"a.Post","fields":[
  {"name":"id","type":"long"},{"name":"s","type":["null","string"]},
  {"name":"m","type":{"type":"map","values":"double"}},
  {"name":"l","type":{"type":"array","items":"bytes"}},
  {"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]}},
  {"name":"f","type":{"type":"fixed","name":"F","size":2}},
  {"name":"next","type":["null","Post"]}]})";

// The numbers of the specification's tables.
TEST(AvroJsonTest, NumbersAreZigzag) {
  const std::pair<const char*, std::string> cases[] = {
      {"0", Bytes({0x00})},
      {"-1", Bytes({0x01})},
      {"1", Bytes({0x02})},
      {"-2", Bytes({0x03})},
      {"-64", Bytes({0x7f})},
      {"64", Bytes({0x80, 0x01})},
      {"9223372036854775807", Bytes({0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})},
      {"-9223372036854775808",
       Bytes({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})}};
  for (const auto& [json, bytes] : cases) {
    EXPECT_EQ(ToBinary("\"long\"", json).value(), bytes) << json;
    EXPECT_EQ(ToJson("\"long\"", bytes).value(), json);
  }
}

TEST(AvroJsonTest, ARecordGoesThereAndBack) {
  const std::string json =
      R"({"id":42,"s":{"string":"aü\""},"m":{"k":1.0},"l":["\u00FF\u0000"],"e":"B","f":"xy",)"
      R"("next":{"a.Post":{"id":-1,"s":null,"m":{},"l":[],"e":"A","f":"é!","next":null}}})";
  const auto bytes = ToBinary(kPost, json);
  ASSERT_TRUE(bytes) << bytes.error().message();
  EXPECT_EQ(bytes->substr(0, 8), Bytes({0x54, 0x02, 0x08, 'a', 0xc3, 0xbc, '"', 0x02}));
  EXPECT_EQ(ToJson(kPost, *bytes).value(),
            R"({"id":42,"s":{"string":"aü\""},"m":{"k":1.0},"l":["ÿ\u0000"],"e":"B","f":"xy",)"
            R"("next":{"a.Post":{"id":-1,"s":null,"m":{},"l":[],"e":"A","f":"é!","next":null}}})");
}

TEST(AvroJsonTest, FloatingNumbers) {
  EXPECT_EQ(ToBinary("\"float\"", "1").value(), Bytes({0, 0, 0x80, 0x3f}));
  EXPECT_EQ(ToBinary("\"double\"", "-0.5").value(), Bytes({0, 0, 0, 0, 0, 0, 0xe0, 0xbf}));
  EXPECT_EQ(ToJson("\"float\"", ToBinary("\"float\"", "0.1").value()).value(), "0.1");
  for (const char* special : {"\"NaN\"", "\"Infinity\"", "\"-Infinity\""}) {
    EXPECT_EQ(ToJson("\"double\"", ToBinary("\"double\"", special).value()).value(), special);
  }
}

TEST(AvroJsonTest, BlocksMaySayTheirSize) {
  const std::string array = R"({"type":"array","items":"int"})";
  EXPECT_EQ(ToJson(array, Bytes({0x03, 0x04, 0x02, 0x04, 0x02, 0x06, 0x00})).value(), "[1,2,3]");
}

TEST(AvroJsonTest, WrongValuesAreNamedWithTheirPlaceAndWriteNothing) {
  const std::string schema =
      R"({"type":"record","name":"R","fields":[{"name":"i","type":"int"},{"name":"l",)"
      R"("type":{"type":"array","items":{"type":"map","values":["null","string"]}}}]})";
  const std::pair<const char*, const char*> cases[] = {
      {"[]", "a array is no R"},
      {R"({"l":[]})", "i: the field is missing"},
      {R"({"i":"x","l":[]})", "i: a string is no int"},
      {R"({"i":2147483648,"l":[]})", "i: 2147483648 is no int"},
      {R"({"i":1.5,"l":[]})", "i: 1.5 is no int"},
      {R"({"i":1,"l":[{},{"k":"plain"}]})",
       "l[1][\"k\"]: none of the union's null, {\"string\": …}"},
      {R"({"i":1,"l":[{"k":{"string":7}}]})", "l[0][\"k\"]: a number is no string"},
  };
  for (const auto& [json, message] : cases) {
    const auto bytes = ToBinary(schema, json);
    ASSERT_FALSE(bytes) << json;
    EXPECT_THAT(bytes.error().message(), HasSubstr(message));
  }
  std::string kept = "kept";
  const auto document = JsonDocument::Parse(R"({"i":1,"l":[7]})");
  EXPECT_FALSE(AppendAvro(AvroSchema::Parse(schema).value(), document->root(), &kept));
  EXPECT_EQ(kept, "kept");
  EXPECT_FALSE(ToBinary(R"({"type":"fixed","name":"F","size":2})", R"("abc")"));
  EXPECT_FALSE(ToBinary("\"bytes\"", "\"€\""));
  EXPECT_FALSE(ToBinary(R"({"type":"enum","name":"E","symbols":["A"]})", R"("B")"));
}

TEST(AvroJsonTest, BytesOfAnotherSchemaAreRefused) {
  const std::pair<const char*, std::string> cases[] = {
      {"\"boolean\"", Bytes({2})},
      {"\"int\"", Bytes({0xff, 0xff, 0xff, 0xff, 0xff, 0x01})},
      {"\"long\"", Bytes({0x80})},
      {"\"string\"", Bytes({0x04, 'a'})},
      {"\"string\"", Bytes({0x02, 0xff})},
      {"\"bytes\"", Bytes({0x01})},
      {"\"double\"", Bytes({1, 2, 3})},
      {R"(["null","int"])", Bytes({0x04})},
      {"\"null\"", Bytes({0})},
      {R"({"type":"array","items":"null"})", Bytes({0xfe, 0xff, 0xff, 0xff, 0x7f, 0x00})},
      {R"({"type":"record","name":"A","fields":[{"name":"a","type":"A"}]})", ""},
  };
  for (const auto& [schema, bytes] : cases) {
    const auto json = ToJson(schema, bytes);
    ASSERT_FALSE(json) << schema;
    EXPECT_THAT(json.error().message(), HasSubstr("Avro value, byte "));
  }
}

}  // namespace
}  // namespace pinlake
