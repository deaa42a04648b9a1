#include "duck/duck.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

namespace pinlake {
namespace {

class DuckTest : public testing::Test {
 protected:
  DuckTest() {
    std::string pattern = testing::TempDir() + "pinlake-duck-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    auto duck = Duck::Open({.temp_directory = directory_ + "/tmp"});
    if (duck) {
      duck_ = std::move(*duck);
    } else {
      ADD_FAILURE() << duck.error().message();
    }
  }
  ~DuckTest() override {
    duck_.reset();
    std::filesystem::remove_all(directory_);
  }

  /// The only cell of the answer.
  std::string Cell(std::string_view sql) {
    const auto table = duck_->Query(sql);
    if (!table) return "error: " + table.error().message();
    if (table->rows.size() != 1 || table->rows[0].size() != 1) return "not one cell";
    return table->rows[0][0].value_or("NULL");
  }
  std::string ErrorOf(std::string_view sql) {
    const auto status = duck_->Execute(sql);
    return status ? "no error" : status.error().message();
  }

  std::string directory_;
  std::unique_ptr<Duck> duck_;
};

TEST_F(DuckTest, CellsAreTextOfTheirKind) {
  const auto table = duck_->Query(
      "SELECT 1 AS i, 2.50::DECIMAL(9,2) AS d, 1::DOUBLE AS r, 'x' AS t, true AS b, [1] AS l, "
      "NULL::INT AS n");
  ASSERT_TRUE(table) << table.error().message();
  const std::vector<DuckColumn> columns = {{"i", DuckKind::kInteger}, {"d", DuckKind::kDecimal},
                                           {"r", DuckKind::kReal},    {"t", DuckKind::kText},
                                           {"b", DuckKind::kBoolean}, {"l", DuckKind::kJson},
                                           {"n", DuckKind::kInteger}};
  EXPECT_EQ(table->columns, columns);
  const DuckRow row = {"1", "2.50", "1.0", "x", "true", "[1]", std::nullopt};
  EXPECT_EQ(table->rows, std::vector<DuckRow>{row});
}

TEST_F(DuckTest, TextOfEveryTypeIsWhatDuckDbCastsTo) {
  for (const std::string value : {"true",
                                  "(-128)::TINYINT",
                                  "255::UTINYINT",
                                  "(-32768)::SMALLINT",
                                  "65535::USMALLINT",
                                  "(-5)::INTEGER",
                                  "4294967295::UINTEGER",
                                  "(-9223372036854775808)::BIGINT",
                                  "18446744073709551615::UBIGINT",
                                  "(-170141183460469231731687303715884105727)::HUGEINT",
                                  "(-0.05)::DECIMAL(4,2)",
                                  "12.3::DECIMAL(9,1)",
                                  "1234567890.123::DECIMAL(18,3)",
                                  "(-12345678901234567890.123456)::DECIMAL(38,6)",
                                  "7::DECIMAL(4,0)",
                                  "0.1::FLOAT",
                                  "0.1::DOUBLE",
                                  "3::DOUBLE",
                                  "'nan'::DOUBLE",
                                  "'-inf'::DOUBLE",
                                  "'é😀'",
                                  "'a\\x00b\\xFF'::BLOB",
                                  "DATE '2026-11-22'",
                                  "DATE '0044-03-15 (BC)'",
                                  "'infinity'::DATE",
                                  "TIME '01:02:03.4'",
                                  "TIMESTAMP '1969-12-31 23:59:59.5'",
                                  "TIMESTAMP '2020-02-29 00:00:00'",
                                  "'-infinity'::TIMESTAMP",
                                  "'2020-01-02 03:04:05'::TIMESTAMP_S",
                                  "'2020-01-02 03:04:05.06'::TIMESTAMP_MS",
                                  "'2020-01-02 03:04:05.000000007'::TIMESTAMP_NS",
                                  "INTERVAL '1 year 2 months 3 days'",
                                  "INTERVAL '-5 seconds'",
                                  "'123e4567-e89b-12d3-a456-426614174000'::UUID",
                                  "'b'::ENUM('a','b')",
                                  "'{\"a\":1}'::JSON"}) {
    EXPECT_EQ(Cell("SELECT " + value), Cell("SELECT (" + value + ")::VARCHAR")) << value;
  }
}

TEST_F(DuckTest, NestedValuesAreJson) {
  EXPECT_EQ(Cell("SELECT {'a': [1, NULL], 'b': 'x\"y', 'c': DATE '2020-01-01'}"),
            R"({"a":[1,null],"b":"x\"y","c":"2020-01-01"})");
  EXPECT_EQ(Cell("SELECT MAP {'k': 1.5::DOUBLE, 'n': 'nan'::DOUBLE}"), R"({"k":1.5,"n":"nan"})");
  EXPECT_EQ(Cell("SELECT [[1],[]]"), "[[1],[]]");
  EXPECT_EQ(Cell("SELECT [1,2]::INTEGER[2]"), "[1,2]");
  EXPECT_EQ(Cell("SELECT ['{\"z\":null}'::JSON]"), R"([{"z":null}])");
}

TEST_F(DuckTest, ATypeWithoutTextNamesTheCast) {
  EXPECT_EQ(ErrorOf("SELECT [1::BIT] AS \"a b\""),
            "column a b has a type that can't be shown; write \"a b\"::VARCHAR");
}

TEST_F(DuckTest, WrongSqlGivesOneSentence) {
  const auto answer = duck_->Query("SELEC 1");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_NE(answer.error().message().find("syntax error at or near \"SELEC\""), std::string::npos);
  EXPECT_NE(ErrorOf("SELECT * FROM nowhere").find("Table with name nowhere does not exist"),
            std::string::npos);
  EXPECT_EQ(duck_->Query("").error().kind(), ErrorKind::kInvalidArgument);
  EXPECT_EQ(duck_->Query("SELECT 1; SELECT 2").error().message(),
            "one statement is wanted, these are 2");
}

TEST_F(DuckTest, AnErrorInTheMiddleOfAStreamIsNotAShortAnswer) {
  const auto answer = duck_->Query(
      "SELECT CASE WHEN i = 900000 THEN error('stop here') ELSE i END FROM range(1000000) r(i)");
  ASSERT_FALSE(answer);
  // Of its threads the one that failed interrupts the others, and either may be asked first.
  const std::string& message = answer.error().message();
  EXPECT_TRUE(message.find("stop here") != std::string::npos || message == "the query was stopped")
      << message;
}

TEST_F(DuckTest, AnAnswerOverTheLimitIsRefused) {
  EXPECT_EQ(duck_->Query("SELECT * FROM range(11)", {}, 10).error().kind(), ErrorKind::kOutOfSpace);
  EXPECT_EQ(duck_->Query("SELECT * FROM range(10)", {}, 10)->rows.size(), 10u);
}

TEST_F(DuckTest, MoreThanTheMemoryLimitSpillsEvenWhenSealed) {
  auto small = Duck::Open({.memory_bytes_max = 64 << 20, .temp_directory = directory_ + "/small"});
  ASSERT_TRUE(small);
  ASSERT_TRUE((*small)->Seal());
  const auto table = (*small)->Query(
      "SELECT count(*) FROM (SELECT i, md5(i::VARCHAR) m FROM range(2000000) r(i) ORDER BY m)");
  ASSERT_TRUE(table) << table.error().message();
  EXPECT_EQ(table->rows[0][0], "2000000");
}

TEST_F(DuckTest, TooMuchForMemoryIsOutOfSpace) {
  auto small = Duck::Open({.memory_bytes_max = 16 << 20, .temp_directory = directory_ + "/small"});
  ASSERT_TRUE(small);
  const auto answer =
      (*small)->Query("SELECT length(string_agg(md5(i::VARCHAR), '')) FROM range(3000000) r(i)");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind(), ErrorKind::kOutOfSpace) << answer.error().message();
}

