#include "aws/remote_credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "aws/profile_credentials.h"
#include "aws/sts.h"
#include "tests/support/http_imposter.h"
#include "tests/support/kind_of.h"
#include "tests/support/temp_directory.h"

namespace pinlake {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kKeysJson =
    R"({"Code":"Success","AccessKeyId":"ASIA1","SecretAccessKey":"geheim","Token":"tok","Expiration":"2024-03-01T12:30:45Z"})";
constexpr const char* kStsXml =
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA2</"
    "AccessKeyId><SecretAccessKey>s2"
    "</SecretAccessKey><SessionToken>t2</SessionToken><Expiration>2024-03-01T13:30:45Z</"
    "Expiration></Credentials>"
    "</AssumeRoleResult></AssumeRoleResponse>";

LookUpVariable Variables(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto at = values.find(name);
    return at == values.end() ? std::nullopt : std::optional(at->second);
  };
}

class RemoteCredentialsTest : public testing::Test {
 protected:
  // Every test names the address itself: nothing here may ask the real ones.
  HttpClient client_{HttpClientOptions{}};
  TempDirectory dir_;
  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(dir_.path() + "/" + name) << text;
    return dir_.path() + "/" + name;
  }
};

TEST_F(RemoteCredentialsTest, AContainerIsAskedWithItsToken) {
  HttpImposter server(
      [](const auto&) { return HttpImposter::Reply{HttpImposter::Answer(200, kKeysJson)}; });
  const auto file = Write("token", "Bearer abc\n");
  const auto credentials =
      ContainerCredentials(
          Variables({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", server.url() + "/creds?x=1"},
                     {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file}}),
          client_)
          ->Get();
  ASSERT_TRUE(credentials) << credentials.error().message();
  EXPECT_EQ(credentials->access_key_id, "ASIA1");
  EXPECT_EQ(credentials->session_token, Secret("tok"));
  EXPECT_EQ(credentials->expires_ms, 1709296245000);
  EXPECT_EQ(server.seen().at(0).target, "/creds?x=1");
  EXPECT_THAT(server.seen().at(0).head, HasSubstr("Authorization: Bearer abc\r\n"));
}

