#include "log/kafka/token_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/clock.h"
#include "tests/support/http_imposter.h"
#include "tests/support/kind_of.h"

namespace pinlake::kafka {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Never asks the machine that the test runs on.
LookUpVariable Variables(std::map<std::string, std::string> values) {
  values.emplace("AWS_EC2_METADATA_DISABLED", "true");
  values.emplace("HOME", "/nonexistent");
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto at = values.find(name);
    return at == values.end() ? std::nullopt : std::optional(at->second);
  };
}

TEST(TokenSourceTest, TheRegionIsTheFirstLabelThatLooksLikeOne) {
  EXPECT_EQ(RegionOfBrokers("b-1.x.abc12.c2.kafka.us-east-1.amazonaws.com:9098"), "us-east-1");
  EXPECT_EQ(RegionOfBrokers("a:1,boot-x.c1.kafka-serverless.us-gov-west-1.amazonaws.com:9098"),
            "us-gov-west-1");
  EXPECT_EQ(RegionOfBrokers("b-1.kafka.ap-southeast-2.amazonaws.com"), "ap-southeast-2");
  for (const char* none :
       {"", "127.0.0.1:9098", "kafka.internal:9098", "b-1:9098", "my-kafka-1x:1"})
    EXPECT_EQ(RegionOfBrokers(none), "") << none;
}

TEST(TokenSourceTest, ARoleIsAssumedWithTheKeysOfTheLoginLine) {
  HttpImposter sts([](const auto&) {
    return HttpImposter::Reply{HttpImposter::Answer(
        200,
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA2</AccessKeyId>"
        "<SecretAccessKey>s2</SecretAccessKey><SessionToken>t2</SessionToken><Expiration>"
        "2999-03-01T13:30:45Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>")};
  });
  std::vector<std::string> warnings;
  const auto source = MskTokenSource({{{"awsRoleArn", "arn:aws:iam::123456789012:role/access"},
                                       {"awsRoleAccessKeyId", "AKIA1"},
                                       {"awsRoleSecretAccessKey", "s1"},
                                       {"awsDebugCreds", "true"}}},
                                     "b-1.kafka.us-east-1.amazonaws.com:9098",
                                     Variables({{"AWS_ENDPOINT_URL_STS", sts.url()}}), &warnings);
  ASSERT_TRUE(source) << source.error().message();
  const int64_t before = SystemClock().WallMs();
  for (int i = 0; i < 2; ++i) {
    const auto token = (*source)();
    ASSERT_TRUE(token) << token.error().message();
    EXPECT_FALSE(token->token.empty());
    EXPECT_GT(token->expires_ms, before + 800'000);
  }
  ASSERT_EQ(sts.seen().size(), 1u) << "kept between tokens";
  EXPECT_THAT(sts.seen()[0].body, HasSubstr("RoleSessionName=aws-msk-iam-auth"));
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("awsDebugCreds")));
}

TEST(TokenSourceTest, WithoutARegionNothingIsSigned) {
  std::vector<std::string> warnings;
  const auto none = MskTokenSource({}, "kafka.internal:9098", Variables({}), &warnings);
  EXPECT_EQ(KindOf(none), ErrorKind::kInvalidArgument);
  EXPECT_THAT(none.error().message(), HasSubstr("set AWS_REGION"));
  EXPECT_TRUE(MskTokenSource({}, "kafka.internal:9098", Variables({{"AWS_REGION", "eu-west-1"}}),
                             &warnings));
}

TEST(TokenSourceTest, WithoutCredentialsTheSourceSaysWhereItLooked) {
  std::vector<std::string> warnings;
  const auto source =
      MskTokenSource({}, "b-1.kafka.us-east-1.amazonaws.com:9098", Variables({}), &warnings);
  ASSERT_TRUE(source);
  const auto token = (*source)();
  EXPECT_EQ(KindOf(token), ErrorKind::kUnauthenticated);
  EXPECT_THAT(token.error().message(), HasSubstr("AWS_ACCESS_KEY_ID"));
}

}  // namespace
}  // namespace pinlake::kafka
