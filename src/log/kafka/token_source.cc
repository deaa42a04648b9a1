#include "log/kafka/token_source.h"

#include <algorithm>
#include <array>
#include <memory>

#include "aws/profile_credentials.h"
#include "aws/sts.h"

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

constexpr std::array<std::string_view, 8> kKnown = {
    "awsProfileName", "awsRoleArn",         "awsRoleSessionName",     "awsRoleExternalId",
    "awsStsRegion",   "awsRoleAccessKeyId", "awsRoleSecretAccessKey", "awsRoleSessionToken"};

/// Credentials and the client that asks for them.
class MskSigner {
 public:
  MskSigner(const std::map<std::string, std::string>& options, const LookUpVariable& variables) {
    const auto option = [&](const char* name) {
      const auto at = options.find(name);
      return at == options.end() ? std::string() : at->second;
    };
    std::unique_ptr<CredentialsProvider> base;
    if (const std::string key = option("awsRoleAccessKeyId"); !key.empty()) {
      base = StaticCredentials({key,
                                Secret(option("awsRoleSecretAccessKey")),
                                Secret(option("awsRoleSessionToken")),
                                {},
                                "sasl.jaas.config"});
    } else {
      base = DefaultCredentials(option("awsProfileName"), variables, SystemClock());
    }
    if (const std::string arn = option("awsRoleArn"); !arn.empty()) {
      const std::string session = option("awsRoleSessionName");
      const std::string region = option("awsStsRegion");
      const AssumeRole role{.role_arn = arn,
                            .session_name = session.empty() ? "aws-msk-iam-auth" : session,
                            .external_id = option("awsRoleExternalId"),
                            .region = region == "aws-global" ? "" : region,
                            .endpoint = variables("AWS_ENDPOINT_URL_STS").value_or("")};
      base = AssumeRoleCredentials(std::move(base), role, client_, SystemClock());
    }
    credentials_ = std::make_unique<CachedCredentials>(std::move(base), SystemClock());
  }

  Result<MskToken> Sign(const std::string& region) {
    ASSIGN_OR_RETURN(const Credentials credentials, credentials_->Get());
    MskToken token = SignMskToken(credentials, region, SystemClock().WallMs(), kUserAgent);
    // What the token was signed with ends it too.
    if (credentials.expires_ms)
      token.expires_ms = std::min(token.expires_ms, *credentials.expires_ms);
    return token;
  }

 private:
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
  auto signer = std::make_shared<MskSigner>(iam.options, variables);
  return [signer, region] { return signer->Sign(region); };
}

}  // namespace pinlake::kafka
