#include "aws/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "aws/profile_credentials.h"
#include "tests/support/kind_of.h"
#include "tests/support/temp_directory.h"

namespace pinlake {
namespace {

using ::testing::HasSubstr;

LookUpVariable Variables(std::map<std::string, std::string> all) {
  return [all = std::move(all)](const std::string& name) -> std::optional<std::string> {
    const auto at = all.find(name);
    if (at == all.end()) return std::nullopt;
    return at->second;
  };
}

TEST(EnvironmentCredentialsTest, ReadsTheUsualVariables) {
  const auto found = EnvironmentCredentials(Variables({{"AWS_ACCESS_KEY_ID", "AK"},
                                                       {"AWS_SECRET_ACCESS_KEY", "s"},
                                                       {"AWS_SESSION_TOKEN", "t"}}))
                         ->Get();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->access_key_id, "AK");
  EXPECT_EQ(found->secret_access_key, Secret("s"));
  EXPECT_EQ(found->session_token, Secret("t"));
}

TEST(EnvironmentCredentialsTest, HalfOfAPairIsAMistakeAndAnEmptyOneIsNone) {
  const auto half = EnvironmentCredentials(Variables({{"AWS_ACCESS_KEY_ID", "AK"}}))->Get();
  EXPECT_EQ(KindOf(half), ErrorKind::kInvalidArgument);
  EXPECT_THAT(half.error().message(), HasSubstr("AWS_SECRET_ACCESS_KEY"));
  EXPECT_EQ(KindOf(EnvironmentCredentials(Variables({{"AWS_ACCESS_KEY_ID", ""}}))->Get()),
            ErrorKind::kNotFound);
}

class ProfileCredentialsTest : public ::testing::Test {
 protected:
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(dir_.path() + "/" + name) << text;
  }
  LookUpVariable Files(std::map<std::string, std::string> more = {}) {
    more.insert({{"AWS_SHARED_CREDENTIALS_FILE", dir_.path() + "/credentials"},
                 {"AWS_CONFIG_FILE", dir_.path() + "/config"}});
    return Variables(more);
  }
  Result<Credentials> Get(const std::string& profile,
                          std::map<std::string, std::string> more = {}) {
    const auto variables = Files(std::move(more));
    return ProfileCredentials(FindProfile(profile, variables), {variables, client_, SystemClock()})
        ->Get();
  }

 private:
  TempDirectory dir_;
  HttpClient client_{HttpClientOptions{}};
};

TEST_F(ProfileCredentialsTest, JoinsBothFilesAndThatOfCredentialsWins) {
  Write("credentials",
        "[default]\naws_access_key_id = A\naws_secret_access_key = a\n[x]\naws_access_key_id=X\n");
  Write("config",
        "[default]\nregion = eu-west-1\n[profile "
        "x]\naws_access_key_id=Y\naws_secret_access_key=y\nregion=r\n");
  EXPECT_EQ(Get("")->access_key_id, "A");
  EXPECT_EQ(Get("x")->access_key_id, "X");
  EXPECT_EQ(Get("x")->secret_access_key, Secret("y"));
  EXPECT_EQ(Get("", {{"AWS_PROFILE", "x"}})->access_key_id, "X");
  EXPECT_EQ(RegionInForce(FindProfile("x", Files()), Files()), "r");
  EXPECT_EQ(RegionInForce(FindProfile("x", Files()), Files({{"AWS_REGION", "e"}})), "e");
}

TEST_F(ProfileCredentialsTest, OnlyAProfileAskedForByNameMustExist) {
  EXPECT_EQ(KindOf(Get("")), ErrorKind::kNotFound);
  const auto named = Get("nobody");
  EXPECT_EQ(KindOf(named), ErrorKind::kInvalidArgument);
  EXPECT_THAT(named.error().message(), HasSubstr("AWS profile nobody is not in"));
  EXPECT_EQ(KindOf(Get("", {{"AWS_PROFILE", "nobody"}})), ErrorKind::kInvalidArgument);
}

TEST_F(ProfileCredentialsTest, RefusesByNameTheWaysThatAreNotSupported) {
  for (const char* way : {"sso_session", "sso_start_url", "sso_account_id"}) {
    Write("config",
          fmt::format("[default]\n{} = something\naws_access_key_id=A\naws_secret_access_key=a\n",
                      way));
    const auto refused = Get("");
    EXPECT_EQ(KindOf(refused), ErrorKind::kUnsupported);
    EXPECT_THAT(refused.error().message(), HasSubstr(way));
  }
}

TEST_F(ProfileCredentialsTest, SaysWhatIsWrongWithAFile) {
  Write("credentials", "[default]\nnonsense\n");
  const auto wrong = Get("");
  EXPECT_EQ(KindOf(wrong), ErrorKind::kInvalidArgument);
  EXPECT_THAT(wrong.error().message(), HasSubstr("credentials: line 2 is no 'name = value'"));
  Write("credentials", "[default]\naws_access_key_id = A\n");
  EXPECT_THAT(Get("").error().message(),
              HasSubstr("has aws_access_key_id but not aws_secret_access_key"));
}

TEST_F(ProfileCredentialsTest, FindsTheFilesInTheHomeDirectory) {
  const ProfilePlace place = FindProfile("", Variables({{"HOME", "/home/u"}}));
  EXPECT_EQ(place.credentials_file, "/home/u/.aws/credentials");
  EXPECT_EQ(place.config_file, "/home/u/.aws/config");
  EXPECT_EQ(FindProfile("", Variables({{"HOME", "/h"}, {"AWS_CONFIG_FILE", "~/c"}})).config_file,
            "/h/c");
}

