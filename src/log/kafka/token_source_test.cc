#include "log/kafka/token_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <ctime>
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
                                       {"awsShouldUseFips", "true"}}},
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
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("awsShouldUseFips")));
}

std::string StsAnswer(const std::string& expiration) {
  return HttpImposter::Answer(
      200,
      "<R><Credentials><AccessKeyId>ASIA2</AccessKeyId><SecretAccessKey>s2</"
      "SecretAccessKey><SessionToken>t2</SessionToken>"
      "<Expiration>" +
          expiration + "</Expiration></Credentials><Arn>arn:aws:sts::1:assumed-role/r/s</Arn></R>");
}

std::string InMinutes(int minutes) {
  const std::time_t at = static_cast<std::time_t>(SystemClock().WallMs() / 1000 + minutes * 60);
  char text[32];
  std::tm parts{};
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &parts));
  return text;
}

// A role of the login line, assumed with keys of the environment.
Result<TokenSource> RoleSource(const HttpImposter& sts,
                               std::map<std::string, std::string> options) {
  options.emplace("awsRoleArn", "arn:r");
  options.emplace("awsMaxBackOffTimeMs", "1");
  std::vector<std::string> warnings;
  return MskTokenSource({std::move(options)}, "b-1.kafka.us-east-1.amazonaws.com:9098",
                        Variables({{"AWS_ENDPOINT_URL_STS", sts.url()},
                                   {"AWS_ACCESS_KEY_ID", "AKIA1"},
                                   {"AWS_SECRET_ACCESS_KEY", "s1"}}),
                        &warnings);
}

TEST(TokenSourceTest, OptionsOfTheRoleReachSts) {
  HttpImposter sts([](const auto&) { return HttpImposter::Reply{StsAnswer(InMinutes(60))}; });
  const auto source = RoleSource(sts, {{"awsRoleSessionName", "emulator"},
                                       {"awsRoleExternalId", "x-1"},
                                       {"awsStsRegion", "eu-west-1"}});
  ASSERT_TRUE(source && (*source)());
  EXPECT_THAT(sts.seen().at(0).body,
              HasSubstr("ExternalId=x-1&RoleArn=arn%3Ar&RoleSessionName=emulator"));
  EXPECT_THAT(sts.seen().at(0).head, HasSubstr("/eu-west-1/sts/aws4_request"));
}

TEST(TokenSourceTest, DebuggingAsksOnceWhoSigns) {
  HttpImposter sts([](const auto&) { return HttpImposter::Reply{StsAnswer(InMinutes(60))}; });
  const auto source = RoleSource(sts, {{"awsDebugCreds", "true"}});
  ASSERT_TRUE(source && (*source)() && (*source)());
  ASSERT_EQ(sts.seen().size(), 2u);
  EXPECT_EQ(sts.seen()[1].body, "Action=GetCallerIdentity&Version=2011-06-15");
  EXPECT_THAT(sts.seen()[1].head, HasSubstr("Credential=ASIA2/"));
}

TEST(TokenSourceTest, AHiccupOfStsIsAskedAgainAsOftenAsTheOptionSays) {
  std::atomic<int> asked = 0;
  HttpImposter sts([&](const auto&) {
    return HttpImposter::Reply{++asked < 3 ? HttpImposter::Answer(503, "")
                                           : StsAnswer(InMinutes(60))};
  });
  const auto source = RoleSource(sts, {{"awsMaxRetries", "1"}});
  ASSERT_TRUE(source);
  EXPECT_EQ(KindOf((*source)()), ErrorKind::kUnavailable);
  EXPECT_EQ(asked, 2);
  EXPECT_TRUE((*source)());
}

TEST(TokenSourceTest, WithoutStsARunningClientKeepsItsCredentialsWhileTheyHold) {
  std::atomic<bool> down = false;
  HttpImposter sts([&](const auto&) {
    // Within the five minutes in which they are to be replaced.
    return HttpImposter::Reply{down ? HttpImposter::Answer(400, "<Code>Throttling</Code>")
                                    : StsAnswer(InMinutes(4))};
  });
  const auto source = RoleSource(sts, {});
  ASSERT_TRUE(source && (*source)());
  down = true;
  const auto token = (*source)();
  ASSERT_TRUE(token) << token.error().message();
  EXPECT_LE(token->expires_ms, SystemClock().WallMs() + 4 * 60'000)
      << "ends with what it was signed with";
  const auto asked = sts.seen().size();
  EXPECT_TRUE((*source)());
  EXPECT_EQ(sts.seen().size(), asked) << "the next try waits";
}

TEST(TokenSourceTest, ARefusedRoleIsNotAskedForAgain) {
  HttpImposter sts([](const auto&) {
    return HttpImposter::Reply{HttpImposter::Answer(403, "<Code>AccessDenied</Code>")};
  });
  const auto source = RoleSource(sts, {});
  ASSERT_TRUE(source);
  EXPECT_EQ(KindOf((*source)()), ErrorKind::kPermissionDenied);
  EXPECT_EQ(sts.seen().size(), 1u);
}

TEST(TokenSourceTest, NumbersOfTheLoginLineAreChecked) {
  std::vector<std::string> warnings;
  for (const char* wrong : {"-1", "many", "3x", "101"}) {
    const auto source =
        MskTokenSource({{{"awsMaxRetries", wrong}}}, "b-1.kafka.us-east-1.amazonaws.com:9098",
                       Variables({}), &warnings);
    EXPECT_EQ(KindOf(source), ErrorKind::kInvalidArgument) << wrong;
    EXPECT_THAT(source.error().message(), HasSubstr("awsMaxRetries"));
  }
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