TEST_F(DuckTest, AStopEndsARunningQuery) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(duck_->Query("SELECT 1", stop.get_token()).error().kind(), ErrorKind::kCancelled);
  std::stop_source later;
  std::jthread stopper([&] { later.request_stop(); });
  const auto answer = duck_->Query(
      "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b", later.get_token());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind(), ErrorKind::kCancelled);
  EXPECT_EQ(Cell("SELECT 1"), "1");
}

TEST_F(DuckTest, SealedSqlReachesNoFileAndNoSetting) {
  const std::string file = directory_ + "/data.csv";
  ASSERT_TRUE(RealDisk().ReplaceAtomically(file, "a\n1\n"));
  EXPECT_EQ(Cell("SELECT count(*) FROM '" + file + "'"), "1");
  ASSERT_TRUE(duck_->Seal());
  const std::vector<std::string> refused = {"SELECT * FROM '" + file + "'",
                                            "SELECT * FROM read_text('" + file + "')",
                                            "SELECT * FROM glob('/*')",
                                            "COPY (SELECT 1) TO '" + directory_ + "/out.csv'",
                                            "ATTACH '" + directory_ + "/x.db'",
                                            std::string("INSTALL httpfs"),
                                            std::string("LOAD httpfs"),
                                            std::string("SET memory_limit = '9GB'"),
                                            std::string("SET enable_external_access = true"),
                                            "EXPORT DATABASE '" + directory_ + "/export'",
                                            "SET temp_directory = '" + directory_ + "/t'"};
  for (const auto& sql : refused) {
    EXPECT_NE(ErrorOf(sql), "no error") << sql;
  }
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/out.csv"));
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/x.db"));
}

TEST_F(DuckTest, QuotesTextsAndNames) {
  EXPECT_EQ(Cell("SELECT " + SqlText("it's")), "it's");
  EXPECT_EQ(SqlName("a\"b"), "\"a\"\"b\"");
}

}  // namespace
}  // namespace pinlake
