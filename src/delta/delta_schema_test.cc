#include "delta/delta_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinlake {
namespace {

using testing::HasSubstr;

DeltaField Field(std::string name, std::string type, bool nullable = true) {
  return {.name = std::move(name), .type = "\"" + std::move(type) + "\"", .nullable = nullable};
}

TEST(DeltaSchemaTest, ReadsWhatDeltalakeWroteAndRendersItUnchanged) {
  const std::string text =
      R"({"type":"struct","fields":[{"name":"id","type":"long","nullable":true,"metadata":{}},{"name":"tags","type":{"type":"array","elementType":"string","containsNull":true},"nullable":false,"metadata":{"comment":"words"}}]})";
  const auto schema = ParseDeltaSchema(text);
  ASSERT_TRUE(schema) << schema.error().message();
  EXPECT_EQ(schema->at(0), Field("id", "long"));
  EXPECT_EQ(schema->at(1).metadata, R"({"comment":"words"})");
  EXPECT_EQ(RenderDeltaSchema(*schema), text);
}

TEST(DeltaSchemaTest, NamesTheFieldWithoutAType) {
  const auto schema = ParseDeltaSchema(R"({"type":"struct","fields":[{"name":"id"}]})");
  ASSERT_FALSE(schema);
  EXPECT_EQ(schema.error(), Error(ErrorKind::kCorruption, "schema: field 'id' has no type"));
  EXPECT_FALSE(ParseDeltaSchema("[]"));
  EXPECT_FALSE(ParseDeltaSchema(""));
}

TEST(DeltaSchemaTest, ANewColumnComesLastAndMayBeNull) {
  const auto schema = EvolveDeltaSchema({Field("a", "long", false), Field("b", "string")},
                                        {Field("c", "date", false), Field("a", "long", false)});
  ASSERT_TRUE(schema) << schema.error().message();
  EXPECT_EQ(*schema,
            (DeltaSchema{Field("a", "long", false), Field("b", "string"), Field("c", "date")}));
}

TEST(DeltaSchemaTest, AChangedTypeIsRefusedWithBothTypes) {
  const auto schema = EvolveDeltaSchema({Field("a", "long")}, {Field("a", "string")});
  ASSERT_FALSE(schema);
  EXPECT_EQ(schema.error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_THAT(schema.error().message(), HasSubstr("column 'a' is \"long\""));
  EXPECT_THAT(schema.error().message(), HasSubstr("can't become \"string\""));
}

TEST(DeltaSchemaTest, ANullableColumnStaysNullable) {
  EXPECT_FALSE(EvolveDeltaSchema({Field("a", "long")}, {Field("a", "long", false)}));
}

TEST(DeltaSchemaTest, NamesThatDifferInCaseOnlyAreRefused) {
  const auto schema = EvolveDeltaSchema({Field("Id", "long")}, {Field("iD", "long")});
  ASSERT_FALSE(schema);
  EXPECT_THAT(schema.error().message(), HasSubstr("'iD' is there twice"));
}

}  // namespace
}  // namespace pinlake
