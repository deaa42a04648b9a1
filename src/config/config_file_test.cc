#include "config/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "config/option_table.h"
#include "config/properties.h"
#include "config/yaml.h"

namespace pinlake {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Flat(const Result<ConfigEntries>& entries) {
  std::vector<std::string> lines;
  if (!entries) return {entries.error().message()};
  for (const ConfigEntry& e : entries->entries) {
    lines.push_back(
        fmt::format("{}|{}|{}", e.line, e.key, e.problem.empty() ? e.value : e.problem));
  }
  return lines;
}

std::vector<std::string> Properties(std::string_view text) {
  return Flat(ParseProperties(text, "f"));
}
std::vector<std::string> Yaml(std::string_view text) { return Flat(ParseYaml(text, "f")); }

// The claims of java.util.Properties' documentation.
TEST(PropertiesTest, KeysEndAtEqualsColonOrSpace) {
  EXPECT_THAT(Properties("a=1\nb:2\nc 3\nd\t=\t4\ne : = 5\nf\n"),
              ElementsAre("1|a|1", "2|b|2", "3|c|3", "4|d|4", "5|e|= 5", "6|f|"));
  EXPECT_THAT(Properties("Truth = Beauty\n Truth:Beauty\nTruth                    :Beauty"),
              ElementsAre("1|Truth|Beauty", "2|Truth|Beauty", "3|Truth|Beauty"));
}

TEST(PropertiesTest, CommentsAndBlankLinesSayNothing) {
  EXPECT_THAT(Properties("# a=1\n  ! b=2\n\n \t\f\na=#1\r\n\r\n\rb=2"),
              ElementsAre("5|a|#1", "8|b|2"));
}

TEST(PropertiesTest, ACommentIsNotContinued) {
  EXPECT_THAT(Properties("# a \\\nb=1"), ElementsAre("2|b|1"));
}

TEST(PropertiesTest, LinesGoOnAfterABackslash) {
  EXPECT_THAT(Properties("fruits  apple, banana, \\\n   cantaloupe, \\\r\n\tpear\nx=1"),
              ElementsAre("1|fruits|apple, banana, cantaloupe, pear", "4|x|1"));
  EXPECT_THAT(Properties("a=1\\\\\nb=2"), ElementsAre("1|a|1\\", "2|b|2"));
  EXPECT_THAT(Properties("a=1\\\n#2\nb=3"), ElementsAre("1|a|1#2", "3|b|3"));
  EXPECT_THAT(Properties("a=1\\\n\nb=3"), ElementsAre("1|a|1", "3|b|3"));
  EXPECT_THAT(Properties("\\\n  a=1"), ElementsAre("2|a|1"));
  EXPECT_THAT(Properties("a=1\\"), ElementsAre("1|a|1"));
  // As Java 17 does: found by comparing 3,000 random files.
  EXPECT_THAT(Properties("\\\n!a\nb=1"), ElementsAre("3|b|1"));
  EXPECT_THAT(Properties("\\"), ElementsAre("1||"));
  EXPECT_THAT(Properties("\\\n"), ElementsAre("1||"));
  EXPECT_THAT(Properties("\\\r\n"), ElementsAre());
}

TEST(PropertiesTest, EscapesAreResolvedInKeysAndValues) {
  EXPECT_THAT(Properties("a\\ b\\=c\\:d=\\t\\n\\u0041\\q\\ "), ElementsAre("1|a b=c:d|\t\nAq "));
  EXPECT_THAT(Properties("a=\\u00e9\\ud83d\\ude00\\ud83d"),
              ElementsAre("1|a|\xc3\xa9\xf0\x9f\x98\x80?"));
  EXPECT_THAT(Properties("x=1\na=\\u12"), ElementsAre("f:2: \\u needs four hexadecimal digits"));
}

TEST(PropertiesTest, ValuesKeepTheirTrailingSpaces) {
  EXPECT_THAT(Properties("a= b  \n"), ElementsAre("1|a|b  "));
}

TEST(PropertiesTest, OtherBytesAreLatin1WithAWarning) {
  const auto entries = ParseProperties("a=\xe9\n", "f");
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->entries[0].value, "\xc3\xa9");
  EXPECT_THAT(entries->warnings, ElementsAre(HasSubstr("f:1: a: read as ISO-8859-1")));
}

TEST(PropertiesTest, TheLastOfTwoCountsWithAWarning) {
  const auto entries = ParseProperties("a=1\nb=2\na=3\n", "f");
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->Find("a")->value, "3");
  EXPECT_THAT(entries->warnings,
              ElementsAre("f:3: a: given again; the value of line 1 no longer counts"));
}

TEST(YamlTest, MapsBecomeDottedKeysWithLines) {
  EXPECT_THAT(Yaml("log:\n  dir: ./d\n  embedded: {fsync: true}\nname: 'x: y'\n"),
              ElementsAre("2|log.dir|./d", "3|log.embedded.fsync|true", "4|name|x: y"));
}

