#include "aws/profile_credentials.h"

#include <algorithm>
#include <initializer_list>

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

/// How a profile can get keys that are not its own, in the order in which the AWS tools look.
constexpr std::string_view kOtherWays[] = {
    "role_arn",       "web_identity_token_file", "sso_session",    "sso_start_url",
    "sso_account_id", "credential_process",      "source_profile", "credential_source"};

class FromProfile final : public CredentialsProvider {
 public:
  explicit FromProfile(ProfilePlace place) : place_(std::move(place)) {}

  Result<Credentials> Get(std::stop_token) override {
    auto settings = LoadProfile(place_);
    if (!settings) {
      const bool wrong = place_.named && settings.error().kind() == ErrorKind::kNotFound;
      return wrong ? Fail(ErrorKind::kInvalidArgument, "{}", settings.error().message())
                   : Fail(std::move(settings).error());
    }
    for (const std::string_view way : kOtherWays) {
      if (!settings->contains(std::string(way))) continue;
      return Fail(ErrorKind::kUnsupported,
                  "AWS profile {} gets its credentials by {}, which is not supported; put "
                  "aws_access_key_id and aws_secret_access_key in it, or set AWS_ACCESS_KEY_ID and "
                  "AWS_SECRET_ACCESS_KEY",
                  place_.profile, way);
    }
    return Keys(*settings);
  }

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

  const ProfilePlace place_;
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

std::unique_ptr<CredentialsProvider> ProfileCredentials(ProfilePlace place) {
  return std::make_unique<FromProfile>(std::move(place));
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
