#include "log/kafka/truststore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/disk.h"

namespace pinlake::kafka {
namespace {

using testing::HasSubstr;

// Stores made by keytool; tests/golden/truststores/README.md says how.
std::string Store(std::string_view name) {
  const auto bytes = RealDisk().ReadAll(Join(PINLAKE_SOURCE_DIR "/tests/golden/truststores", name));
  EXPECT_TRUE(bytes) << bytes.error().message();
  return bytes.value_or("");
}

TEST(TruststoreTest, KeytoolsStoresGiveTheirCertificateAsPem) {
  for (const auto* name : {"ca.jks", "ca.p12"}) {
    const auto pem = TrustStorePem(Store(name), "changeit");
    ASSERT_TRUE(pem) << name << ": " << pem.error().message();
    EXPECT_EQ(*pem, Store("ca.pem")) << name;
  }
}

TEST(TruststoreTest, AJksStoreOpensWithoutItsPassword) {
  EXPECT_EQ(TrustStorePem(Store("ca.jks"), ""), Store("ca.pem"));
}

TEST(TruststoreTest, AWrongPasswordIsSaid) {
  for (const auto* name : {"ca.jks", "ca.p12"}) {
    const auto pem = TrustStorePem(Store(name), "wrong");
    ASSERT_FALSE(pem) << name;
    EXPECT_THAT(pem.error().message(), HasSubstr("does not open with this password"));
  }
}

TEST(TruststoreTest, APrivateKeyInsideIsRefused) {
  EXPECT_THAT(TrustStorePem(Store("key.jks"), "changeit").error().message(),
              HasSubstr("private keys"));
}

TEST(TruststoreTest, EveryCutOfAStoreIsRefused) {
  const std::string whole = Store("ca.jks");
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(TrustStorePem(std::string_view(whole).substr(0, size), "changeit")) << size;
    const auto unchecked = TrustStorePem(std::string_view(whole).substr(0, size), "");
    if (unchecked) {
      EXPECT_EQ(*unchecked, Store("ca.pem")) << size;
    }
  }
}

}  // namespace
}  // namespace pinlake::kafka
