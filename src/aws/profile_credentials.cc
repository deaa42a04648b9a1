#include "aws/profile_credentials.h"

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "aws/remote_credentials.h"
#include "aws/sts.h"
#include "base/disk.h"

namespace pinlake {
namespace {

std::string First(const LookUpVariable& variables, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto value = variables(name);
    if (value && !value->empty()) return *value;
  }
  return {};
}

std::string FileOr(std::string named, const std::string& home, std::string_view usual) {
  if (!named.empty() && !named.starts_with("~/")) return named;
  if (home.empty()) return {};
  return named.empty() ? home + std::string(usual) : home + named.substr(1);
}

/// No profiles if there is no such file.
Result<Profiles> Load(const std::string& file, ProfileFileKind kind) {
  if (file.empty()) return Profiles{};
  const auto text = RealDisk().ReadAll(file);
  if (!text) {
    if (text.error().kind() == ErrorKind::kNotFound) return Profiles{};
    return Fail(ErrorKind::kInvalidArgument, "{}", text.error().message());
  }
  auto profiles = ParseProfileFile(*text, kind);
  if (!profiles) return Fail(std::move(profiles).error().In(file));
  return profiles;
}

constexpr std::string_view kUnsupportedWays[] = {"sso_session", "sso_start_url", "sso_account_id"};
constexpr const char* kDefaultSessionName = "pinlake";
/// A profile that names a source profile that names … : longer chains are mistakes.
constexpr int kSourceProfilesMax = 5;

class FromProfile final : public CredentialsProvider {
 public:
  FromProfile(ProfilePlace place, CredentialSources sources, int depth)
      : place_(std::move(place)), sources_(std::move(sources)), depth_(depth) {}

  Result<Credentials> Get(std::stop_token stop) override {
    auto settings = LoadProfile(place_);
    if (!settings) {
      const bool wrong = place_.named && settings.error().kind() == ErrorKind::kNotFound;
      return wrong ? Fail(ErrorKind::kInvalidArgument, "{}", settings.error().message())
                   : Fail(std::move(settings).error());
    }
    for (const std::string_view way : kUnsupportedWays) {
      if (!settings->contains(std::string(way))) continue;
      return Fail(ErrorKind::kUnsupported,
                  "AWS profile {} gets its credentials by {}, which is not supported; put "
                  "aws_access_key_id and aws_secret_access_key in it, or set AWS_ACCESS_KEY_ID and "
                  "AWS_SECRET_ACCESS_KEY",
                  place_.profile, way);
    }
    // A profile without a way of its own that role_arn's source names itself gives its keys.
    if (settings->contains("role_arn") && !by_source_) return RoleKeys(*settings, stop);
    if (const auto process = settings->find("credential_process"); process != settings->end()) {
      return ProcessCredentials(process->second)->Get(stop);
    }
    return Keys(*settings);
  }

  /// Only the two keys count: the profile is its own source.
  void TakeKeysOnly() { by_source_ = true; }

 private:
  Result<Credentials> Keys(const ProfileSettings& settings) const {
    const auto setting = [&](const char* name) {
      const auto at = settings.find(name);
      return at == settings.end() ? std::string() : at->second;
    };
    const std::string id = setting("aws_access_key_id");
    const std::string secret = setting("aws_secret_access_key");
    if (id.empty() != secret.empty()) {
      return Fail(ErrorKind::kInvalidArgument, "AWS profile {} has {} but not {}", place_.profile,
                  id.empty() ? "aws_secret_access_key" : "aws_access_key_id",
                  id.empty() ? "aws_access_key_id" : "aws_secret_access_key");
    }
    if (id.empty()) {
      return Fail(place_.named ? ErrorKind::kInvalidArgument : ErrorKind::kNotFound,
                  "AWS profile {} in {} and {} has no aws_access_key_id", place_.profile,
                  place_.credentials_file, place_.config_file);
    }
    return Credentials{id,
                       Secret(secret),
                       Secret(setting("aws_session_token")),
                       {},
                       fmt::format("profile {}", place_.profile)};
  }

  Result<Credentials> RoleKeys(const ProfileSettings& settings, std::stop_token stop) {
    const auto setting = [&](const char* name) {
      const auto at = settings.find(name);
      return at == settings.end() ? std::string() : at->second;
    };
    const std::string session = setting("role_session_name");
    const AssumeRole role{.role_arn = setting("role_arn"),
                          .session_name = session.empty() ? kDefaultSessionName : session,
                          .external_id = setting("external_id"),
                          .region = RegionInForce(place_, sources_.variables),
                          .endpoint = sources_.variables("AWS_ENDPOINT_URL_STS").value_or("")};
    const std::string token_file = setting("web_identity_token_file");
    if (!token_file.empty())
      return WebIdentityCredentials({role, token_file}, sources_.client)->Get(stop);
    ASSIGN_OR_RETURN(auto base, SourceOf(settings));
    return AssumeRoleCredentials(std::move(base), role, sources_.client, sources_.clock)->Get(stop);
  }

  Result<std::unique_ptr<CredentialsProvider>> SourceOf(const ProfileSettings& settings) const {
    const auto profile = settings.find("source_profile");
    const auto source = settings.find("credential_source");
    if ((profile == settings.end()) == (source == settings.end())) {
      return Fail(ErrorKind::kInvalidArgument,
                  "AWS profile {} has role_arn and needs one of source_profile and "
                  "credential_source beside it",
                  place_.profile);
    }
    if (profile != settings.end()) return SourceProfile(profile->second);
    if (source->second == "Environment") return EnvironmentCredentials(sources_.variables);
    if (source->second == "EcsContainer")
      return ContainerCredentials(sources_.variables, sources_.client);
    if (source->second == "Ec2InstanceMetadata")
      return InstanceCredentials(sources_.variables, sources_.client);
    return Fail(
        ErrorKind::kInvalidArgument,
        "AWS profile {}: credential_source '{}' is unknown (allowed: Environment, EcsContainer, "
        "Ec2InstanceMetadata)",
        place_.profile, source->second);
  }