TEST_F(RemoteCredentialsTest, AContainersKeysAreNotAskedForElsewhere) {
  const auto refused =
      ContainerCredentials(
          Variables({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/"}}), client_)
          ->Get();
  EXPECT_EQ(KindOf(refused), ErrorKind::kInvalidArgument);
  EXPECT_EQ(KindOf(ContainerCredentials(Variables({}), client_)->Get()), ErrorKind::kNotFound);
}

TEST_F(RemoteCredentialsTest, AnInstanceIsAskedWithASessionToken) {
  HttpImposter server([](const auto& request) {
    if (request.method == "PUT") return HttpImposter::Reply{HttpImposter::Answer(200, "session")};
    if (request.target.ends_with("/"))
      return HttpImposter::Reply{HttpImposter::Answer(200, "the-role\n")};
    return HttpImposter::Reply{HttpImposter::Answer(200, kKeysJson)};
  });
  const auto credentials =
      InstanceCredentials(Variables({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", server.url()}}), client_)
          ->Get();
  ASSERT_TRUE(credentials) << credentials.error().message();
  EXPECT_EQ(credentials->access_key_id, "ASIA1");
  const auto seen = server.seen();
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_THAT(seen[0].head, HasSubstr("X-aws-ec2-metadata-token-ttl-seconds: 21600"));
  EXPECT_THAT(seen[2].head, HasSubstr("X-aws-ec2-metadata-token: session"));
  EXPECT_EQ(seen[2].target, "/latest/meta-data/iam/security-credentials/the-role");
}

TEST_F(RemoteCredentialsTest, WithoutAnInstanceOthersMaySpeak) {
  EXPECT_EQ(
      KindOf(
          InstanceCredentials(Variables({{"AWS_EC2_METADATA_DISABLED", "true"}}), client_)->Get()),
      ErrorKind::kNotFound);
  EXPECT_EQ(
      KindOf(InstanceCredentials(
                 Variables({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1"}}), client_)
                 ->Get()),
      ErrorKind::kNotFound);
}

TEST_F(RemoteCredentialsTest, AProgramAnswersOnItsOutput) {
  const auto file =
      Write("keys.json",
            R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"geheim","SessionToken":"t"})");
  const auto credentials = ProcessCredentials(fmt::format("cat '{}'", file))->Get();
  ASSERT_TRUE(credentials) << credentials.error().message();
  EXPECT_EQ(credentials->session_token, Secret("t"));
  EXPECT_THAT(ProcessCredentials("exit 3")->Get().error().message(), HasSubstr("status 3"));
  const auto wrong = ProcessCredentials("echo geheim")->Get();
  EXPECT_THAT(wrong.error().message(), Not(HasSubstr("geheim")));
}

TEST_F(RemoteCredentialsTest, ARoleIsAssumedWithASignedRequest) {
  HttpImposter server(
      [](const auto&) { return HttpImposter::Reply{HttpImposter::Answer(200, kStsXml)}; });
  ManualClock clock(1709296245000);
  const auto credentials =
      AssumeRoleCredentials(StaticCredentials({"AKIA", Secret("s"), {}, {}, "test"}),
                            {.role_arn = "arn:aws:iam::1:role/r",
                             .session_name = "one",
                             .external_id = "x y",
                             .region = "eu-west-1",
                             .endpoint = server.url()},
                            client_, clock)
          ->Get();
  ASSERT_TRUE(credentials) << credentials.error().message();
  EXPECT_EQ(credentials->access_key_id, "ASIA2");
  EXPECT_EQ(credentials->expires_ms, 1709299845000);
  EXPECT_THAT(server.seen().at(0).head,
              HasSubstr("Credential=AKIA/20240301/eu-west-1/sts/aws4_request"));
  EXPECT_EQ(server.seen().at(0).body,
            "Action=AssumeRole&ExternalId=x%20y&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&"
            "RoleSessionName=one&Version=2011-06-15");
}

TEST_F(RemoteCredentialsTest, WhatStsSaysReachesTheUser) {
  HttpImposter server([](const auto&) {
    return HttpImposter::Reply{HttpImposter::Answer(
        403, "<Error><Code>AccessDenied</Code><Message>not you</Message></Error>")};
  });
  ManualClock clock;
  const auto refused =
      AssumeRoleCredentials(StaticCredentials({"AKIA", Secret("s"), {}, {}, "test"}),
                            {.role_arn = "arn:r", .session_name = "s", .endpoint = server.url()},
                            client_, clock)
          ->Get();
  EXPECT_EQ(KindOf(refused), ErrorKind::kPermissionDenied);
  EXPECT_THAT(refused.error().message(),
              HasSubstr("assume role arn:r: STS answered 403 AccessDenied not you"));
}

TEST_F(RemoteCredentialsTest, AProfileAssumesItsRoleWithItsSourceProfile) {
  HttpImposter server(
      [](const auto&) { return HttpImposter::Reply{HttpImposter::Answer(200, kStsXml)}; });
  const auto config = Write("config",
                            "[profile base]\naws_access_key_id=BASE\naws_secret_access_key=b\n"
                            "[profile r]\nrole_arn=arn:r\nsource_profile=base\nregion=eu-west-2\n"
                            "[profile a]\nrole_arn=arn:a\nsource_profile=b\n[profile "
                            "b]\nrole_arn=arn:b\nsource_profile=a\n"
                            "[profile n]\nrole_arn=arn:n\n");
  const auto variables =
      Variables({{"AWS_CONFIG_FILE", config}, {"AWS_ENDPOINT_URL_STS", server.url()}});
  const auto get = [&](const char* profile) {
    return ProfileCredentials(FindProfile(profile, variables), {variables, client_, SystemClock()})
        ->Get();
  };
  const auto credentials = get("r");
  ASSERT_TRUE(credentials) << credentials.error().message();
  EXPECT_EQ(credentials->access_key_id, "ASIA2");
  EXPECT_THAT(server.seen().at(0).head, HasSubstr("Credential=BASE/"));
  EXPECT_THAT(get("a").error().message(), HasSubstr("circle"));
  EXPECT_THAT(get("n").error().message(), HasSubstr("source_profile and credential_source"));
}

TEST_F(RemoteCredentialsTest, APodsTokenIsReadAnewEachTime) {
  HttpImposter server(
      [](const auto&) { return HttpImposter::Reply{HttpImposter::Answer(200, kStsXml)}; });
  const auto file = Write("jwt", "first\n");
  const auto chain = DefaultCredentials("",
                                        Variables({{"AWS_WEB_IDENTITY_TOKEN_FILE", file},
                                                   {"AWS_ROLE_ARN", "arn:p"},
                                                   {"AWS_ENDPOINT_URL_STS", server.url()},
                                                   {"AWS_EC2_METADATA_DISABLED", "true"}}),
                                        SystemClock());
  ASSERT_TRUE(chain->Get());
  Write("jwt", "second\n");
  chain->Invalidate();
  ASSERT_TRUE(chain->Get());
  EXPECT_THAT(server.seen().at(0).body, HasSubstr("WebIdentityToken=first"));
  EXPECT_THAT(server.seen().at(1).body, HasSubstr("WebIdentityToken=second"));
}

}  // namespace
}  // namespace pinlake
