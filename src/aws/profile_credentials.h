// Credentials and region of a profile in the shared AWS files.
#pragma once

#include <memory>
#include <string>

#include "aws/credentials.h"
#include "aws/profile_file.h"
#include "base/clock.h"
#include "http/client.h"

namespace pinlake {

/// Where the profile stands, as the AWS tools find it.
struct ProfilePlace {
  std::string profile;           ///< given, else AWS_PROFILE, AWS_DEFAULT_PROFILE, "default"
  bool named = false;            ///< somebody asked for it by name: its absence is an error
  std::string credentials_file;  ///< AWS_SHARED_CREDENTIALS_FILE, else ~/.aws/credentials
  std::string config_file;       ///< AWS_CONFIG_FILE, else ~/.aws/config
};
/// \p profile empty: as the variables say.
ProfilePlace FindProfile(const std::string& profile, const LookUpVariable& variables);

/// Settings of the profile in both files, those of the credentials file winning. kNotFound: no such
/// profile. kInvalidArgument: a file that cannot be read, with its line.
Result<ProfileSettings> LoadProfile(const ProfilePlace& place);

/// What sources ask that are not on this machine. All outlive the providers.
struct CredentialSources {
  LookUpVariable variables;
  HttpClient& client;
  Clock& clock;
};

/// The profile's keys: its own two, or by role_arn (with source_profile or credential_source, or
/// web_identity_token_file), or by credential_process. kNotFound: the profile was not asked for by
/// name and does not exist or has no keys. kUnsupported names the setting (sso_session …) by which
/// the profile gets its keys, if it is none of these. kInvalidArgument: settings that do not fit
/// together, or source profiles in a circle.
std::unique_ptr<CredentialsProvider> ProfileCredentials(ProfilePlace place,
                                                        CredentialSources sources);

/// \p profile if named, else environment, web identity (AWS_WEB_IDENTITY_TOKEN_FILE), the profile
/// in force, container, EC2 instance: the first that has any, kept until shortly before they end.
std::unique_ptr<CachedCredentials> DefaultCredentials(const std::string& profile,
                                                      LookUpVariable variables, Clock& clock);

/// AWS_REGION, AWS_DEFAULT_REGION, else the profile's `region`; empty if none says.
std::string RegionInForce(const ProfilePlace& place, const LookUpVariable& variables);

}  // namespace pinlake
