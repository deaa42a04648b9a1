#include "config/option_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinlake {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

enum class Format { kJson, kText };

struct Config {
  std::string bucket;
  int64_t flush_records = 0;
  std::chrono::milliseconds interval{};
  std::chrono::milliseconds linger{};
  int64_t budget = 0;
  Format format = Format::kText;
  bool strict = false;
  double ratio = 0;
  std::vector<std::string> topics;
  std::optional<int32_t> tasks;
  Secret password;
  std::string url;
  std::string listen;
  std::map<std::string, std::string> extra;
};

const OptionTable<Config>& Table() {
  using C = Config;
  static const OptionTable<C> table(
      {{.name = "s3.bucket.name",
        .field = Text(&C::bucket, 1),
        .importance = Importance::kHigh,
        .doc = "The bucket."},
       {.name = "flush.size",
        .field = Int(&C::flush_records, 1),
        .importance = Importance::kHigh,
        .doc = "Records in an object before it is rotated."},
       {.name = "rotate.interval.ms", .field = IntMillis(&C::interval, -1), .fallback = "-1"},
       {.name = "linger", .field = Duration(&C::linger), .fallback = "2ms"},
       {.name = "memory.budget", .field = Bytes(&C::budget, 1 << 20), .fallback = "256MiB"},
       {.name = "format",
        .field = Enum(&C::format, {{"json", Format::kJson},
                                   {"text", Format::kText},
                                   {"avro", Format::kText, "write json"}}),
        .fallback = "json",
        .aliases = {"format.class"}},
       {.name = "strict", .field = Bool(&C::strict), .fallback = "true"},
       {.name = "ratio", .field = Real(&C::ratio, 0, 1), .fallback = "0.5"},
       {.name = "topics", .field = List(&C::topics), .fallback = ""},
       {.name = "tasks.max", .field = Int(&C::tasks, 1)},
       {.name = "password", .field = Password(&C::password), .fallback = ""},
       {.name = "store.url", .field = Url(&C::url, {"s3", "file"}), .fallback = "file:///d"},
       {.name = "listen", .field = HostPort(&C::listen), .fallback = "127.0.0.1:0"},
       {.name = "transforms", .unsupported = "records are stored as they are"},
       {.name = "key.deserializer", .ignored = "the converter decides"},
       {.name = "pinlake.extra.*", .field = Prefixed(&C::extra)},
       {.name = "extra.secret.*", .field = Prefixed(&C::extra), .secret = true}},
      {{"flush.size", [](const C& c) -> Complaint {
          if (c.strict || c.flush_records < 1000) return {};
          return "above 999 needs strict=true";
        }}});
  return table;
}

ConfigEntries Entries(std::vector<std::pair<std::string, std::string>> pairs) {
  ConfigEntries entries;
  entries.file = "s3.properties";
  int line = 0;
  for (auto& [key, value] : pairs) entries.Set(key, value, "s3.properties", ++line);
  return entries;
}

std::string ProblemsOf(std::vector<std::pair<std::string, std::string>> pairs) {
  const auto parsed = Table().Parse(Entries(std::move(pairs)));
  return parsed ? "" : parsed.error().message();
}

TEST(OptionTableTest, FieldsGetTheirValues) {
  const auto parsed = Table().Parse(Entries({{"s3.bucket.name", "b"},
                                             {"flush.size", " 100 "},
                                             {"rotate.interval.ms", "60000"},
                                             {"linger", "1.5s"},
                                             {"memory.budget", "1GiB"},
                                             {"format.class", "text"},
                                             {"strict", "FALSE"},
                                             {"ratio", "0.25"},
                                             {"topics", "a, b ,c"},
                                             {"tasks.max", "3"},
                                             {"password", "geheim"},
                                             {"store.url", "s3://bucket/prefix"},
                                             {"listen", "[::1]:80"},
                                             {"pinlake.extra.x.y", "z"}}));
  ASSERT_TRUE(parsed) << parsed.error().message();
  const Config& config = parsed->config;
  EXPECT_EQ(config.bucket, "b");
  EXPECT_EQ(config.flush_records, 100);
  EXPECT_EQ(config.interval.count(), 60000);
  EXPECT_EQ(config.linger.count(), 1500);
  EXPECT_EQ(config.budget, int64_t{1} << 30);
  EXPECT_EQ(config.format, Format::kText);
  EXPECT_FALSE(config.strict);
  EXPECT_EQ(config.ratio, 0.25);
  EXPECT_THAT(config.topics, ElementsAre("a", "b", "c"));
  EXPECT_EQ(config.tasks, 3);
  EXPECT_EQ(config.password.reveal(), "geheim");
  EXPECT_EQ(config.url, "s3://bucket/prefix");
  EXPECT_EQ(config.listen, "[::1]:80");
  EXPECT_THAT(config.extra, ElementsAre(Pair("x.y", "z")));
  EXPECT_EQ(parsed->given.at("format").line, 6);
  EXPECT_FALSE(parsed->given.contains("rotate.interval"));
}

