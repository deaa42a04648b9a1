// Credentials of a role that a store's options name.
#pragma once

#include <memory>
#include <string>

#include "aws/credentials.h"
#include "aws/sts.h"
#include "http/client.h"

namespace pinlake {

/// Keys of \p role, asked of STS with those of \p base and kept until shortly before they end.
/// \p http: time-outs and authorities for STS. \p clock outlives it. Errors as of
/// AssumeRoleCredentials.
std::shared_ptr<CachedCredentials> RoleCredentials(std::shared_ptr<CachedCredentials> base,
                                                   AssumeRole role, HttpClientOptions http,
                                                   Clock& clock);

}  // namespace pinlake
