// One call to S3: sign, send, read the refusal, try again where that is safe.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "aws/credentials.h"
#include "aws/sigv4.h"
#include "base/clock.h"
#include "base/rng.h"
#include "http/client.h"
#include "store/s3/s3_errors.h"
#include "store/s3/s3_location.h"

namespace pinlake {

struct S3RetryOptions {
  int attempts_max = 4;       ///< the first included
  Millis backoff{100};        ///< before attempt n + 1: random in [0, backoff * 2^(n-1)]
  Millis backoff_max{5'000};  ///< the upper end of that never exceeds this
};

/// How a body is protected on its way.
enum class S3Checksum {
  kSha256,  ///< its digest is signed
  kCrc32c,  ///< x-amz-checksum-crc32c, signed; the body itself is not
  kMd5,     ///< Content-MD5, signed; the body itself is not
  kNone,    ///< unsigned
};

/// What may be done with a call whose outcome is not known.
enum class S3Repeat {
  kFreely,     ///< doing it twice is doing it once
  kIfNotDone,  ///< only when it was certainly not executed: conditional puts, creations
};

struct S3Call {
  std::string_view method;
  std::string path;
  QueryParameters query;
  HttpFields fields;
  std::string_view body;
  S3Checksum checksum = S3Checksum::kSha256;
  S3Repeat repeat = S3Repeat::kFreely;
  std::string what;  ///< for messages: "PUT s3://bucket/key"
  size_t answer_bytes_max = 64 << 20;
  /// A status that is an answer to the caller and no error, e.g. 416.
  int also_fine = 0;
};

/// Thread-safe.
class S3Client {
 public:
  struct Parts {
    S3Location location;
    std::string region;
    S3RetryOptions retry;
    HttpClientOptions http;
    std::shared_ptr<CachedCredentials> credentials;
    Clock* clock = nullptr;
    std::stop_token stop;  ///< ends waits of every call
  };
  explicit S3Client(Parts parts);

  /// Status 2xx, or the error of S3ErrorOf after the attempts that were allowed.
  Result<ClientResponse> Call(const S3Call& call);
  const S3Location& location() const { return parts_.location; }

 private:
  Result<ClientResponse> Attempt(const S3Call& call, std::string_view query, bool& expired);
  Result<HttpFields> Signed(const S3Call& call, std::string_view query, int64_t now_ms,
                            std::string& key_id);
  Status Wait(int attempt);

  const Parts parts_;
  const std::string host_;
  HttpClient http_;
  SigV4Signer signer_;
  std::mutex rng_mutex_;
  Rng rng_;
};

}  // namespace pinlake