  Result<std::unique_ptr<CredentialsProvider>> SourceProfile(const std::string& name) const {
    if (depth_ >= kSourceProfilesMax) {
      return Fail(ErrorKind::kInvalidArgument, "AWS profile {}: its source profiles go in a circle",
                  place_.profile);
    }
    ProfilePlace place = place_;
    place.profile = name;
    place.named = true;
    auto provider = std::make_unique<FromProfile>(std::move(place), sources_, depth_ + 1);
    if (name == place_.profile) provider->TakeKeysOnly();
    return provider;
  }

  const ProfilePlace place_;
  const CredentialSources sources_;
  const int depth_;
  bool by_source_ = false;
};

/// AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN, as EKS sets them.
class FromWebIdentityVariables final : public CredentialsProvider {
 public:
  explicit FromWebIdentityVariables(CredentialSources sources) : sources_(std::move(sources)) {}
  Result<Credentials> Get(std::stop_token stop) override {
    const auto text = [&](const char* name) { return sources_.variables(name).value_or(""); };
    if (text("AWS_WEB_IDENTITY_TOKEN_FILE").empty()) {
      return Fail(ErrorKind::kNotFound, "AWS_WEB_IDENTITY_TOKEN_FILE is not set");
    }
    if (text("AWS_ROLE_ARN").empty()) {
      return Fail(ErrorKind::kInvalidArgument,
                  "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not");
    }
    const std::string session = text("AWS_ROLE_SESSION_NAME");
    const AssumeRole role{.role_arn = text("AWS_ROLE_ARN"),
                          .session_name = session.empty() ? kDefaultSessionName : session,
                          .region = First(sources_.variables, {"AWS_REGION", "AWS_DEFAULT_REGION"}),
                          .endpoint = text("AWS_ENDPOINT_URL_STS")};
    return WebIdentityCredentials({role, text("AWS_WEB_IDENTITY_TOKEN_FILE")}, sources_.client)
        ->Get(stop);
  }

 private:
  const CredentialSources sources_;
};

/// The usual sources, with the client that they ask through.
class DefaultChain final : public CredentialsProvider {
 public:
  DefaultChain(const std::string& profile, LookUpVariable variables, Clock& clock) {
    const CredentialSources sources{std::move(variables), client_, clock};
    std::vector<std::unique_ptr<CredentialsProvider>> chain;
    const ProfilePlace place = FindProfile(profile, sources.variables);
    if (profile.empty()) {
      chain.push_back(EnvironmentCredentials(sources.variables));
      chain.push_back(std::make_unique<FromWebIdentityVariables>(sources));
    }
    chain.push_back(ProfileCredentials(place, sources));
    if (profile.empty()) {
      chain.push_back(ContainerCredentials(sources.variables, client_));
      chain.push_back(InstanceCredentials(sources.variables, client_));
    }
    chain_ = FirstOf(std::move(chain));
  }
  Result<Credentials> Get(std::stop_token stop) override { return chain_->Get(std::move(stop)); }

 private:
  HttpClient client_{HttpClientOptions{}};
  std::unique_ptr<CredentialsProvider> chain_;
};

}  // namespace

ProfilePlace FindProfile(const std::string& profile, const LookUpVariable& variables) {
  const std::string named =
      profile.empty() ? First(variables, {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}) : profile;
  const std::string home = First(variables, {"HOME"});
  return {.profile = named.empty() ? "default" : named,
          .named = !named.empty(),
          .credentials_file =
              FileOr(First(variables, {"AWS_SHARED_CREDENTIALS_FILE"}), home, "/.aws/credentials"),
          .config_file = FileOr(First(variables, {"AWS_CONFIG_FILE"}), home, "/.aws/config")};
}

Result<ProfileSettings> LoadProfile(const ProfilePlace& place) {
  ASSIGN_OR_RETURN(auto credentials, Load(place.credentials_file, ProfileFileKind::kCredentials));
  ASSIGN_OR_RETURN(auto config, Load(place.config_file, ProfileFileKind::kConfig));
  if (!credentials.contains(place.profile) && !config.contains(place.profile)) {
    return Fail(ErrorKind::kNotFound, "AWS profile {} is not in {} and {}", place.profile,
                place.credentials_file, place.config_file);
  }
  ProfileSettings settings = std::move(credentials[place.profile]);
  settings.merge(config[place.profile]);
  return settings;
}

std::unique_ptr<CredentialsProvider> ProfileCredentials(ProfilePlace place,
                                                        CredentialSources sources) {
  return std::make_unique<FromProfile>(std::move(place), std::move(sources), 0);
}

std::unique_ptr<CachedCredentials> DefaultCredentials(const std::string& profile,
                                                      LookUpVariable variables, Clock& clock) {
  return std::make_unique<CachedCredentials>(
      std::make_unique<DefaultChain>(profile, std::move(variables), clock), clock);
}

std::string RegionInForce(const ProfilePlace& place, const LookUpVariable& variables) {
  std::string region = First(variables, {"AWS_REGION", "AWS_DEFAULT_REGION"});
  if (!region.empty()) return region;
  const auto settings = LoadProfile(place);
  if (!settings) return {};
  const auto at = settings->find("region");
  return at == settings->end() ? std::string() : at->second;
}

}  // namespace pinlake
