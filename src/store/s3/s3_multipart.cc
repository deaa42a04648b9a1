// Multipart uploads of the S3 store.
#include "store/s3/s3_fields.h"
#include "store/s3/s3_store.h"
#include "store/store_rules.h"

namespace pinlake {
Result<MultipartUpload> S3Store::CreateMultipart(const ObjectKey& key, const PutOptions& options) {
  RETURN_IF_ERROR(CheckKey(key));
  RETURN_IF_ERROR(CheckPutOptions(options));
  S3Call call = CallFor("POST", key);
  call.query = {{"uploads", ""}};
  call.repeat = S3Repeat::kIfNotDone;
  AddPutOptions(options, call.fields);
  AddCreationFields(settings_, call.fields);
  ASSIGN_OR_RETURN(const ClientResponse answer, client_.Call(call));
  bucket_seen_ = true;
  auto id = ParseUploadId(answer.body);
  if (!id) return Fail(std::move(id).error().In(call.what));
  return MultipartUpload{key, std::move(*id),
                         ParseHttpTime(answer.fields.Find("date").value_or("")).value_or(0)};
}

// A part's body is signed whatever the checksum for whole objects: other checksums of parts would
// have to be announced at creation and repeated at completion.
Result<UploadedPart> S3Store::UploadPart(const MultipartUpload& upload, int32_t number,
                                         std::string_view body) {
  RETURN_IF_ERROR(CheckKey(upload.key));
  if (number < 1 || number > kPartNumberMax) {
    return Fail(ErrorKind::kInvalidArgument, "part number {} is not 1 to {}", number,
                kPartNumberMax);
  }
  S3Call call = CallFor("PUT", upload.key);
  AddCustomerKey(settings_, call.fields);
  call.query = {{"partNumber", std::to_string(number)}, {"uploadId", upload.upload_id}};
  call.body = body;
  ASSIGN_OR_RETURN(const ClientResponse answer, client_.Call(call));
  return UploadedPart{number, PlainEtag(answer.fields.Find("etag").value_or(""))};
}

Result<PutAnswer> S3Store::CompleteMultipart(const MultipartUpload& upload,
                                             const std::vector<UploadedPart>& parts,
                                             bool if_absent) {
  RETURN_IF_ERROR(CheckKey(upload.key));
  RETURN_IF_ERROR(CheckParts(parts));
  const std::string body = RenderComplete(parts);
  S3Call call = CallFor("POST", upload.key);
  call.query = {{"uploadId", upload.upload_id}};
  call.body = body;
  // Done once, the upload is gone: a second completion would say so, whoever did the first.
  call.repeat = S3Repeat::kIfNotDone;
  call.fields.Add("Content-Type", "application/xml");
  if (if_absent) call.fields.Add("If-None-Match", "*");
  ASSIGN_OR_RETURN(const ClientResponse answer, client_.Call(call));
  auto complete = ParseComplete(answer.body);
  // 200 came, and then something else than an answer: it may be done.
  if (!complete) {
    return Fail(ErrorKind::kUnknownOutcome, "{}: {}", call.what, complete.error().message());
  }
  if (complete->error) {
    return Fail(
        S3ErrorOf({.what = call.what, .bucket = client_.location().bucket, .changes_once = true},
                  {.status = 500}, *complete->error));
  }
  return PutAnswer{complete->etag};
}

Status S3Store::AbortMultipart(const MultipartUpload& upload) {
  RETURN_IF_ERROR(CheckKey(upload.key));
  S3Call call = CallFor("DELETE", upload.key);
  call.query = {{"uploadId", upload.upload_id}};
  const auto answer = client_.Call(call);
  if (answer || answer.error().kind() == ErrorKind::kNotFound) return {};
  return Fail(answer.error());
}

Result<std::vector<MultipartUpload>> S3Store::ListMultiparts(std::string_view prefix) {
  const std::string& place = client_.location().prefix;
  std::vector<MultipartUpload> all;
  S3UploadsAnswer page;
  do {
    S3Call call = BucketCall("GET");
    call.query = {{"uploads", ""}, {"prefix", place + std::string(prefix)}};
    if (page.truncated) {
      call.query.emplace_back("key-marker", page.next_key);
      call.query.emplace_back("upload-id-marker", page.next_upload_id);
    }
    ASSIGN_OR_RETURN(const ClientResponse answer, client_.Call(call));
    auto parsed = ParseListUploads(answer.body, place.size());
    if (!parsed) return Fail(std::move(parsed).error().In(call.what));
    page = std::move(*parsed);
    all.insert(all.end(), page.uploads.begin(), page.uploads.end());
    if (page.truncated && page.next_key.empty()) {
      return Fail(ErrorKind::kCorruption, "{}: a page that does not say where the next one starts",
                  call.what);
    }
  } while (page.truncated);
  return all;
}

}  // namespace pinlake
