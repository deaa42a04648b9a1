// Credentials that the place where a process runs gives it: containers, EC2 instances, another
// program.
#pragma once

#include <memory>
#include <string>

#include "aws/credentials.h"
#include "base/clock.h"
#include "http/client.h"

namespace pinlake {

/// ECS and EKS: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI, with
/// AWS_CONTAINER_AUTHORIZATION_TOKEN or _TOKEN_FILE. kNotFound: neither is set. kInvalidArgument: a
/// full URI that is neither https, loopback nor a container address of AWS. \p client outlives the
/// provider.
std::unique_ptr<CredentialsProvider> ContainerCredentials(LookUpVariable variables,
                                                          HttpClient& client);

/// EC2 (IMDSv2): a session token first, then the role's keys. AWS_EC2_METADATA_DISABLED=true
/// switches it off, AWS_EC2_METADATA_SERVICE_ENDPOINT names another address. kNotFound: switched
/// off, or nobody answers there within a second.
std::unique_ptr<CredentialsProvider> InstanceCredentials(LookUpVariable variables,
                                                         HttpClient& client);

/// The program that a profile names as credential_process, run by the shell for at most a minute;
/// its standard output is the JSON that AWS documents. kUnavailable: it failed; its output never
/// appears in a message.
std::unique_ptr<CredentialsProvider> ProcessCredentials(std::string command);

/// The JSON in which all three answer. kUnavailable names the missing member.
Result<Credentials> ParseCredentialsJson(std::string_view text, std::string_view source);

}  // namespace pinlake
