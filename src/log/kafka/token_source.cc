#include "log/kafka/token_source.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <mutex>

#include "aws/profile_credentials.h"
#include "aws/sts.h"
#include "observe/log.h"

namespace pinlake::kafka {
namespace {

constexpr std::string_view kUserAgent = "pinlake";

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// Words of letters joined by dashes and a number at the end: eu-west-1, us-gov-east-1.
bool LooksLikeRegion(std::string_view label) {
  if (label.size() < 6 || !IsLower(label[0]) || !IsLower(label[1]) || label[2] != '-') return false;
  const size_t dash = label.rfind('-');
  const auto number = label.substr(dash + 1);
  const auto words = label.substr(0, dash);
  return dash > 3 && !number.empty() && std::all_of(number.begin(), number.end(), IsDigit) &&
         std::all_of(words.begin(), words.end(), [](char c) { return IsLower(c) || c == '-'; });
}

constexpr std::array<std::string_view, 11> kKnown = {
    "awsProfileName", "awsRoleArn",         "awsRoleSessionName",     "awsRoleExternalId",
    "awsStsRegion",   "awsRoleAccessKeyId", "awsRoleSecretAccessKey", "awsRoleSessionToken",
    "awsDebugCreds",  "awsMaxRetries",      "awsMaxBackOffTimeMs"};

using Options = std::map<std::string, std::string>;

std::string OptionOf(const Options& options, const char* name) {
  const auto at = options.find(name);
  return at == options.end() ? std::string() : at->second;
}

/// A number of the login line in [0, most], or \p fallback.
Result<int> NumberOf(const Options& options, const char* name, int fallback, int most) {
  const std::string text = OptionOf(options, name);
  if (text.empty()) return fallback;
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0 || number > most)
    return Fail(ErrorKind::kInvalidArgument,
                "sasl.jaas.config: {} '{}' is not a number from 0 to {}", name, text, most);
  return number;
}

Result<CredentialRetries> RetriesOf(const Options& options) {
  ASSIGN_OR_RETURN(const int count, NumberOf(options, "awsMaxRetries", 3, 100));
  ASSIGN_OR_RETURN(const int backoff_ms, NumberOf(options, "awsMaxBackOffTimeMs", 5000, 600'000));
  return CredentialRetries{.count = count, .backoff_max = Millis(backoff_ms)};
}

/// Credentials and the client that asks for them.
class MskSigner {
 public:
  MskSigner(const Options& options, CredentialRetries retries, const LookUpVariable& variables)
      : debug_(OptionOf(options, "awsDebugCreds") == "true"),
        sts_region_(OptionOf(options, "awsStsRegion") == "aws-global"
                        ? ""
                        : OptionOf(options, "awsStsRegion")),
        sts_endpoint_(variables("AWS_ENDPOINT_URL_STS").value_or("")) {
    std::unique_ptr<CredentialsProvider> base;
    if (const std::string key = OptionOf(options, "awsRoleAccessKeyId"); !key.empty()) {
      base = StaticCredentials({key,
                                Secret(OptionOf(options, "awsRoleSecretAccessKey")),
                                Secret(OptionOf(options, "awsRoleSessionToken")),
                                {},
                                "sasl.jaas.config"});
    } else {
      base = DefaultCredentials(OptionOf(options, "awsProfileName"), variables, SystemClock());
    }
    if (const std::string arn = OptionOf(options, "awsRoleArn"); !arn.empty()) {
      const std::string session = OptionOf(options, "awsRoleSessionName");
      const AssumeRole role{.role_arn = arn,
                            .session_name = session.empty() ? "aws-msk-iam-auth" : session,
                            .external_id = OptionOf(options, "awsRoleExternalId"),
                            .region = sts_region_,
                            .endpoint = sts_endpoint_};
      base = AssumeRoleCredentials(std::move(base), role, client_, SystemClock());
    }
    base = RetriedCredentials(std::move(base), retries, SystemClock());
    credentials_ = std::make_unique<CachedCredentials>(std::move(base), SystemClock());
  }

  Result<MskToken> Sign(const std::string& region) {
    ASSIGN_OR_RETURN(const Credentials credentials, credentials_->Get());
    if (debug_) TellIdentity(credentials);
    MskToken token = SignMskToken(credentials, region, SystemClock().WallMs(), kUserAgent);
    // What the token was signed with ends it too.
    if (credentials.expires_ms)
      token.expires_ms = std::min(token.expires_ms, *credentials.expires_ms);
    return token;
  }

 private:
  /// Once for each key: who signs, as STS knows him.
  void TellIdentity(const Credentials& credentials) {
    {
      const std::lock_guard lock(mutex_);
      if (told_ == credentials.access_key_id) return;
      told_ = credentials.access_key_id;
    }
    const auto identity =
        AskCallerIdentity(credentials, sts_region_, sts_endpoint_, client_, SystemClock());
    if (!identity)
      return LogWarn("The identity behind the AWS credentials is not known.",
                     F("error", identity.error()));
    LogInfo("AWS credentials for Kafka.", F("arn", identity->arn), F("account", identity->account),
            F("access_key_id", credentials.access_key_id), F("source", credentials.source));
  }

  const bool debug_;
  const std::string sts_region_, sts_endpoint_;
  std::mutex mutex_;
  std::string told_;  // mutex_
  HttpClient client_{HttpClientOptions{}};
  std::unique_ptr<CachedCredentials> credentials_;
};

}  // namespace

std::string RegionOfBrokers(std::string_view servers) {
  for (size_t at = 0; at < servers.size();) {
    const size_t end = std::min(servers.find_first_of(".:,", at), servers.size());
    const auto label = servers.substr(at, end - at);
    if (LooksLikeRegion(label)) return std::string(label);
    at = end + 1;
  }
  return {};
}

Result<TokenSource> MskTokenSource(const MskIamOptions& iam, std::string_view servers,
                                   const LookUpVariable& variables,
                                   std::vector<std::string>* warnings) {
  for (const auto& [name, value] : iam.options) {
    if (std::find(kKnown.begin(), kKnown.end(), name) == kKnown.end())
      warnings->push_back(fmt::format("sasl.jaas.config: option {} has no effect here", name));
  }
  const auto key = iam.options.find("awsRoleAccessKeyId");
  const auto secret = iam.options.find("awsRoleSecretAccessKey");
  if ((key == iam.options.end()) != (secret == iam.options.end())) {
    return Fail(ErrorKind::kInvalidArgument,
                "sasl.jaas.config: awsRoleAccessKeyId and awsRoleSecretAccessKey go together");
  }
  std::string region = RegionOfBrokers(servers);
  if (region.empty()) {
    const auto profile = iam.options.find("awsProfileName");
    region = RegionInForce(
        FindProfile(profile == iam.options.end() ? "" : profile->second, variables), variables);
  }
  if (region.empty()) {
    return Fail(
        ErrorKind::kInvalidArgument,
        "sasl.mechanism AWS_MSK_IAM: no AWS region in bootstrap.servers '{}'; set AWS_REGION",
        servers);
  }
  ASSIGN_OR_RETURN(const auto retries, RetriesOf(iam.options));
  auto signer = std::make_shared<MskSigner>(iam.options, retries, variables);
  return [signer, region] { return signer->Sign(region); };
}

}  // namespace pinlake::kafka
