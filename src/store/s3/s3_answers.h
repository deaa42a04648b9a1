// What S3's answers say: lists, uploads, errors, times. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/object_store.h"

namespace pinlake {

/// The body of an error. Fields are empty where the server says nothing.
struct S3Error {
  std::string code;
  std::string message;
  std::string region;       ///< the right one, where the request went to another
  std::string server_time;  ///< with RequestTimeTooSkewed
  bool operator==(const S3Error&) const = default;
};
/// Empty fields if \p body is no error of S3's.
S3Error ParseS3Error(std::string_view body);

struct S3ListAnswer {
  ListPage page;  ///< keys without \p prefix_bytes at their start
  bool truncated = false;
};
/// A ListBucketResult. kCorruption: not one, or a key shorter than the prefix that was asked for.
Result<S3ListAnswer> ParseListObjects(std::string_view body, size_t prefix_bytes);

struct S3UploadsAnswer {
  std::vector<MultipartUpload> uploads;
  std::string next_key;
  std::string next_upload_id;
  bool truncated = false;
};
/// A ListMultipartUploadsResult.
Result<S3UploadsAnswer> ParseListUploads(std::string_view body, size_t prefix_bytes);

/// UploadId of an InitiateMultipartUploadResult.
Result<std::string> ParseUploadId(std::string_view body);

/// The answer to CompleteMultipartUpload: S3 begins it with 200 before it knows, so it may hold an
/// error. \return the etag, or the error.
struct S3CompleteAnswer {
  std::string etag;
  std::optional<S3Error> error;
};
Result<S3CompleteAnswer> ParseComplete(std::string_view body);

std::string RenderComplete(const std::vector<UploadedPart>& parts);

/// Without quotes and `W/`.
std::string PlainEtag(std::string_view etag);
/// "2013-05-24T00:00:00.000Z" in milliseconds since 1970; none if it is no such time.
std::optional<int64_t> ParseIsoTime(std::string_view text);
/// "Fri, 24 May 2013 00:00:00 GMT".
std::optional<int64_t> ParseHttpTime(std::string_view text);

}  // namespace pinlake
