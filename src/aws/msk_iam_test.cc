#include "aws/msk_iam.h"

#include <gtest/gtest.h>

#include <ctime>

#include "aws/sigv4.h"
#include "base/disk.h"
#include "codec/json.h"

namespace pinlake {
namespace {

std::string TextOf(const JsonValue& object, std::string_view name) {
  const auto member = object.Find(name);
  return member && member->is_string() ? std::string(*member->AsString()) : std::string();
}

// "2024-03-01T12:30:45Z" in milliseconds since 1970.
int64_t WallMs(const std::string& text) {
  std::tm time{};
  EXPECT_NE(strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &time), nullptr) << text;
  return timegm(&time) * int64_t{1000};
}

class MskIamTest : public testing::Test {
 protected:
  // Recorded from AWS's Python signer; tests/golden/msk_iam/README.md.
  static const JsonDocument& Vectors() {
    static const auto document = JsonDocument::Parse(
        RealDisk().ReadAll(PINLAKE_SOURCE_DIR "/tests/golden/msk_iam/vectors.json").value());
    return *document;
  }
  static Credentials KeysOf(const JsonValue& vector) {
    return {.access_key_id = TextOf(vector, "access_key_id"),
            .secret_access_key = Secret(TextOf(vector, "secret_access_key")),
            .session_token = Secret(TextOf(vector, "session_token"))};
  }
};

TEST_F(MskIamTest, TokensAreThoseOfAwsByteForByte) {
  const auto vectors = Vectors().root().Find("oauthbearer");
  ASSERT_TRUE(vectors && vectors->size() == 3);
  for (const JsonValue vector : vectors->elements()) {
    const auto token =
        SignMskToken(KeysOf(vector), TextOf(vector, "region"), WallMs(TextOf(vector, "time_utc")),
                     TextOf(vector, "user_agent"));
    EXPECT_EQ(token.token.reveal(), TextOf(vector, "token")) << TextOf(vector, "name");
    EXPECT_EQ(token.expires_ms, vector.Find("expiration_ms")->AsInt());
  }
}

TEST_F(MskIamTest, ABrokersHostIsSignedTheSameWay) {
  const auto vectors = Vectors().root().Find("aws_msk_iam");
  ASSERT_TRUE(vectors && vectors->size() == 3);
  for (const JsonValue vector : vectors->elements()) {
    SigV4Signer signer(TextOf(vector, "region"), "kafka-cluster", {});
    const auto query = signer.PresignedQuery(
        KeysOf(vector), WallMs(TextOf(vector, "time_utc")), "GET", TextOf(vector, "host"), "/",
        {{"Action", "kafka-cluster:Connect"}}, kMskTokenSeconds);
    EXPECT_TRUE(query.ends_with("&X-Amz-Signature=" + TextOf(vector, "signature")))
        << TextOf(vector, "name");
  }
}

}  // namespace
}  // namespace pinlake
