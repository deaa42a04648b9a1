#include "query/raw_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "query/raw_objects.h"
#include "query/result_format.h"
#include "store/fake/fake_store.h"

namespace pinlake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class RawQueryTest : public testing::Test {
 protected:
  RawQueryTest() {
    std::string pattern = testing::TempDir() + "pinlake-query-XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~RawQueryTest() override { std::filesystem::remove_all(directory_); }

  void Put(const std::string& key, std::string_view body) {
    ASSERT_TRUE(store_.Put(ObjectKey(key), body, {}));
  }
  void PutPins(int64_t first, std::string_view body) {
    Put("topics/id.pin/partition=0/id.pin+0+" +
            std::string(10 - std::to_string(first).size(), '0') + std::to_string(first) + ".json",
        body);
  }
  /// The answer as JSON, or "error: …".
  std::string Answer(const std::string& sql) {
    const RawQueryOptions options{.temp_directory = directory_ + "/tmp"};
    const std::vector<std::string> statements = {sql};
    auto query = RawQuery::Prepare(options, store_, statements, {});
    if (!query) return "error: " + query.error().message();
    std::string text;
    const auto writer = NewResultWriter(ResultFormat::kJson, [&](std::string_view piece) -> Status {
      text += piece;
      return {};
    });
    const auto status = (*query)->Run(sql, *writer, {});
    if (!status) return "error: " + status.error().message();
    EXPECT_TRUE(writer->Finish());
    std::erase(text, '\n');
    return text;
  }

  std::string directory_;
  FakeStore store_;
};

TEST_F(RawQueryTest, ATopicIsATableByItsShortAndItsWholeName) {
  PutPins(0, "{\"index\":1,\"title\":\"a\"}\n{\"index\":2,\"title\":\"b\"}\n");
  PutPins(2, "{\"index\":3,\"title\":null}\n");
  EXPECT_EQ(Answer("SELECT * FROM raw.pin ORDER BY index"),
            R"([{"index":1,"title":"a"},{"index":2,"title":"b"},{"index":3,"title":null}])");
  EXPECT_EQ(Answer("SELECT count(*) AS n FROM raw.\"id.pin\" a JOIN raw.pin b USING (index)"),
            R"([{"n":3}])");
  EXPECT_EQ(Answer("SELECT count(*) AS n FROM RAW.Pin"), R"([{"n":3}])");
  EXPECT_TRUE(std::filesystem::is_empty(directory_ + "/tmp"));
}

TEST_F(RawQueryTest, ColumnsAreThoseOfAllRowsInOrderOfAppearance) {
  PutPins(0, "{\"b\":1,\"a\":\"x\"}\n");
  PutPins(1, "{\"c\":1.5,\"a\":\"y\"}\n");
  EXPECT_EQ(Answer("FROM raw.pin ORDER BY a"),
            R"([{"b":1,"a":"x","c":null},{"b":null,"a":"y","c":1.5}])");
}

TEST_F(RawQueryTest, TextsStayTextsWhateverTheyLookLike) {
  PutPins(0,
          "{\"d\":\"2020-01-02 "
          "03:04:05\",\"n\":\"007\",\"u\":\"99826421-cb0f-4092-8ce3-1c6ea48084da\"}\n");
  EXPECT_EQ(Answer("SELECT typeof(d) AS d, typeof(n) AS n, typeof(u) AS u FROM raw.pin"),
            R"([{"d":"VARCHAR","n":"VARCHAR","u":"VARCHAR"}])");
}

TEST_F(RawQueryTest, NumbersWidenAsFarAsTheyMust) {
  PutPins(0,
          "{\"i\":1,\"f\":1,\"m\":1,\"u\":18446744073709551615}\n{\"i\":-9223372036854775808,\"f\":"
          "0.5,\"m\":\"x\",\"u\":-1}\n");
  EXPECT_EQ(
      Answer("SELECT typeof(f) AS f, typeof(m) AS m, u FROM raw.pin ORDER BY i"),
      R"([{"f":"DOUBLE","m":"JSON","u":-1},{"f":"DOUBLE","m":"JSON","u":18446744073709551615}])");
  EXPECT_EQ(Answer("SELECT i - 5 AS d FROM raw.pin WHERE i = 1"), R"([{"d":-4}])");
}

TEST_F(RawQueryTest, NestedValuesKeepTheirShape) {
  PutPins(0,
          "{\"s\":{\"a\":1,\"b\":[\"x\",null]},\"e\":{},\"l\":[]}\n{\"s\":{\"a\":2},\"e\":{},\"l\":"
          "[1]}\n");
  EXPECT_EQ(Answer("SELECT s.a AS a, s.b AS b, e, l FROM raw.pin ORDER BY a"),
            R"([{"a":1,"b":["x",null],"e":{},"l":[]},{"a":2,"b":null,"e":{},"l":[1]}])");
}

TEST_F(RawQueryTest, LinesEndAtLineFeedsOnly) {
  PutPins(0, "{\"t\":\"a\u2028b\u0085c\\nd\"}\n{\"t\":\"x\"}\n");
  EXPECT_EQ(Answer("SELECT count(*) AS n, max(length(t)) AS l FROM raw.pin"), R"([{"n":2,"l":7}])");
}

TEST_F(RawQueryTest, ValuesThatAreNoObjectsAreOneColumn) {
  PutPins(0, "\"x\"\n1.50\n[1]\nnull\n{\"a\":1}\n");
  EXPECT_EQ(Answer("SELECT value FROM raw.pin"),
            R"([{"value":"x"},{"value":1.50},{"value":[1]},{"value":null},{"value":{"a":1}}])");
}

TEST_F(RawQueryTest, MembersThatDifferInCaseStayReadable) {
  PutPins(0, "{\"a\":1,\"A\":2}\n");
  EXPECT_EQ(Answer("SELECT value->>'A' AS v FROM raw.pin"), R"([{"v":"2"}])");
}

TEST_F(RawQueryTest, ANullAmongObjectsIsARowOfNullsAndADoubledMemberCountsOnce) {
  PutPins(0, "{\"a\":1}\nnull\n{\"a\":2,\"a\":3}\n");
  EXPECT_EQ(Answer("FROM raw.pin"), R"([{"a":1},{"a":null},{"a":3}])");
}

TEST_F(RawQueryTest, CompressedObjectsAreRead) {
  const unsigned char gz[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff,
                              0xab, 0x56, 0x4a, 0x54, 0xb2, 0x32, 0xac, 0xe5, 0x02, 0x00,
                              0x46, 0xa3, 0xe8, 0x74, 0x08, 0x00, 0x00, 0x00};
  Put("topics/id.pin/partition=0/id.pin+0+0000000000.json.gz",
      {reinterpret_cast<const char*>(gz), sizeof gz});
  EXPECT_EQ(Answer("FROM raw.pin"), R"([{"a":1}])");
}

TEST_F(RawQueryTest, KeyAndHeaderObjectsAndStrangersAreLeftOut) {
  PutPins(0, "{\"a\":1}\n");
  Put("topics/id.pin/partition=0/id.pin+0+0000000000.keys.json", "{\"k\":1}\n");
  Put("topics/id.pin/notes.txt", "hello");
  Put("topics/_pinlake/cuts/x", "{}");
  Put("topics/readme", "hello");
  EXPECT_EQ(Answer("FROM raw.pin"), R"([{"a":1}])");
}

TEST_F(RawQueryTest, ManyObjectsComeInTheOrderOfTheirKeys) {
  std::string expected;
  for (int i = 0; i < 2'345; ++i) {
    PutPins(i, "{\"i\":" + std::to_string(i) + "}");
    expected += std::to_string(i) + ",";
  }
  const auto path = directory_ + "/spill";
  const auto spilled = SpillTopic(store_, {}, TopicName("id.pin"), path, RealDisk(), {});
  ASSERT_TRUE(spilled) << spilled.error().message();
  EXPECT_EQ(spilled->objects, 2'345u);
  std::string lines;
  for (int i = 0; i < 2'345; ++i) lines += "{\"i\":" + std::to_string(i) + "}\n";
  EXPECT_EQ(*RealDisk().ReadAll(path), lines);
}

TEST_F(RawQueryTest, AnEmptyStoreAndAnUnknownTopicAreClearSentences) {
  EXPECT_THAT(Answer("FROM raw.pin"), HasSubstr("holds no raw objects below topics/ yet"));
  EXPECT_EQ(Answer("SELECT 1 AS one"), R"([{"one":1}])");
  PutPins(0, "{\"a\":1}\n");
  EXPECT_THAT(Answer("FROM raw.user"), HasSubstr("There are raw.pin."));
  EXPECT_THAT(Answer("SELECT raw.user.x FROM raw.pin"), HasSubstr("error: "));
}

TEST_F(RawQueryTest, OtherFormatsAreRefusedByName) {
  Put("topics/id.pin/partition=0/id.pin+0+0000000000.avro", "x");
  EXPECT_THAT(Answer("FROM raw.pin"), HasSubstr("id.pin+0+0000000000.avro is not JSON"));
}

TEST_F(RawQueryTest, BrokenJsonNamesTheTopic) {
  PutPins(0, "{\"a\":1}\n{\"a\":\n");
  EXPECT_THAT(Answer("FROM raw.pin"), HasSubstr("id.pin+0+0000000000.json: line 2: JSON at byte"));
}

TEST_F(RawQueryTest, UserSqlReachesNoFileAndChangesNoSetting) {
  PutPins(0, "{\"a\":1}\n");
  for (const std::string sql :
       {"COPY raw.pin TO '/tmp/pinlake-stolen.csv'", "FROM read_text('/etc/passwd')",
        "ATTACH '/tmp/x.db'", "SET memory_limit = '99GB'"}) {
    EXPECT_THAT(Answer(sql), HasSubstr("error: ")) << sql;
  }
  EXPECT_FALSE(std::filesystem::exists("/tmp/pinlake-stolen.csv"));
}

TEST_F(RawQueryTest, EveryFailingCallOfTheStoreIsAnErrorAndLeavesNoFile) {
  PutPins(0, "{\"a\":1}\n");
  PutPins(1, "{\"a\":2}\n");
  uint64_t calls = 0;
  store_.SetFaults([&](const StoreCall&) {
    ++calls;
    return StoreFault::kNone;
  });
  ASSERT_EQ(Answer("SELECT sum(a) AS s FROM raw.pin"), R"([{"s":3}])");
  const uint64_t good = calls;
  for (uint64_t failing = 0; failing < good; ++failing) {
    uint64_t call = 0;
    store_.SetFaults([&](const StoreCall&) {
      return call++ == failing ? StoreFault::kUnavailable : StoreFault::kNone;
    });
    EXPECT_THAT(Answer("SELECT sum(a) AS s FROM raw.pin"), HasSubstr("error: ")) << failing;
    EXPECT_TRUE(std::filesystem::is_empty(directory_ + "/tmp"));
  }
}

TEST_F(RawQueryTest, TopicsAreListedInOrderWithOneRequestEach) {
  Put("topics/a-b/partition=0/a-b+0+0000000000.json", "1");
  Put("topics/a/partition=0/a+0+0000000000.json", "1");
  Put("topics/a/partition=0/a+0+0000000001.json", "1");
  Put("topics/b.c/partition=0/b.c+0+0000000000.json", "1");
  const auto topics = ListRawTopics(store_, {}, {});
  ASSERT_TRUE(topics);
  EXPECT_THAT(*topics, ElementsAre(TopicName("a-b"), TopicName("a"), TopicName("b.c")));
}

TEST_F(RawQueryTest, MoreThanTheMemoryLimitIsStillAnswered) {
  std::string body;
  for (int i = 0; i < 120'000; ++i) {
    body += "{\"i\":" + std::to_string(i) + ",\"t\":\"" +
            std::string(900, static_cast<char>('a' + i % 26)) + std::to_string(i * 7919) + "\"}\n";
  }
  PutPins(0, body);
  const RawQueryOptions options{
      .memory_bytes_max = 160 << 20, .temp_directory = directory_ + "/tmp", .threads = 2};
  const std::vector<std::string> statements = {
      "SELECT count(DISTINCT t) AS n, sum(i) AS s FROM raw.pin"};
  auto query = RawQuery::Prepare(options, store_, statements, {});
  ASSERT_TRUE(query) << query.error().message();
  std::string text;
  const auto writer = NewResultWriter(ResultFormat::kCsv, [&](std::string_view piece) -> Status {
    text += piece;
    return {};
  });
  const auto status = (*query)->Run(statements[0], *writer, {});
  ASSERT_TRUE(status) << status.error().message();
  EXPECT_EQ(text, "n,s\n120000,7199940000\n");
}

}  // namespace
}  // namespace pinlake