/// Answers what the test says and counts how often it is asked.
class ScriptedProvider final : public CredentialsProvider {
 public:
  Result<Credentials> Get(std::stop_token) override {
    ++asked;
    return answer;
  }
  int asked = 0;
  Result<Credentials> answer = Credentials{};
};

TEST(FirstOfTest, AsksTheNextOnlyIfTheOneBeforeHasNone) {
  const auto make = [](Result<Credentials> first) {
    auto one = std::make_unique<ScriptedProvider>();
    one->answer = std::move(first);
    std::vector<std::unique_ptr<CredentialsProvider>> all;
    all.push_back(std::move(one));
    all.push_back(StaticCredentials({"second", Secret("s"), {}, {}, ""}));
    return FirstOf(std::move(all))->Get();
  };
  EXPECT_EQ(make(Credentials{"first", Secret("s"), {}, {}, ""})->access_key_id, "first");
  EXPECT_EQ(make(Fail(ErrorKind::kNotFound, "none here"))->access_key_id, "second");
  EXPECT_EQ(KindOf(make(Fail(ErrorKind::kUnsupported, "a role"))), ErrorKind::kUnsupported);
}

TEST(FirstOfTest, SaysWhereItLooked) {
  std::vector<std::unique_ptr<CredentialsProvider>> all;
  all.push_back(EnvironmentCredentials(Variables({})));
  const auto none = FirstOf(std::move(all))->Get();
  EXPECT_EQ(KindOf(none), ErrorKind::kUnauthenticated);
  EXPECT_THAT(none.error().message(),
              HasSubstr("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set"));
}

TEST(RetriedCredentialsTest, AsksAgainWhatMayPassAndNothingElse) {
  for (const auto& [kind, tries] :
       {std::pair(ErrorKind::kUnavailable, 4), std::pair(ErrorKind::kThrottled, 4),
        std::pair(ErrorKind::kUnknownOutcome, 4), std::pair(ErrorKind::kPermissionDenied, 1),
        std::pair(ErrorKind::kNotFound, 1)}) {
    auto provider = std::make_unique<ScriptedProvider>();
    auto* source = provider.get();
    source->answer = Fail(kind, "no");
    ManualClock clock;
    const auto before = clock.Steady();
    const auto retried =
        RetriedCredentials(std::move(provider), {.count = 3, .backoff_max = Millis(700)}, clock);
    EXPECT_EQ(KindOf(retried->Get()), kind);
    EXPECT_EQ(source->asked, tries) << Name(kind);
    EXPECT_LE(clock.Steady() - before, Millis(500 + 700 + 700));
  }
}

TEST(RetriedCredentialsTest, AStopEndsTheWaiting) {
  auto provider = std::make_unique<ScriptedProvider>();
  auto* source = provider.get();
  source->answer = Fail(ErrorKind::kUnavailable, "no");
  ManualClock clock;
  std::stop_source stop;
  stop.request_stop();
  const auto retried = RetriedCredentials(std::move(provider), {}, clock);
  EXPECT_FALSE(retried->Get(stop.get_token()));
  EXPECT_EQ(source->asked, 1);
}

class CachedCredentialsTest : public ::testing::Test {
 protected:
  CachedCredentialsTest() {
    auto provider = std::make_unique<ScriptedProvider>();
    source = provider.get();
    cached = std::make_unique<CachedCredentials>(std::move(provider), clock);
  }
  void Answer(std::string id, Millis holds) {
    source->answer =
        Credentials{std::move(id), Secret("s"), {}, clock.WallMs() + holds.count(), ""};
  }
  ManualClock clock;
  ScriptedProvider* source;
  std::unique_ptr<CachedCredentials> cached;
};

TEST_F(CachedCredentialsTest, AsksOnceForKeysThatLast) {
  source->answer = Credentials{"A", Secret("s"), {}, {}, ""};
  ASSERT_TRUE(cached->Get());
  clock.Advance(std::chrono::hours(1000));
  ASSERT_TRUE(cached->Get());
  EXPECT_EQ(source->asked, 1);
  cached->Invalidate();
  ASSERT_TRUE(cached->Get());
  EXPECT_EQ(source->asked, 2);
}

TEST_F(CachedCredentialsTest, RefreshesFiveMinutesBeforeTheEnd) {
  Answer("A", std::chrono::minutes(60));
  ASSERT_TRUE(cached->Get());
  Answer("B", std::chrono::minutes(120));
  clock.Advance(std::chrono::minutes(54));
  EXPECT_EQ(cached->Get()->access_key_id, "A");
  clock.Advance(std::chrono::minutes(1));
  EXPECT_EQ(cached->Get()->access_key_id, "B");
}

TEST_F(CachedCredentialsTest, GoesOnWithKeysThatStillHoldAndAsksOnceAMinute) {
  Answer("A", std::chrono::minutes(60));
  ASSERT_TRUE(cached->Get());
  source->answer = Fail(ErrorKind::kUnavailable, "metadata service");
  clock.Advance(std::chrono::minutes(56));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(cached->Get()->access_key_id, "A");
  EXPECT_EQ(source->asked, 2);
  clock.Advance(std::chrono::minutes(1));
  EXPECT_TRUE(cached->Get());
  EXPECT_EQ(source->asked, 3);
  clock.Advance(std::chrono::minutes(4));
  EXPECT_EQ(KindOf(cached->Get()), ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace pinlake
