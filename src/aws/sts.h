// Credentials of an assumed role, from the AWS Security Token Service.
#pragma once

#include <memory>
#include <string>

#include "aws/credentials.h"
#include "base/clock.h"
#include "http/client.h"

namespace pinlake {

struct AssumeRole {
  std::string role_arn;
  std::string session_name;
  std::string external_id;  ///< empty: none
  /// Empty: the global endpoint, signed for us-east-1.
  std::string region;
  /// Instead of AWS's endpoint, e.g. a test server.
  std::string endpoint;
};

/// Asks with AssumeRole, signed by what \p base gives. kPermissionDenied, kUnauthenticated: STS
/// said no, in its words. kThrottled, kUnavailable: may be asked again. \p client and \p clock
/// outlive the provider. \see docs.aws.amazon.com/STS, API version 2011-06-15
std::unique_ptr<CredentialsProvider> AssumeRoleCredentials(
    std::unique_ptr<CredentialsProvider> base, AssumeRole role, HttpClient& client, Clock& clock);

struct CallerIdentity {
  std::string arn, account, user_id;
};

/// Whose \p credentials are, by GetCallerIdentity; anybody may ask for his own. \p region and \p
/// endpoint as in AssumeRole; errors as above.
Result<CallerIdentity> AskCallerIdentity(const Credentials& credentials, const std::string& region,
                                         const std::string& endpoint, HttpClient& client,
                                         Clock& clock, std::stop_token stop = {});

struct WebIdentity {
  AssumeRole role;
  /// Read again each time: it is replaced before it ends.
  std::string token_file;
};

/// Asks with AssumeRoleWithWebIdentity, unsigned, as pods of EKS do. Errors as above;
/// kInvalidArgument names the file.
std::unique_ptr<CredentialsProvider> WebIdentityCredentials(WebIdentity identity,
                                                            HttpClient& client);

/// The credentials in an answer of STS. kUnavailable if it holds none.
Result<Credentials> ParseStsCredentials(std::string_view xml, std::string_view source);

}  // namespace pinlake
