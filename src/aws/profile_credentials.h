// Credentials and region of a profile in the shared AWS files.
#pragma once

#include <memory>
#include <string>

#include "aws/credentials.h"
#include "aws/profile_file.h"

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

/// The profile's aws_access_key_id and aws_secret_access_key. kNotFound: the profile was not asked
/// for by name and does not exist or has no keys. kUnsupported names the setting (role_arn,
/// sso_session, credential_process …) by which the profile gets its keys, if that is not its own
/// two keys.
std::unique_ptr<CredentialsProvider> ProfileCredentials(ProfilePlace place);

/// AWS_REGION, AWS_DEFAULT_REGION, else the profile's `region`; empty if none says.
std::string RegionInForce(const ProfilePlace& place, const LookUpVariable& variables);

}  // namespace pinlake
