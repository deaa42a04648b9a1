#include "codec/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinlake {
namespace {

using testing::HasSubstr;

JsonDocument Parsed(std::string text) {
  auto document = JsonDocument::Parse(std::move(text));
  EXPECT_TRUE(document) << (document ? "" : document.error().message());
  return *std::move(document);
}
std::string RoundTrip(const std::string& text) { return Parsed(text).root().ToText(); }

TEST(JsonTest, KeepsDigitsAndOrder) {
  const std::string text =
      R"({"z":1.50,"a":12345678901234567890,"m":1e400,"b":[-0,1E+2,{"k":{}}]})";
  EXPECT_EQ(RoundTrip(text), text);
}

TEST(JsonTest, DropsWhiteSpaceAndUnescapes) {
  EXPECT_EQ(RoundTrip(" { \"a\\u0041\" : [ 1 , \"\\ud83d\\ude00\\/\" ] }\n"),
            "{\"aA\":[1,\"\xF0\x9F\x98\x80/\"]}");
}

TEST(JsonTest, EscapesAsTheOriginals) {
  EXPECT_EQ(RoundTrip(R"("\"\\\b\t\n\f\r\u001f\u0000")"), R"("\"\\\b\t\n\f\r\u001F\u0000")");
  EXPECT_EQ(RoundTrip("\"/<&\x7F\xE2\x80\xA8\xC3\xA9\""), "\"/<&\x7F\xE2\x80\xA8\xC3\xA9\"");
}

TEST(JsonTest, ReadsValuesByKind) {
  const JsonDocument document = Parsed(
      R"({"s":"x","i":-5,"d":1.5,"t":true,"n":null,"a":[1,2],"o":{"k":1},"big":9223372036854775808})");
  const JsonValue root = document.root();
  EXPECT_EQ(root.size(), 8u);
  EXPECT_EQ(root.Find("s")->AsString(), "x");
  EXPECT_EQ(root.Find("i")->AsInt(), -5);
  EXPECT_EQ(root.Find("d")->AsDouble(), 1.5);
  EXPECT_EQ(root.Find("d")->AsInt(), std::nullopt);
  EXPECT_EQ(root.Find("d")->AsNumberText(), "1.5");
  EXPECT_EQ(root.Find("t")->AsBool(), true);
  EXPECT_TRUE(root.Find("n")->is_null());
  EXPECT_EQ(root.Find("a")->size(), 2u);
  EXPECT_EQ(root.Find("big")->AsInt(), std::nullopt);
  EXPECT_FALSE(root.Find("absent"));
  EXPECT_EQ(Name(root.Find("o")->kind()), "object");
}

TEST(JsonTest, AskingForWhatAValueIsNotGivesNothing) {
  const JsonDocument document = Parsed("\"x\"");
  const JsonValue text = document.root();
  EXPECT_FALSE(text.AsBool() || text.AsInt() || text.AsDouble() || text.AsNumberText());
  EXPECT_FALSE(text.Find("a"));
  EXPECT_EQ(text.size(), 0u);
  for (const JsonValue element : text.elements()) ADD_FAILURE() << element.ToText();
  for (const JsonMember member : text.members()) ADD_FAILURE() << member.name;
}

TEST(JsonTest, WalksNestedValues) {
  const JsonDocument document = Parsed(R"([[1,[2]],{"a":{"b":[3]},"c":4},5])");
  std::string seen;
  for (const JsonValue element : document.root().elements()) {
    seen += element.ToText() + ";";
    for (const JsonMember member : element.members())
      seen += std::string(member.name) + "=" + member.value.ToText() + ";";
  }
  EXPECT_EQ(seen, R"([1,[2]];{"a":{"b":[3]},"c":4};a={"b":[3]};c=4;5;)");
}

TEST(JsonTest, OfEqualNamesTheLastValueCountsAtTheFirstOnesPlace) {
  const JsonDocument document = Parsed(R"({"a":1,"b":{"x":1,"x":2},"\u0061":3})");
  EXPECT_EQ(document.root().Find("a")->AsInt(), 3);
  EXPECT_EQ(document.root().ToText(), R"({"a":3,"b":{"x":2}})");
}

TEST(JsonTest, NamesTheByteOfAnError) {
  for (const auto& [text, byte] : std::vector<std::pair<std::string, int>>{
           {"", 0}, {"{\"a\":}", 5}, {"[1,2", 4}, {"{} x", 3}, {"[01]", 1}}) {
    const auto document = JsonDocument::Parse(text);
    ASSERT_FALSE(document) << text;
    EXPECT_EQ(document.error().kind(), ErrorKind::kInvalidArgument);
    EXPECT_THAT(document.error().message(), HasSubstr(fmt::format("JSON at byte {}:", byte)))
        << text;
  }
}

TEST(JsonTest, RefusesWhatIsNestedTooDeep) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(JsonDocument::Parse(nested(kJsonDepthMax)));
  EXPECT_FALSE(JsonDocument::Parse(nested(kJsonDepthMax + 1)));
  EXPECT_FALSE(JsonDocument::Parse(nested(2'000'000)));
  std::string wide = "[";
  for (int i = 0; i < 3000; ++i) wide += "[[]],";
  EXPECT_TRUE(JsonDocument::Parse(wide + "1]"));
}

TEST(JsonTest, WriterPutsCommasAndEscapes) {
  JsonWriter json;
  json.BeginObject().Key("a").BeginArray().Int(-1).Uint(2).Double(0.5).EndArray();
  json.Key("q\"").String("\n").Key("t").Bool(true).Key("n").Null();
  json.Key("r").Raw("{\"x\":1}").Key("e").BeginObject().EndObject().Key("inf").Double(1e308 * 10);
  json.EndObject();
  EXPECT_EQ(json.text(),
            R"({"a":[-1,2,0.5],"q\"":"\n","t":true,"n":null,"r":{"x":1},"e":{},"inf":null})");
  EXPECT_EQ(RoundTrip(json.text()), json.text());
}

}  // namespace
}  // namespace pinlake
