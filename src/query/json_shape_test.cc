#include "query/json_shape.h"

#include <gtest/gtest.h>

namespace pinlake {
namespace {

JsonShape ShapeOf(std::initializer_list<std::string> values) {
  JsonShape shape;
  for (const auto& value : values) {
    const auto document = JsonDocument::Parse(value);
    EXPECT_TRUE(document) << value;
    if (document) shape.Add(document->root());
  }
  return shape;
}

TEST(JsonShapeTest, TypesOfOnePlace) {
  EXPECT_EQ(ShapeOf({"null"}).Type(), "VARCHAR");
  EXPECT_EQ(ShapeOf({"\"2020-01-01\"", "null"}).Type(), "VARCHAR");
  EXPECT_EQ(ShapeOf({"true"}).Type(), "BOOLEAN");
  EXPECT_EQ(ShapeOf({"1", "-9223372036854775808"}).Type(), "BIGINT");
  EXPECT_EQ(ShapeOf({"1", "9223372036854775808"}).Type(), "HUGEINT");
  EXPECT_EQ(ShapeOf({"1", "1.0"}).Type(), "DOUBLE");
  EXPECT_EQ(ShapeOf({"1e3"}).Type(), "DOUBLE");
  EXPECT_EQ(ShapeOf({"1" + std::string(40, '0')}).Type(), "DOUBLE");
  EXPECT_EQ(ShapeOf({"1", "\"x\""}).Type(), "JSON");
  EXPECT_EQ(ShapeOf({"{}", "[]"}).Type(), "JSON");
  EXPECT_EQ(ShapeOf({"{}"}).Type(), "JSON");
  EXPECT_EQ(ShapeOf({"[]", "[null]"}).Type(), "VARCHAR[]");
  EXPECT_EQ(ShapeOf({"[1]", "[[1]]"}).Type(), "JSON[]");
  EXPECT_EQ(ShapeOf({"{\"a\":{\"b\":[1.5]}}"}).Type(), "STRUCT(\"a\" STRUCT(\"b\" DOUBLE[]))");
}

TEST(JsonShapeTest, ColumnsComeInOrderOfAppearance) {
  EXPECT_EQ(ShapeOf({"{\"b\":1}", "{\"a\":\"x\",\"b\":null}"}).Columns(),
            (std::vector<RawColumn>{{"b", "BIGINT"}, {"a", "VARCHAR"}}));
}

TEST(JsonShapeTest, WhatCannotBeColumnsHasNone) {
  EXPECT_TRUE(ShapeOf({"{\"a\":1}", "2"}).Columns().empty());
  EXPECT_TRUE(ShapeOf({"{\"a\":1,\"A\":2}"}).Columns().empty());
  EXPECT_TRUE(ShapeOf({"{\"\":1}"}).Columns().empty());
  EXPECT_TRUE(ShapeOf({"{}"}).Columns().empty());
  std::string many = "{";
  for (int i = 0; i < 1'001; ++i) many += (i > 0 ? ",\"k" : "\"k") + std::to_string(i) + "\":1";
  EXPECT_TRUE(ShapeOf({many + "}"}).Columns().empty());
}

TEST(JsonShapeTest, DeepValuesAreJsonAndEndTheDescent) {
  std::string deep = std::string(900, '[') + std::string(900, ']');
  EXPECT_EQ(ShapeOf({deep}).Type().substr(0, 6), "JSON[]");
}

}  // namespace
}  // namespace pinlake
