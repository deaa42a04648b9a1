// An ObjectStore in a bucket of S3 or of a server that speaks its protocol.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "store/object_store.h"
#include "store/s3/s3_client.h"
#include "store/s3/s3_object_settings.h"

namespace pinlake {

/// Thread-safe; as many requests at a time as there are threads in it, over kept connections.
///
/// Every call is tried again, with full jitter, after what S3ErrorOf calls kThrottled or
/// kUnavailable, and after an unknown outcome if doing it twice is doing it once. PutIfAbsent, a
/// conditional CompleteMultipart and CreateMultipart are not repeated after an unknown outcome (no
/// answer, 500, 502, 504): they return kUnknownOutcome, and the caller looks with Head. So
/// kAlreadyExists never means "by an earlier attempt of this very call", as attempts before it were
/// certainly not executed.
///
/// A conditional put is `If-None-Match: *`; 412 is kAlreadyExists, 409 kConflict, 501 kUnsupported.
class S3Store final : public ObjectStore {
 public:
  /// \p settings have been checked.
  S3Store(S3Client::Parts parts, S3Checksum checksum, S3ObjectSettings settings = {})
      : client_(std::move(parts)), checksum_(checksum), settings_(std::move(settings)) {}

  Result<PutAnswer> PutIfAbsent(const ObjectKey& key, std::string_view body,
                                const PutOptions& options) override;
  Result<PutAnswer> Put(const ObjectKey& key, std::string_view body,
                        const PutOptions& options) override;
  Result<ObjectInfo> Head(const ObjectKey& key) override;
  /// The answer is held in memory: kOutOfSpace over 1 GiB; ask for ranges.
  Result<std::string> Get(const ObjectKey& key, uint64_t first = 0,
                          std::optional<uint64_t> size = {}) override;
  Result<ListPage> List(std::string_view prefix, const std::optional<ObjectKey>& start_after = {},
                        size_t limit = 1000) override;
  Status Delete(const ObjectKey& key) override;
  Result<MultipartUpload> CreateMultipart(const ObjectKey& key, const PutOptions& options) override;
  Result<UploadedPart> UploadPart(const MultipartUpload& upload, int32_t number,
                                  std::string_view body) override;
  Result<PutAnswer> CompleteMultipart(const MultipartUpload& upload,
                                      const std::vector<UploadedPart>& parts,
                                      bool if_absent) override;
  Status AbortMultipart(const MultipartUpload& upload) override;
  Result<std::vector<MultipartUpload>> ListMultiparts(std::string_view prefix) override;
  Status CheckReachable() override;
  Result<bool> ProbeConditionalPut() override;
  std::string Describe() const override { return client_.location().Text(); }

 private:
  Status CheckKey(const ObjectKey& key) const;
  S3Call CallFor(std::string_view method, const ObjectKey& key) const;
  S3Call BucketCall(std::string_view method) const;
  /// What \p send answers to \p options; asked again without tags where these are refused and may
  /// be left out.
  Result<PutAnswer> WithTagsIfAllowed(
      const PutOptions& options, const std::function<Result<PutAnswer>(const PutOptions&)>& send);
  Result<PutAnswer> PutAs(const ObjectKey& key, std::string_view body, const PutOptions& options,
                          bool if_absent);
  /// Answers to HEAD have no body that would say why: asks again by GET.
  Error Explain(const ObjectKey& key, Error error);

  S3Client client_;
  const S3Checksum checksum_;
  const S3ObjectSettings settings_;
  /// It was said that the server refuses tags.
  std::atomic<bool> tags_refused_{false};
  /// The bucket has answered to something: a 404 is then about the object.
  std::atomic<bool> bucket_seen_{false};
};

}  // namespace pinlake
