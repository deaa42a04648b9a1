#include "store/s3/s3_errors.h"

#include <optional>
#include <string_view>

namespace pinlake {
namespace {

struct CodeRow {
  std::string_view code;
  ErrorKind kind;
  std::string_view sentence;  ///< empty: the server's own
};

// \see docs.aws.amazon.com/AmazonS3, "Error responses"; MinIO's and versitygw's own codes where
// they differ.
constexpr CodeRow kCodes[] = {
    {"SlowDown", ErrorKind::kThrottled, ""},
    {"SlowDownRead", ErrorKind::kThrottled, ""},
    {"SlowDownWrite", ErrorKind::kThrottled, ""},
    {"TooManyRequests", ErrorKind::kThrottled, ""},
    {"RequestLimitExceeded", ErrorKind::kThrottled, ""},
    {"ThrottlingException", ErrorKind::kThrottled, ""},
    {"BandwidthLimitExceeded", ErrorKind::kThrottled, ""},
    {"RequestTimeout", ErrorKind::kUnavailable, ""},
    {"ServiceUnavailable", ErrorKind::kUnavailable, ""},
    {"BadDigest", ErrorKind::kUnavailable, "the body was damaged on its way"},
    {"XAmzContentSHA256Mismatch", ErrorKind::kUnavailable, "the body was damaged on its way"},
    {"IncompleteBody", ErrorKind::kUnavailable, ""},
    {"ExpiredToken", ErrorKind::kUnauthenticated, "the session token has expired"},
    {"InvalidToken", ErrorKind::kUnauthenticated, "the server does not know the session token"},
    {"TokenRefreshRequired", ErrorKind::kUnauthenticated, "the session token has expired"},
    {"AccessDenied", ErrorKind::kPermissionDenied, ""},
    {"AllAccessDisabled", ErrorKind::kPermissionDenied, ""},
    {"AccountProblem", ErrorKind::kPermissionDenied, ""},
    {"NoSuchKey", ErrorKind::kNotFound, "no such object"},
    {"NoSuchUpload", ErrorKind::kNotFound, "the upload is not there (any more)"},
    {"PreconditionFailed", ErrorKind::kAlreadyExists, "the object is already there"},
    {"ConditionalRequestConflict", ErrorKind::kConflict, ""},
    {"OperationAborted", ErrorKind::kConflict, ""},
    {"NotImplemented", ErrorKind::kUnsupported, ""},
    {"XMinioStorageFull", ErrorKind::kOutOfSpace, ""},
    {"QuotaExceeded", ErrorKind::kOutOfSpace, ""},
};

std::optional<ErrorKind> KindOfStatus(int status, bool changes_once) {
  switch (status) {
    case 401:
      return ErrorKind::kUnauthenticated;
    case 403:
      return ErrorKind::kPermissionDenied;
    case 404:
      return ErrorKind::kNotFound;
    case 409:
      return ErrorKind::kConflict;
    case 412:
      return ErrorKind::kAlreadyExists;
    case 429:
      return ErrorKind::kThrottled;
    case 501:
      return ErrorKind::kUnsupported;
    case 503:
      return ErrorKind::kUnavailable;
    case 507:
      return ErrorKind::kOutOfSpace;
    default:
      if (status < 500) return std::nullopt;
      return changes_once ? ErrorKind::kUnknownOutcome : ErrorKind::kUnavailable;
  }
}

std::string ServerSays(const ClientResponse& answer, const S3Error& error) {
  std::string text = std::to_string(answer.status);
  if (!error.code.empty()) text += " " + error.code;
  if (!error.message.empty()) text += ": " + error.message;
  return text;
}

Error Skewed(const S3Asked& asked, const ClientResponse& answer, const S3Error& error) {
  auto server = ParseIsoTime(error.server_time);
  if (!server) server = ParseHttpTime(answer.fields.Find("date").value_or(""));
  std::string skew = "by more than the server allows";
  if (server) {
    const int64_t seconds = (asked.sent_ms - *server) / 1000;
    skew = fmt::format("{} seconds {} the server's", std::abs(seconds),
                       seconds < 0 ? "behind" : "ahead of");
  }
  return {
      ErrorKind::kUnauthenticated,
      fmt::format(
          "{}: this machine's clock is off, {} (RequestTimeTooSkewed); set it right, e.g. by NTP",
          asked.what, skew)};
}

Error OtherRegion(const S3Asked& asked, const ClientResponse& answer, const S3Error& error) {
  std::string region(answer.fields.Find("x-amz-bucket-region").value_or(error.region));
  if (region.empty()) region = error.region;
  return {ErrorKind::kInvalidArgument,
          region.empty()
              ? fmt::format("{}: bucket {} is not reached this way with region {}: the server "
                            "answered {}; check "
                            "store.region and store.endpoint",
                            asked.what, asked.bucket, asked.region, ServerSays(answer, error))
              : fmt::format(
                    "{}: bucket {} is in region {}, not {}; set store.region (in a connector file "
                    "s3.region) to {}",
                    asked.what, asked.bucket, region, asked.region, region)};
}

}  // namespace

bool IsExpiredToken(const S3Error& error) {
  return error.code == "ExpiredToken" || error.code == "InvalidToken" ||
         error.code == "TokenRefreshRequired";
}

Error S3ErrorOf(const S3Asked& asked, const ClientResponse& answer, const S3Error& error) {
  const bool redirected = answer.status >= 300 && answer.status < 400;
  if (redirected || error.code == "AuthorizationHeaderMalformed" ||
      error.code == "IllegalLocationConstraintException") {
    return OtherRegion(asked, answer, error);
  }
  if (error.code == "RequestTimeTooSkewed") return Skewed(asked, answer, error);
  if (error.code == "SignatureDoesNotMatch") {
    return {ErrorKind::kUnauthenticated,
            fmt::format(
                "{}: the secret access key is not that of access key {} (SignatureDoesNotMatch)",
                asked.what, asked.access_key_id)};
  }
  // versitygw has its own code for it.
  if (error.code == "InvalidAccessKeyId" || error.code == "XAdminUserNotFound") {
    return {ErrorKind::kUnauthenticated,
            fmt::format("{}: the server does not know access key {} ({})", asked.what,
                        asked.access_key_id, error.code)};
  }
  if (error.code == "NoSuchBucket") {
    return {ErrorKind::kNotFound,
            fmt::format("{}: bucket {} does not exist", asked.what, asked.bucket)};
  }
  for (const CodeRow& row : kCodes) {
    if (error.code != row.code) continue;
    const std::string why = row.sentence.empty()
                                ? "the server answered " + ServerSays(answer, error)
                                : fmt::format("{} ({})", row.sentence, row.code);
    return {row.kind, fmt::format("{}: {}", asked.what, why)};
  }
  const ErrorKind kind =
      KindOfStatus(answer.status, asked.changes_once).value_or(ErrorKind::kInvalidArgument);
  return {kind, fmt::format("{}: the server answered {}", asked.what, ServerSays(answer, error))};
}

}  // namespace pinlake
