// Against a real MariaDB that tests/services/run.py starts; skipped without it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "base/clock.h"
#include "emulator/mysql_connection.h"
#include "emulator/mysql_load.h"
#include "emulator/mysql_source.h"

namespace pinlake {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string Env(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

class MySqlIntegrationTest : public testing::Test {
 protected:
  void SetUp() override {
    if (Env("PINLAKE_TEST_MYSQL_PORT").empty())
      GTEST_SKIP() << "no MariaDB (tests/services/run.py mariadb -- …)";
    address_ = Address(Env("PINLAKE_TEST_MYSQL_USER"));
  }
  static MySqlAddress Address(const std::string& user) {
    MySqlAddress address;
    address.user = user;
    address.host = Env("PINLAKE_TEST_MYSQL_HOST");
    address.port = static_cast<uint16_t>(std::stoi(Env("PINLAKE_TEST_MYSQL_PORT")));
    address.database = Env("PINLAKE_TEST_MYSQL_DATABASE");
    address.password = Secret(Env("PINLAKE_TEST_MYSQL_PASSWORD"));
    return address;
  }
  std::unique_ptr<MySqlConnection> Connect() {
    auto connection = MySqlConnection::Open(address_);
    EXPECT_TRUE(connection) << connection.error().message();
    return connection ? std::move(*connection) : nullptr;
  }
  void Execute(const std::string& sql) {
    const auto status = Connect()->Execute(sql);
    EXPECT_TRUE(status) << sql << ": " << status.error().message();
  }
  Result<std::unique_ptr<MySqlSource>> Open(std::vector<MySqlTable> tables) {
    return MySqlSource::Open({address_, std::move(tables), Millis(20'000)}, SystemClock(), {});
  }
  MySqlAddress address_;
};

TEST_F(MySqlIntegrationTest, TheLoadedDataSetReadsBackAsTheGeneratedOne) {
  const MySqlLoadOptions options{.address = address_, .rows = 1'200, .seed = 5, .replace = true};
  const auto loaded = LoadDataset(options, {});
  ASSERT_TRUE(loaded) << loaded.error().message();
  ASSERT_EQ(loaded->size(), 3u);
  auto source = Open(DatasetMySqlTables());
  ASSERT_TRUE(source) << source.error().message();
  EXPECT_EQ((*source)->first_number(), 0);
  EXPECT_EQ((*source)->last_number(), 1'199);
  std::vector<int64_t> numbers(1'200);
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<int64_t>(i);
  auto reader = (*source)->NewReader({});
  const auto rounds = (*reader)->Read(numbers, {});
  ASSERT_TRUE(rounds) << rounds.error().message();
  const Dataset dataset(1'200, 5);
  for (const auto& round : *rounds) {
    ASSERT_EQ(round.rows.size(), 3u);
    for (size_t table = 0; table < 3; ++table) {
      std::string expected;
      AppendJsonObject(Dataset::Tables()[table].columns, dataset.At(table, round.number),
                       JsonStyle::kPython, &expected);
      ASSERT_EQ(round.rows[table], expected);
    }
  }
}

TEST_F(MySqlIntegrationTest, LoadingAgainDoesNothingAndOtherRowsReplaceThem) {
  MySqlLoadOptions options{.address = address_, .rows = 10, .seed = 1, .replace = true};
  ASSERT_TRUE(LoadDataset(options, {}));
  options.replace = false;
  auto again = LoadDataset(options, {});
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_TRUE((*again)[0].was_there && (*again)[1].was_there && (*again)[2].was_there);
  options.rows = 20;
  again = LoadDataset(options, {});
  ASSERT_TRUE(again);
  EXPECT_FALSE((*again)[0].was_there);
  EXPECT_EQ(Connect()->Query("SELECT COUNT(*) FROM user_data")->rows[0][0].text, "20");
}

TEST_F(MySqlIntegrationTest, AStrangersTableIsNotDropped) {
  Execute("DROP TABLE IF EXISTS pinterest_data");
  Execute("CREATE TABLE pinterest_data (x INT)");
  MySqlLoadOptions options{.address = address_, .rows = 10};
  const auto refused = LoadDataset(options, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::kAlreadyExists);
  options.replace = true;
  EXPECT_TRUE(LoadDataset(options, {}));
}

TEST_F(MySqlIntegrationTest, EveryColumnTypeBecomesJsonAsInPython) {
  Execute("DROP TABLE IF EXISTS kinds");
  Execute(
      "CREATE TABLE kinds (n INT ZEROFILL, f FLOAT, d DOUBLE, e DECIMAL(10,4), t TIMESTAMP(6) "
      "NULL, dt DATETIME(3), "
      "dd DATE, tt TIME, b BIT(10), y YEAR, bin VARBINARY(4), txt TEXT, en ENUM('a','b'), nul INT, "
      "ti TINYINT(1), "
      "big BIGINT UNSIGNED)");
  Execute(
      "INSERT INTO kinds VALUES (7, 5, 0.1, 1.5, '2020-01-02 03:04:05.678901', '2021-01-02 "
      "03:04:05.5', '2022-02-03', "
      "'10:11:12', 513, 2024, x'00ff', 'é😀\\n', 'b', NULL, 1, 18446744073709551615)");
  auto source = Open({{"kinds", "n", "k"}});
  ASSERT_TRUE(source) << source.error().message();
  const auto rounds = (*(*source)->NewReader({}))->Read(std::vector<int64_t>{7}, {});
  ASSERT_TRUE(rounds) << rounds.error().message();
  EXPECT_EQ(
      (*rounds)[0].rows.at(0),
      R"({"n": 7, "f": 5.0, "d": 0.1, "e": 1.5000, "t": "2020-01-02 03:04:05", "dt": "2021-01-02 03:04:05", )"
      R"("dd": "2022-02-03", "tt": "10:11:12", "b": 513, "y": 2024, "bin": "00ff", "txt": "\u00e9\ud83d\ude00\n", )"
      R"("en": "b", "nul": null, "ti": 1, "big": 18446744073709551615})");
  Execute("DROP TABLE kinds");
}

TEST_F(MySqlIntegrationTest, ATableWithoutTheNumberColumnIsReadByPlace) {
  Execute("CREATE OR REPLACE TABLE plain (x INT)");
  Execute("INSERT INTO plain VALUES (10), (11), (12)");
  auto source = Open({{"plain", "ind", "p"}});
  ASSERT_TRUE(source);
  EXPECT_EQ((*source)->last_number(), 2);
  const auto rounds = (*(*source)->NewReader({}))->Read(std::vector<int64_t>{2, 0}, {});
  ASSERT_TRUE(rounds);
  EXPECT_NE((*rounds)[0].rows.at(0), (*rounds)[1].rows.at(0));
  Execute("DROP TABLE plain");
}

TEST_F(MySqlIntegrationTest, ANumberThatOneTableLacksIsAnEmptyRound) {
  Execute("CREATE OR REPLACE TABLE left_one (ind INT)");
  Execute("CREATE OR REPLACE TABLE right_one (ind INT)");
  Execute("INSERT INTO left_one VALUES (1), (2)");
  Execute("INSERT INTO right_one VALUES (2)");
  auto source = Open({{"left_one", "ind", "l"}, {"right_one", "ind", "r"}});
  ASSERT_TRUE(source);
  const auto rounds = (*(*source)->NewReader({}))->Read(std::vector<int64_t>{1, 2}, {});
  ASSERT_TRUE(rounds);
  EXPECT_TRUE((*rounds)[0].rows.empty());
  EXPECT_EQ((*rounds)[1].rows.size(), 2u);
  Execute("DROP TABLE left_one, right_one");
}

TEST_F(MySqlIntegrationTest, WrongPasswordDatabaseTableAndPortAreClearSentences) {
  auto wrong = address_;
  wrong.password = Secret("not this one");
  auto error = MySqlConnection::Open(wrong).error();
  EXPECT_EQ(error.kind(), ErrorKind::kUnauthenticated);
  EXPECT_THAT(error.message(),
              AllOf(HasSubstr("Access denied for user 'pinlake'"), Not(HasSubstr("not this one"))));
  wrong.password = Secret();
  EXPECT_THAT(MySqlConnection::Open(wrong).error().message(), HasSubstr("(no password was given)"));
  wrong = address_;
  wrong.database = "nowhere";
  EXPECT_THAT(MySqlConnection::Open(wrong).error().message(), HasSubstr("nowhere"));
  wrong = address_;
  wrong.port = 1;
  EXPECT_EQ(MySqlConnection::Open(wrong).error().kind(), ErrorKind::kUnavailable);
  EXPECT_EQ(Open({{"no_such_table", "ind", "x"}}).error().kind(), ErrorKind::kNotFound);
}

TEST_F(MySqlIntegrationTest, AnEmptyTableSaysHowToFillIt) {
  Execute("CREATE OR REPLACE TABLE nothing (ind INT)");
  EXPECT_THAT(Open({{"nothing", "ind", "x"}}).error().message(), HasSubstr("pinlake dataset load"));
  Execute("DROP TABLE nothing");
}

TEST_F(MySqlIntegrationTest, TlsIsUsedVerifiedOrRefused) {
  auto address = Address(Env("PINLAKE_TEST_MYSQL_TLS_USER"));
  EXPECT_FALSE(MySqlConnection::Open(address)) << "this user must use TLS";
  address.tls = MySqlTls::kRequire;
  const auto required = MySqlConnection::Open(address);
  ASSERT_TRUE(required) << required.error().message();
  EXPECT_THAT((*required)->TlsVersion(), HasSubstr("TLSv1"));
  address.tls = MySqlTls::kVerify;
  const auto strange = MySqlConnection::Open(address);
  ASSERT_FALSE(strange) << "the certificate is self-signed";
  EXPECT_EQ(strange.error().kind(), ErrorKind::kUnauthenticated) << strange.error().message();
  address.ca_file = Env("PINLAKE_TEST_MYSQL_CA");
  const auto verified = MySqlConnection::Open(address);
  ASSERT_TRUE(verified) << verified.error().message();
  EXPECT_THAT((*Connect()).TlsVersion(), "");
}

TEST_F(MySqlIntegrationTest, ASocketWorks) {
  address_.host.clear();
  address_.socket = Env("PINLAKE_TEST_MYSQL_SOCKET");
  EXPECT_EQ(Connect()->Query("SELECT 1")->rows[0][0].text, "1");
}

TEST_F(MySqlIntegrationTest, AReaderWhoseConnectionIsCutReadsOn) {
  ASSERT_TRUE(LoadDataset({.address = address_, .rows = 50, .seed = 2, .replace = true}, {}));
  auto source = Open(DatasetMySqlTables());
  ASSERT_TRUE(source);
  auto reader = (*source)->NewReader({});
  ASSERT_TRUE((*reader)->Read(std::vector<int64_t>{1}, {}));
  auto killer = Connect();
  const auto own = killer->Query("SELECT CONNECTION_ID()")->rows[0][0].text;
  const auto others = killer->Query(
      "SELECT id FROM information_schema.processlist WHERE user = CURRENT_USER() OR user = '" +
      address_.user + "'");
  ASSERT_TRUE(others);
  int killed = 0;
  for (const auto& row : others->rows) {
    if (row[0].text != own) killed += killer->Execute("KILL " + row[0].text) ? 1 : 0;
  }
  ASSERT_GE(killed, 1);
  const auto rounds = (*reader)->Read(std::vector<int64_t>{2, 3}, {});
  ASSERT_TRUE(rounds) << rounds.error().message();
  EXPECT_EQ((*rounds)[1].rows.size(), 3u);
}

}  // namespace
}  // namespace pinlake