TEST(OptionTableTest, FallbacksFillWhatIsNotGiven) {
  const auto parsed = Table().Parse(Entries({{"s3.bucket.name", "b"}, {"flush.size", "1"}}));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->config.interval.count(), -1);
  EXPECT_EQ(parsed->config.budget, 256 << 20);
  EXPECT_TRUE(parsed->config.strict);
  EXPECT_FALSE(parsed->config.tasks);
}

TEST(OptionTableTest, OneAnswerHoldsEveryProblemWithItsPlace) {
  EXPECT_EQ(ProblemsOf({{"flush.size", "x"},
                        {"flush.sise", "1"},
                        {"tasks.max", "0"},
                        {"format", "avro"},
                        {"strict", "yes"},
                        {"store.url", "ftp://x"},
                        {"transforms", "a"}}),
            "configuration:\n"
            "s3.properties:1: flush.size: 'x' is not an integer (allowed: at least 1)\n"
            "s3.properties:2: flush.sise: unknown option; did you mean flush.size?\n"
            "s3.properties:3: tasks.max: '0' is out of bounds (allowed: at least 1)\n"
            "s3.properties:4: format: 'avro' is not supported: write json (allowed: json, text)\n"
            "s3.properties:5: strict: 'yes' is not true or false (allowed: true, false)\n"
            "s3.properties:6: store.url: 'ftp://x' has a scheme that is not known here (allowed: "
            "s3://…, file://…)\n"
            "s3.properties:7: transforms: is not supported: records are stored as they are\n"
            "s3.properties: s3.bucket.name: required (allowed: not empty)");
}

TEST(OptionTableTest, MessagesNameTheWholeKeyOfASection) {
  ConfigEntries file;
  file.file = "pipeline.yaml";
  file.Set("sink.flush.size", "0", "pipeline.yaml", 7);
  const auto parsed = Table().Parse(file.Section("sink."));
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().message(), HasSubstr("pipeline.yaml:7: sink.flush.size: '0' is out"));
  EXPECT_THAT(parsed.error().message(), HasSubstr("pipeline.yaml: sink.s3.bucket.name: required"));
}

TEST(OptionTableTest, AUrlWithAPasswordIsInNoMessage) {
  for (const char* url : {"ftp://ann:geheim@host/x", "ftp://ann:ge/heim@host"}) {
    const auto refused = Table().Parse(Entries({{"s3.bucket.name", "b"}, {"store.url", url}}));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(),
                HasSubstr("store.url: the value has a scheme that is not known here"));
  }
}

TEST(OptionTableTest, ASecretIsInNoMessageAndNoDump) {
  auto entries = Entries({{"s3.bucket.name", "b"}, {"flush.size", "geheim"}, {"password", "pw1"}});
  entries.entries[1].secret = true;
  const auto refused = Table().Parse(entries);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), Not(HasSubstr("geheim")));
  EXPECT_THAT(refused.error().message(), HasSubstr("flush.size: the value is not an integer"));

  entries.entries[1].value = "7";
  entries.Set("extra.secret.x", "pw2");
  const auto parsed = Table().Parse(entries);
  ASSERT_TRUE(parsed);
  std::map<std::string, std::string> shown;
  for (const auto& [key, value] : Table().Dump(parsed->config, parsed->given)) shown[key] = value;
  EXPECT_EQ(shown.at("password"), "[hidden]");
  EXPECT_EQ(shown.at("flush.size"), "[hidden]");
  EXPECT_EQ(shown.at("extra.secret.x"), "[hidden]");
  EXPECT_EQ(shown.at("memory.budget"), "256MiB");
  EXPECT_EQ(shown.at("linger"), "2ms");
}

