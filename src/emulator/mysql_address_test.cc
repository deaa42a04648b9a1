#include "emulator/mysql_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace pinlake {
namespace {

using testing::HasSubstr;

TEST(MySqlAddressTest, ReadsUserHostPortAndDatabase) {
  const auto address = ParseMySqlAddress("mysql://ad%40min@db.example:3307/pinterest_data");
  ASSERT_TRUE(address) << address.error().message();
  EXPECT_EQ(address->user, "ad@min");
  EXPECT_EQ(address->host, "db.example");
  EXPECT_EQ(address->port, 3307);
  EXPECT_EQ(address->database, "pinterest_data");
  EXPECT_EQ(address->EffectiveTls(), MySqlTls::kVerify);
  EXPECT_EQ(ParseMySqlAddress("mysql://u@[::1]/d")->Describe(), "mysql://u@[::1]:3306/d");
}

TEST(MySqlAddressTest, LoopbackAndSocketsGoWithoutTlsUnlessAsked) {
  EXPECT_EQ(ParseMySqlAddress("mysql://u@127.0.0.1/d")->EffectiveTls(), MySqlTls::kOff);
  auto address = *ParseMySqlAddress("mysql://u@/d?socket=/run/my.sock");
  EXPECT_EQ(address.socket, "/run/my.sock");
  EXPECT_EQ(address.EffectiveTls(), MySqlTls::kOff);
  address.tls = MySqlTls::kRequire;
  EXPECT_EQ(address.EffectiveTls(), MySqlTls::kRequire);
}

TEST(MySqlAddressTest, APasswordInTheAddressIsRefusedAndNotRepeated) {
  const auto address = ParseMySqlAddress("mysql://u:hunter2@h/d");
  ASSERT_FALSE(address);
  EXPECT_THAT(address.error().message(), HasSubstr("--password-file"));
  EXPECT_THAT(address.error().message(), testing::Not(HasSubstr("hunter2")));
}

TEST(MySqlAddressTest, WhatIsMissingIsNamed) {
  EXPECT_THAT(ParseMySqlAddress("mysql://h/d").error().message(), HasSubstr("no user"));
  EXPECT_THAT(ParseMySqlAddress("mysql://u@h").error().message(), HasSubstr("no database"));
  EXPECT_THAT(ParseMySqlAddress("mysql://u@h/").error().message(), HasSubstr("no database"));
  EXPECT_THAT(ParseMySqlAddress("mysql://u@/d").error().message(), HasSubstr("no host"));
  EXPECT_THAT(ParseMySqlAddress("mysql://u@h:0/d").error().message(), HasSubstr("port"));
  EXPECT_THAT(ParseMySqlAddress("mysql://u@h:99999/d").error().message(), HasSubstr("port"));
  EXPECT_THAT(ParseMySqlAddress("mysql://u@h/d?ssl=1").error().message(),
              HasSubstr("socket=/path"));
  EXPECT_THAT(ParseMySqlAddress("mysql://u%4@h/d").error().message(), HasSubstr("%"));
  EXPECT_THAT(ParseMySqlAddress("http://u@h/d").error().message(), HasSubstr("mysql://"));
}

TEST(MySqlAddressTest, ThePasswordComesFromAFileOrTheEnvironment) {
  const std::string file = testing::TempDir() + "pinlake-password-" + std::to_string(getpid());
  ASSERT_TRUE(RealDisk().ReplaceAtomically(file, "s3 cret\r\nsecond line\n"));
  EXPECT_EQ(ReadMySqlPassword(file, "")->reveal(), "s3 cret");
  std::filesystem::remove(file);
  EXPECT_FALSE(ReadMySqlPassword(file, ""));
  ::setenv("PINLAKE_TEST_SECRET", "abc", 1);
  EXPECT_EQ(ReadMySqlPassword("", "PINLAKE_TEST_SECRET")->reveal(), "abc");
  EXPECT_EQ(ReadMySqlPassword("x", "PINLAKE_TEST_SECRET").error().kind(),
            ErrorKind::kInvalidArgument);
  EXPECT_THAT(ReadMySqlPassword("", "PINLAKE_NOT_SET").error().message(),
              HasSubstr("PINLAKE_NOT_SET"));
}

TEST(MySqlAddressTest, TablesAreReadOrRefused) {
  const auto tables = ParseMySqlTables({"a:n=x", "db.b:ind=y"});
  ASSERT_TRUE(tables);
  EXPECT_EQ((*tables)[1], (MySqlTable{"db.b", "ind", "y"}));
  for (const std::string wrong : {"a", "a=x", "a:n", ":n=x", "a:=x", "a:n="}) {
    EXPECT_FALSE(ParseMySqlTables({wrong})) << wrong;
  }
  EXPECT_EQ(DatasetMySqlTables()[0], (MySqlTable{"pinterest_data", "index", "pin"}));
}

}  // namespace
}  // namespace pinlake
