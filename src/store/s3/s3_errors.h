// What an S3 server's refusal means for the caller.
#pragma once

#include <string>

#include "http/client_message.h"
#include "store/s3/s3_answers.h"

namespace pinlake {

/// What was asked, for the message and for codes that mean different things.
struct S3Asked {
  std::string what;  ///< "PUT s3://bucket/key"
  std::string bucket;
  std::string access_key_id;
  std::string region;  ///< the one signed for
  bool changes_once =
      false;            ///< may not be repeated blindly: a 500 leaves open whether it was done
  int64_t sent_ms = 0;  ///< our wall clock
};

/// \p answer has a status of 300 or more, or is a CompleteMultipartUpload with an error in its
/// body.
///
/// kThrottled: SlowDown, 429. kUnavailable: other 503, time-outs, and 500, 502, 504 to what may be
/// repeated. kUnknownOutcome: 500, 502, 504 to what may not. kUnauthenticated: wrong secret,
/// unknown or expired keys, a clock that is off (says by how much). kPermissionDenied. kNotFound:
/// key, bucket or upload, the message says which. kAlreadyExists 412, kConflict 409, kUnsupported
/// 501, kOutOfSpace, kInvalidArgument: the rest, also another region (names the right one).
Error S3ErrorOf(const S3Asked& asked, const ClientResponse& answer, const S3Error& error);

/// The answer calls the session's token expired or unknown: new credentials may help.
bool IsExpiredToken(const S3Error& error);

}  // namespace pinlake
