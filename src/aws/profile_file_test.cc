#include "aws/profile_file.h"

#include <gtest/gtest.h>

#include "tests/support/kind_of.h"

namespace pinlake {
namespace {

constexpr std::string_view kFile = R"(# comment
[default]
aws_access_key_id = AKID   ; why
AWS_SECRET_ACCESS_KEY=a+b/c#d=
region=eu-central-1 # here
s3 =
  max_concurrent_requests = 20
  nonsense
output = json

[profile  two ] ; behind
empty=
[sso-session mine]
sso_region = x
[default]
region = us-west-2
)";

TEST(ProfileFileTest, ReadsWhatTheAwsToolsRead) {
  const auto profiles = ParseProfileFile(kFile, ProfileFileKind::kConfig);
  ASSERT_TRUE(profiles) << profiles.error().message();
  const Profiles expected{{"default",
                           {{"aws_access_key_id", "AKID"},
                            {"aws_secret_access_key", "a+b/c#d="},
                            {"region", "us-west-2"},
                            {"s3", ""},
                            {"output", "json"}}},
                          {"two", {{"empty", ""}}}};
  EXPECT_EQ(*profiles, expected);
}

TEST(ProfileFileTest, TheCredentialsFileNamesProfilesAlone) {
  const auto profiles =
      ParseProfileFile("[profile x]\na=1\r\n[y]\nb=2", ProfileFileKind::kCredentials);
  EXPECT_EQ(*profiles, (Profiles{{"profile x", {{"a", "1"}}}, {"y", {{"b", "2"}}}}));
}

TEST(ProfileFileTest, NamesTheLineThatIsWrong) {
  for (const char* text : {"a=1", "[x\n", "[x] y\n", "[x]\nnothing\n", "[x]\n=1\n"}) {
    const auto profiles = ParseProfileFile(text, ProfileFileKind::kCredentials);
    EXPECT_EQ(KindOf(profiles), ErrorKind::kInvalidArgument) << text;
    EXPECT_EQ(profiles.error().message().find("line "), 0u) << text;
  }
}

TEST(ProfileFileTest, WhatItRendersItReads) {
  const Profiles profiles{{"default", {{"a", "1"}, {"b", ""}}}, {"x y", {{"c", "d=e"}}}};
  for (const auto kind : {ProfileFileKind::kCredentials, ProfileFileKind::kConfig}) {
    EXPECT_EQ(ParseProfileFile(RenderProfileFile(profiles, kind), kind), profiles);
  }
}

}  // namespace
}  // namespace pinlake
