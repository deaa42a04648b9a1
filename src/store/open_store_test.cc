#include "store/open_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/http_imposter.h"
#include "tests/support/kind_of.h"
#include "tests/support/temp_directory.h"

namespace pinlake {
namespace {

using ::testing::HasSubstr;
using Variables = std::map<std::string, std::string>;

Result<std::unique_ptr<ObjectStore>> OpenWith(const StoreOptions& options, Variables variables) {
  return OpenStore(options, {}, [=](const std::string& name) -> std::optional<std::string> {
    if (name == "AWS_EC2_METADATA_DISABLED") return "true";
    const auto at = variables.find(name);
    return at == variables.end() ? std::nullopt : std::optional(at->second);
  });
}

TEST(OpenStoreTest, MakesTheDirectoryOfAFileUrl) {
  TempDirectory dir;
  const auto store = OpenWith({.url = "file://" + dir.path() + "/a/b"}, {});
  ASSERT_TRUE(store) << store.error().message();
  EXPECT_TRUE(std::filesystem::is_directory(dir.path() + "/a/b"));
  EXPECT_EQ((*store)->Describe(), "file://" + dir.path() + "/a/b");
}

TEST(OpenStoreTest, AnS3StoreNeedsCredentialsAndSaysWhereItLooked) {
  const auto none = OpenWith({.url = "s3://bkt/p"}, {{"HOME", "/nonexistent"}});
  EXPECT_EQ(KindOf(none), ErrorKind::kUnauthenticated);
  EXPECT_THAT(none.error().message(),
              testing::AllOf(HasSubstr("open store s3://bkt/p"), HasSubstr("AWS_ACCESS_KEY_ID"),
                             HasSubstr("/nonexistent/.aws/credentials")));
  const auto found =
      OpenWith({.url = "s3://bkt/p"}, {{"AWS_ACCESS_KEY_ID", "A"}, {"AWS_SECRET_ACCESS_KEY", "s"}});
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ((*found)->Describe(), "s3://bkt/p");
}

TEST(OpenStoreTest, AGivenProfileGoesBeforeTheEnvironment) {
  const auto wrong = OpenWith(
      {.url = "s3://bkt", .profile = "nobody"},
      {{"AWS_ACCESS_KEY_ID", "A"}, {"AWS_SECRET_ACCESS_KEY", "s"}, {"HOME", "/nonexistent"}});
  EXPECT_EQ(KindOf(wrong), ErrorKind::kInvalidArgument);
  EXPECT_THAT(wrong.error().message(), HasSubstr("AWS profile nobody"));
}

TEST(OpenStoreTest, AnS3StoreAsksTheWholeChainOfCredentials) {
  HttpImposter container([](const auto&) {
    return HttpImposter::Reply{
        HttpImposter::Answer(200, R"({"AccessKeyId":"ASIA1","SecretAccessKey":"s","Token":"t"})")};
  });
  const auto store =
      OpenWith({.url = "s3://bkt"},
               {{"HOME", "/nonexistent"}, {"AWS_CONTAINER_CREDENTIALS_FULL_URI", container.url()}});
  ASSERT_TRUE(store) << store.error().message();
  EXPECT_EQ(container.seen().size(), 1u);
}

TEST(OpenStoreTest, SignsWithTheKeysOfTheRoleThatTheOptionsName) {
  HttpImposter sts([](const auto&) {
    return HttpImposter::Reply{HttpImposter::Answer(
        200,
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId>"
        "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken></Credentials>"
        "</AssumeRoleResult></AssumeRoleResponse>")};
  });
  HttpImposter s3([](const auto&) { return HttpImposter::Reply{HttpImposter::Answer(200, "")}; });
  const auto store = OpenWith({.url = "s3://bkt",
                               .endpoint = s3.url(),
                               .access_key_id = "AKIABASE",
                               .secret_access_key = Secret("s"),
                               .role_arn = "arn:aws:iam::1:role/r",
                               .role_external_id = "x"},
                              {{"AWS_ENDPOINT_URL_STS", sts.url()}});
  ASSERT_TRUE(store) << store.error().message();
  ASSERT_TRUE((*store)->CheckReachable());
  EXPECT_THAT(sts.seen().at(0).head, HasSubstr("Credential=AKIABASE/"));
  EXPECT_THAT(sts.seen().at(0).body, HasSubstr("ExternalId=x"));
  EXPECT_THAT(s3.seen().at(0).head, HasSubstr("Credential=ASIAROLE/"));
}

TEST(OpenStoreTest, SaysWhatIsWrongWithEncryption) {
  const auto wrong = OpenWith({.url = "s3://bkt", .objects = {.customer_key = Secret("hush")}},
                              {{"AWS_ACCESS_KEY_ID", "A"}, {"AWS_SECRET_ACCESS_KEY", "s"}});
  EXPECT_EQ(KindOf(wrong), ErrorKind::kInvalidArgument);
  EXPECT_THAT(wrong.error().message(), testing::Not(HasSubstr("hush")));
}

TEST(OpenStoreTest, RefusesOtherUrls) {
  for (const char* url : {"", "lake", "http://h/b", "s3:/b", "s3://B?"}) {
    EXPECT_EQ(KindOf(OpenWith({.url = url},
                              {{"AWS_ACCESS_KEY_ID", "A"}, {"AWS_SECRET_ACCESS_KEY", "s"}})),
              ErrorKind::kInvalidArgument)
        << url;
  }
}

TEST(StoreOptionsTest, HaveDefaultsAndHideTheSecret) {
  EXPECT_EQ(StoreOptionTable().Defaults().url, "file://lake");
  ConfigEntries entries;
  entries.Set("access.key.id", "A");
  const auto half = StoreOptionTable().Parse(entries);
  EXPECT_EQ(KindOf(half), ErrorKind::kInvalidArgument);
  entries.Set("secret.access.key", "hush");
  const auto both = StoreOptionTable().Parse(entries);
  ASSERT_TRUE(both) << both.error().message();
  for (const auto& [name, value] : StoreOptionTable().Dump(both->config))
    EXPECT_THAT(value, testing::Not(HasSubstr("hush")));
}

}  // namespace
}  // namespace pinlake