TEST(YamlTest, ListsOfScalarsStayTogetherAndOthersAreNumbered) {
  const auto entries = ParseYaml(
      "topics: [a, 'b,c']\nsinks:\n - name: s\n   p: {flush.size: 3}\n - 5\nnone: []\n", "f");
  EXPECT_THAT(Flat(entries), ElementsAre("1|topics|a,b,c", "3|sinks[0].name|s",
                                         "4|sinks[0].p.flush.size|3", "5|sinks[1]|5", "6|none|"));
  EXPECT_THAT(*entries->entries[0].items, ElementsAre("a", "b,c"));
  EXPECT_THAT(*entries->entries[4].items, ElementsAre());
}

TEST(YamlTest, AKeyWithoutAValueSaysSo) {
  EXPECT_THAT(Yaml("gateway:\nlog:\n  dir: ~\n"),
              ElementsAre("1|gateway|has no value", "3|log.dir|has no value"));
  EXPECT_THAT(Yaml(""), ElementsAre());
}

TEST(YamlTest, WhatIsWrongNamesItsPlace) {
  EXPECT_THAT(Yaml("a: 1\nb: [1, 2\nc: 3\n"), ElementsAre(HasSubstr("f:3:")));
  EXPECT_THAT(Yaml("a: 1\na: 2\n"), ElementsAre("f:2:1: a is given twice"));
  EXPECT_THAT(Yaml("- a\n"), ElementsAre("f:1:1: is not a map of keys and values"));
  EXPECT_THAT(Yaml("a: 1\n---\nb: 2\n"), ElementsAre("f: holds more than one document"));
}

TEST(YamlTest, ATextThatNoDocumentTakesUpIsRefused) {
  EXPECT_THAT(Yaml(" ,{  -{ "), ElementsAre("f: holds more than one document"));
}

TEST(YamlTest, AliasesCannotGrowWithoutEnd) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, {y: z}]\n";
  for (int i = 1; i < 9; ++i) {
    text += fmt::format("a{}: &a{} [", i, i);
    for (int j = 0; j < 10; ++j) text += fmt::format("{}*a{}", j == 0 ? "" : ", ", i - 1);
    text += "]\n";
  }
  EXPECT_THAT(Yaml(text), ElementsAre(HasSubstr("more than 10000 values")));
}

class ConfigFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/pinlake_config_XXXXXX";
    directory_ = mkdtemp(name);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  std::string Write(const std::string& name, std::string_view text) {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path) << text;
    return path;
  }
  std::string directory_;
};

TEST_F(ConfigFileTest, ValuesComeFromTheEnvironmentAndFilesAndAreSecretThen) {
  Write("pw.txt", "geheim\n");
  Write("aws.properties", "key = AKIA\n");
  const std::string path =
      Write("p.yaml",
            "a: x${env:USER_NAME}y\nb: ${file:pw.txt}\n"
            "c: ${file:aws.properties:key}\nd: ${topic}/${x\ne: [1, '${env:USER_NAME}']\n");
  const auto entries =
      LoadConfigFile(path, [](const std::string& name) -> std::optional<std::string> {
        if (name == "USER_NAME") return "me${env:HOME}";
        return {};
      });
  EXPECT_THAT(Flat(entries), ElementsAre("1|a|xme${env:HOME}y", "2|b|geheim", "3|c|AKIA",
                                         "4|d|${topic}/${x", "5|e|1,me${env:HOME}"));
  EXPECT_TRUE(entries->entries[0].secret);
  EXPECT_TRUE(entries->entries[1].secret);
  EXPECT_FALSE(entries->entries[3].secret);
  EXPECT_THAT(*entries->entries[4].items, ElementsAre("1", "me${env:HOME}"));
}

TEST_F(ConfigFileTest, WhatCannotBeReplacedIsTheEntrysProblem) {
  const std::string path =
      Write("p.properties", "a=${env:NOT_SET}\nb=${file:none}\nc=${ssm:/x}\nd=${vault:x}\n");
  const auto entries = LoadConfigFile(path, [](const std::string&) { return std::nullopt; });
  EXPECT_THAT(Flat(entries),
              ElementsAre("1|a|environment variable NOT_SET is not set",
                          "2|b|read " + directory_ + "/none: No such file or directory",
                          "3|c|${ssm:/x} is not supported: use ${env:…} or ${file:…}",
                          "4|d|${vault:x} names no source of values (allowed: env, file)"));
}

TEST_F(ConfigFileTest, WhatCannotBeReadIsNamed) {
  EXPECT_EQ(ReadConfigFile(directory_ + "/none").error().kind(), ErrorKind::kNotFound);
  EXPECT_EQ(ReadConfigFile(directory_).error().message(),
            "read " + directory_ + ": Is a directory");
  const std::string large = Write("large", std::string((4 << 20) + 1, 'x'));
  EXPECT_THAT(ReadConfigFile(large).error().message(), HasSubstr("larger than 4 MiB"));
}

}  // namespace
}  // namespace pinlake
