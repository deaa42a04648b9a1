#include "codec/avro_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinlake {
namespace {

using testing::HasSubstr;

TEST(AvroSchemaTest, NamedTypesAreFoundInTheirNamespace) {
  const auto schema = AvroSchema::Parse(R"({"type":"record","name":"Post","namespace":"com.x",
      "doc":"ignored","fields":[
        {"name":"kind","type":{"type":"enum","name":"Kind","symbols":["A","B"]},"default":"A"},
        {"name":"again","type":"Kind"},
        {"name":"full","type":"com.x.Kind"},
        {"name":"hash","type":{"type":"fixed","name":"org.y.Hash","size":16}},
        {"name":"when","type":{"type":"long","logicalType":"timestamp-millis"}},
        {"name":"tags","type":{"type":"array","items":["null","string"]}},
        {"name":"next","type":["null","Post"],"default":null}]})");
  ASSERT_TRUE(schema) << schema.error().message();
  const AvroNode& root = schema->root();
  EXPECT_EQ(root.name, "com.x.Post");
  ASSERT_EQ(root.fields.size(), 7u);
  EXPECT_EQ(root.fields[1].type, root.fields[0].type);
  EXPECT_EQ(root.fields[2].type, root.fields[0].type);
  EXPECT_EQ(root.fields[3].type->name, "org.y.Hash");
  EXPECT_EQ(root.fields[3].type->size, 16u);
  EXPECT_EQ(root.fields[4].type->type, AvroType::kLong);
  EXPECT_EQ(root.fields[5].type->items->branches.size(), 2u);
  EXPECT_EQ(root.fields[6].type->branches[1], &root);
  EXPECT_EQ(AvroSchema::Parse("\"string\"")->root().type, AvroType::kString);
}

TEST(AvroSchemaTest, WhatIsWrongIsNamedWithItsPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"{", "Avro schema: JSON"},
      {"7", "not a number"},
      {"\"nothing\"", "unknown type 'nothing'"},
      {"{}", "no \"type\""},
      {"[]", "empty union"},
      {R"(["int","int"])", "int twice in a union"},
      {R"([["int"]])", "union directly in a union"},
      {R"({"type":"array"})", "array without \"items\""},
      {R"({"type":"record","fields":[]})", "record without \"name\""},
      {R"({"type":"record","name":"1a","fields":[]})", "'1a' is not a name"},
      {R"({"type":"record","name":"R"})", "R: no array \"fields\""},
      {R"({"type":"record","name":"R","fields":[{"name":"f","type":"x"}]})",
       "field R.f: unknown type 'x'"},
      {R"({"type":"record","name":"R","fields":[{"name":"f","type":"int"},{"name":"f","type":"int"}]})",
       "field R.f: declared twice"},
      {R"({"type":"enum","name":"E","symbols":["A","A"]})", "E: symbol A twice"},
      {R"({"type":"fixed","name":"F","size":-1})", "F: \"size\""},
      {R"([{"type":"fixed","name":"F","size":1},{"type":"fixed","name":"F","size":1}])",
       "F is declared twice"},
  };
  for (const auto& [text, message] : cases) {
    const auto schema = AvroSchema::Parse(text);
    ASSERT_FALSE(schema) << text;
    EXPECT_EQ(schema.error().kind(), ErrorKind::kInvalidArgument);
    EXPECT_THAT(schema.error().message(), HasSubstr(message)) << text;
  }
  std::string deep = "\"int\"";
  for (int i = 0; i < 200; ++i) deep = R"({"type":"array","items":)" + deep + "}";
  EXPECT_THAT(AvroSchema::Parse(deep).error().message(), HasSubstr("deeper than"));
}

}  // namespace
}  // namespace pinlake
