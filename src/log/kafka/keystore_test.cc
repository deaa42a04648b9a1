#include "log/kafka/keystore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/disk.h"

namespace pinlake::kafka {
namespace {

using testing::HasSubstr;
using testing::Not;

// Stores made by keytool; whole key stores stand in tests/e2e/test_kafka_connections.py, made for
// each run.
std::string Store(std::string_view name) {
  const auto bytes = RealDisk().ReadAll(Join(PINLAKE_SOURCE_DIR "/tests/golden/truststores", name));
  EXPECT_TRUE(bytes) << bytes.error().message();
  return bytes.value_or("");
}

KeyStoreProblem Problem(std::string_view bytes, const std::string& password = "changeit") {
  const auto problem = FindKeyStoreProblem(bytes, "store", password, "geheim");
  EXPECT_TRUE(problem);
  return problem.value_or(KeyStoreProblem{});
}

TEST(KeystoreTest, AJksStoreComesWithTheCommandThatConvertsIt) {
  EXPECT_THAT(Problem(Store("key.jks")).text,
              HasSubstr("keytool -importkeystore -srckeystore store -destkeystore store.p12 "
                        "-deststoretype PKCS12"));
}

TEST(KeystoreTest, WhatHoldsNoKeyIsNoKeyStore) {
  for (const auto& bytes :
       {Store("ca.pem"), Store("ca.p12"), std::string("none of these"), std::string()})
    EXPECT_EQ(Problem(bytes).property, "ssl.keystore.location");
}

TEST(KeystoreTest, AWrongPasswordIsThatOfTheStore) {
  const auto problem = Problem(Store("ca.p12"), "verraten");
  EXPECT_EQ(problem.property, "ssl.keystore.password");
  EXPECT_THAT(problem.text, Not(HasSubstr("verraten")));
}

TEST(KeystoreTest, EveryCutOfAStoreIsRefused) {
  const std::string whole = Store("ca.p12");
  for (size_t size = 0; size < whole.size(); size += 7)
    EXPECT_TRUE(
        FindKeyStoreProblem(std::string_view(whole).substr(0, size), "store", "changeit", ""))
        << size;
}

}  // namespace
}  // namespace pinlake::kafka
