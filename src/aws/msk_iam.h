// Tokens with which Kafka clients sign in to Amazon MSK.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "base/secret.h"

namespace pinlake {

/// How long a token holds, from its signing.
inline constexpr int64_t kMskTokenSeconds = 900;

struct MskToken {
  /// For SASL/OAUTHBEARER.
  Secret token;
  int64_t expires_ms = 0;  ///< since 1970
};

/// A presigned URL of kafka-cluster:Connect in \p region as base64url without padding. \p
/// user_agent is told, not signed. \see reference vectors in tests/golden/msk_iam
MskToken SignMskToken(const Credentials& credentials, std::string_view region, int64_t wall_ms,
                      std::string_view user_agent);

}  // namespace pinlake
