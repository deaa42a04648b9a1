// AWS Signature Version 4, in the Authorization header.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/credentials.h"
#include "aws/digest.h"
#include "http/client_message.h"

namespace pinlake {

/// Instead of the body's digest: the transport (TLS) or a checksum header vouches for the body.
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

/// Names and values as they mean, not encoded.
using QueryParameters = std::vector<std::pair<std::string, std::string>>;

/// Sorted and encoded as the signature wants it; at the same time a query to send (without '?').
std::string CanonicalQuery(const QueryParameters& parameters);

/// "20130524T000000Z" of milliseconds since 1970.
std::string AmzDate(int64_t wall_ms);

/// What of a request is signed, besides its fields.
struct SigV4Request {
  std::string_view method;
  std::string_view path;          ///< as in the request line: percent-encoded where S3 is asked
  std::string_view query;         ///< of CanonicalQuery
  std::string_view host;          ///< as in the Host field
  std::string_view payload_hash;  ///< lower-case hex of the body's SHA-256, or kUnsignedPayload
};

/// Signs requests to one service in one region. Thread-safe; keeps the day's key.
/// \see docs.aws.amazon.com, "Create a signed AWS API request"; tests/golden/sigv4
class SigV4Signer {
 public:
  struct Rules {
    /// S3 alone: the path is signed as sent, neither normalised nor encoded a second time.
    bool path_as_sent = false;
    /// S3 asks for x-amz-content-sha256.
    bool content_hash_field = false;
  };
  SigV4Signer(std::string region, std::string service, Rules rules)
      : region_(std::move(region)), service_(std::move(service)), rules_(rules) {}
  /// With S3's rules.
  static SigV4Signer ForS3(std::string region) {
    return {std::move(region), "s3", {.path_as_sent = true, .content_hash_field = true}};
  }
  SigV4Signer(SigV4Signer&& other) noexcept
      : region_(other.region_), service_(other.service_), rules_(other.rules_) {}

  /// Signs all of \p fields and the host, and adds X-Amz-Date, X-Amz-Security-Token (if there is
  /// one), X-Amz-Content-Sha256 (by the rules) and Authorization. Fields added later are not
  /// signed.
  void Sign(const Credentials& credentials, int64_t wall_ms, const SigV4Request& request,
            HttpFields& fields);

  /// The query of a presigned URL: \p parameters and what the signature adds, X-Amz-Signature last.
  /// Only the host field is signed, the body is empty. Sent in botocore's order, signed in the
  /// sorted one.
  std::string PresignedQuery(const Credentials& credentials, int64_t wall_ms,
                             std::string_view method, std::string_view host, std::string_view path,
                             QueryParameters parameters, int64_t expires_s);

  const std::string& region() const { return region_; }

 private:
  struct DayKey {
    std::string date;
    std::string access_key_id;
    Secret secret;
    Sha256Digest key{};
  };
  std::string ScopeOf(std::string_view date) const;
  /// Lower-case hex over a canonical request.
  std::string SignatureOf(const Credentials& credentials, std::string_view stamp,
                          std::string_view canonical_request);
  Sha256Digest KeyOf(const Credentials& credentials, std::string_view date);

  const std::string region_;
  const std::string service_;
  const Rules rules_;
  std::mutex mutex_;
  DayKey day_;
};

}  // namespace pinlake
