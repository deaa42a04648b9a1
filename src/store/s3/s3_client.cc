#include "store/s3/s3_client.h"

#include <algorithm>

#include "base/crc32c.h"

namespace pinlake {
namespace {

bool MayRepeat(ErrorKind kind, S3Repeat repeat) {
  switch (kind) {
    case ErrorKind::kThrottled:
    case ErrorKind::kUnavailable:
      return true;
    case ErrorKind::kUnknownOutcome:
      return repeat == S3Repeat::kFreely;
    case ErrorKind::kInvalidArgument:
    case ErrorKind::kUnauthenticated:
    case ErrorKind::kPermissionDenied:
    case ErrorKind::kNotFound:
    case ErrorKind::kAlreadyExists:
    case ErrorKind::kConflict:
    case ErrorKind::kFenced:
    case ErrorKind::kUnsupported:
    case ErrorKind::kOutOfSpace:
    case ErrorKind::kCancelled:
    case ErrorKind::kCorruption:
    case ErrorKind::kInternal:
      return false;
  }
  return false;
}

/// What is signed for the body; adds the checksum's header.
std::string PayloadHash(const S3Call& call, HttpFields& fields) {
  switch (call.checksum) {
    case S3Checksum::kSha256:
      return LowerHex(Sha256(call.body));
    case S3Checksum::kCrc32c:
      fields.Add("X-Amz-Checksum-Crc32c", Base64(Crc32c(call.body)));
      break;
    case S3Checksum::kMd5:
      fields.Add("Content-MD5", Base64(Md5(call.body)));
      break;
    case S3Checksum::kNone:
      break;
  }
  return std::string(kUnsignedPayload);
}

}  // namespace

S3Client::S3Client(Parts parts)
    : parts_(std::move(parts)),
      host_(parts_.location.origin.HostField()),
      http_(parts_.http),
      signer_(SigV4Signer::ForS3(parts_.region)),
      rng_(Rng::FromSystem()) {}

Result<ClientResponse> S3Client::Call(const S3Call& call) {
  const std::string query = CanonicalQuery(call.query);
  bool renewed = false;
  for (int attempt = 1;; ++attempt) {
    bool expired = false;
    auto answer = Attempt(call, query, expired);
    if (answer) return answer;
    if (expired && !renewed) {
      parts_.credentials->Invalidate();
      renewed = true;
      continue;
    }
    if (attempt >= parts_.retry.attempts_max || !MayRepeat(answer.error().kind(), call.repeat)) {
      return attempt == 1
                 ? std::move(answer)
                 : Fail(std::move(answer).error().In(fmt::format("after {} attempts", attempt)));
    }
    RETURN_IF_ERROR(Wait(attempt));
  }
}

Result<HttpFields> S3Client::Signed(const S3Call& call, std::string_view query, int64_t now_ms,
                                    std::string& key_id) {
  ASSIGN_OR_RETURN(const Credentials credentials, parts_.credentials->Get(parts_.stop));
  HttpFields fields = call.fields;
  const std::string hash = PayloadHash(call, fields);
  signer_.Sign(credentials, now_ms,
               {.method = call.method,
                .path = call.path,
                .query = query,
                .host = host_,
                .payload_hash = hash},
               fields);
  key_id = credentials.access_key_id;
  return fields;
}

Result<ClientResponse> S3Client::Attempt(const S3Call& call, std::string_view query,
                                         bool& expired) {
  const bool once = call.repeat == S3Repeat::kIfNotDone;
  S3Asked asked{.what = call.what,
                .bucket = parts_.location.bucket,
                .region = parts_.region,
                .changes_once = once,
                .sent_ms = parts_.clock->WallMs()};
  ClientRequest request{.method = call.method,
                        .target = call.path,
                        .repeatable = !once,
                        .body_bytes_max = call.answer_bytes_max};
  ASSIGN_OR_RETURN(request.fields, Signed(call, query, asked.sent_ms, asked.access_key_id));
  if (!query.empty()) request.target.append("?").append(query);
  if (!call.body.empty()) request.body.push_back(call.body);
  auto answer = http_.Send(parts_.location.origin, request, parts_.stop);
  if (!answer) return Fail(std::move(answer).error().In(call.what));
  if (answer->status < 300 || answer->status == call.also_fine) return answer;
  const S3Error error = ParseS3Error(answer->body);
  expired = IsExpiredToken(error);
  return Fail(S3ErrorOf(asked, *answer, error));
}

Status S3Client::Wait(int attempt) {
  const int64_t doubled = parts_.retry.backoff.count() << std::min(attempt - 1, 20);
  const int64_t most = std::min(doubled, parts_.retry.backoff_max.count());
  int64_t ms = 0;
  {
    std::lock_guard lock(rng_mutex_);
    ms = rng_.Between(0, most);
  }
  if (parts_.clock->SleepFor(Millis(ms), parts_.stop)) return {};
  return Fail(ErrorKind::kCancelled, "stopped while waiting to ask {} again",
              parts_.location.Text());
}

}  // namespace pinlake