TEST(OptionTableTest, AnEntryWithoutAValueIsReportedWithTheRest) {
  auto entries = Entries({{"s3.bucket.name", ""}, {"flush.size", "x"}});
  entries.entries[0].problem = "environment variable BUCKET is not set";
  EXPECT_EQ(Table().Parse(entries).error().message(),
            "configuration:\n"
            "s3.properties:1: s3.bucket.name: environment variable BUCKET is not set\n"
            "s3.properties:2: flush.size: 'x' is not an integer (allowed: at least 1)");
}

TEST(OptionTableTest, RulesSeeTheValuesTogether) {
  EXPECT_EQ(ProblemsOf({{"s3.bucket.name", "b"}, {"flush.size", "1000"}, {"strict", "false"}}),
            "configuration:\ns3.properties: flush.size: above 999 needs strict=true");
}

TEST(OptionTableTest, IgnoredAndUnknownKeysWarnWhereAsked) {
  auto entries = Entries({{"s3.bucket.name", "b"},
                          {"flush.size", "1"},
                          {"key.deserializer", "x"},
                          {"tasks.maxx", "2"}});
  const auto warned = Table().Parse(entries, UnknownPolicy::kWarn);
  ASSERT_TRUE(warned);
  EXPECT_THAT(warned->warnings,
              ElementsAre("s3.properties:3: key.deserializer: is ignored: the converter decides",
                          "s3.properties:4: tasks.maxx: unknown option; did you mean tasks.max? "
                          "It is ignored."));
  const auto collected = Table().Parse(entries, UnknownPolicy::kCollect);
  ASSERT_TRUE(collected);
  EXPECT_EQ(collected->warnings.size(), 1u);
  ASSERT_EQ(collected->unknown.entries.size(), 1u);
  EXPECT_EQ(collected->unknown.entries[0].key, "tasks.maxx");
}

TEST(OptionTableTest, ALaterEntryWins) {
  const auto parsed =
      Table().Parse(Entries({{"s3.bucket.name", "a"}, {"flush.size", "x"}, {"flush.size", "2"}}));
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->config.flush_records, 2);
}

TEST(OptionTableTest, MarkdownHasARowAnOption) {
  EXPECT_THAT(Table().Markdown(),
              HasSubstr("| `flush.size` | integer | at least 1 | (required) | high | Records in an "
                        "object before it is rotated. |\n"));
  EXPECT_THAT(Table().Markdown(), HasSubstr("Not supported: records are stored as they are."));
}

TEST(OptionTableTest, HelpNamesDefaultsAndLeavesOutWhatIsRefused) {
  const std::string help = Table().Help("sink.");
  EXPECT_THAT(help, HasSubstr("  sink.memory.budget  <bytes>  [256MiB]\n"));
  EXPECT_THAT(help, Not(HasSubstr("transforms")));
}

TEST(OptionValuesTest, BytesAndDurationsReadWhatTheyShow) {
  for (const int64_t bytes : {0L, 1L, 1000L, 1024L, 1L << 20, 3L << 30, 5L << 40}) {
    EXPECT_EQ(ReadBytes(ShowBytes(bytes), 0, 1L << 60), bytes) << ShowBytes(bytes);
  }
  using std::chrono::microseconds;
  for (const int64_t us : {0L, 7L, 1500L, 2000000L, 90000000L, 86400000000L}) {
    EXPECT_EQ(ReadDuration(ShowDuration(microseconds(us)), microseconds(0), microseconds::max()),
              microseconds(us));
  }
  EXPECT_FALSE(ReadBytes("99999999999 TiB", 0, 1L << 60));
  EXPECT_FALSE(ReadBytes("MiB", 0, 1L << 60));
  EXPECT_FALSE(ReadDuration("5 parsecs", microseconds(0), microseconds::max()));
}

TEST(OptionValuesTest, HostAndPortAreBothThere) {
  EXPECT_TRUE(ReadHostPort("localhost:80"));
  EXPECT_TRUE(ReadHostPort("[::1]:0"));
  for (const char* bad : {"localhost", ":80", "::1:80", "a:70000", "a:x", "a:", ""}) {
    EXPECT_FALSE(ReadHostPort(bad)) << bad;
  }
}

TEST(NearestNameTest, FindsSlipsAndLeavesStrangersAlone) {
  EXPECT_EQ(NearestName("qurey", {"query", "verify"}), "query");
  EXPECT_EQ(NearestName("zzzzz", {"query", "verify"}), "");
}

}  // namespace
}  // namespace pinlake
