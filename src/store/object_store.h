// ObjectStore: named, immutable bytes. S3, a directory, or the fake of tests.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/strong.h"

namespace pinlake {

/// The whole name of an object in its store, at most 1,024 bytes of UTF-8 (with the prefix of a
/// store opened on `s3://bucket/prefix`, which the store puts in front by itself). Without control
/// characters.
using ObjectKey = Strong<std::string, struct ObjectKeyTag>;
/// Lower-case names without the `x-amz-meta-` prefix; ASCII; 2 KiB in all, as S3 allows.
using ObjectMetadata = std::map<std::string, std::string>;

/// What is set on an object beside its bytes.
struct PutOptions {
  ObjectMetadata metadata;
  std::string content_type;
  std::string content_encoding;
  /// At most 10 of up to 128 and 256 characters, put with the object in one request. Stores without
  /// tags leave them out.
  std::vector<std::pair<std::string, std::string>> tags;
  /// A server that refuses to tag refuses the object; else the object is put without tags.
  bool tags_required = false;
};

struct PutAnswer {
  std::string etag;  ///< opaque, without quotes
};

struct ObjectInfo {
  ObjectKey key;
  uint64_t size = 0;
  std::string etag;
  int64_t modified_ms = 0;
  ObjectMetadata metadata;  ///< empty in lists
};

struct ListPage {
  std::vector<ObjectInfo> objects;  ///< by key, byte order
  /// Last key of this page if there are more; give it as start_after.
  std::optional<ObjectKey> more_after;
};

struct MultipartUpload {
  ObjectKey key;
  std::string upload_id;
  int64_t started_ms = 0;
};
struct UploadedPart {
  int32_t number = 0;  ///< from 1
  std::string etag;
};

/// Implementations: S3Store (store/s3), LocalStore (store/local), FakeStore (store/fake). All pass
/// tests/contract/object_store_contract.h. Blocking, thread-safe. Errors of every call: kThrottled
/// (SlowDown, 429), kUnavailable (5xx, time-outs before sending, refused connections),
/// kUnknownOutcome (sent, no answer), kUnauthenticated (wrong or expired credentials, clock skew),
/// kPermissionDenied, kNotFound (object or bucket, the message says which), kInvalidArgument.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  /// Creates the object if no object of that name exists.
  /// kAlreadyExists (412): look at it with Head. kConflict (409): another upload of the name is
  /// under way; a new put may succeed. kUnsupported: this store has no conditional put.
  virtual Result<PutAnswer> PutIfAbsent(const ObjectKey& key, std::string_view body,
                                        const PutOptions& options) = 0;
  /// Creates or replaces.
  virtual Result<PutAnswer> Put(const ObjectKey& key, std::string_view body,
                                const PutOptions& options) = 0;
  virtual Result<ObjectInfo> Head(const ObjectKey& key) = 0;
  /// Bytes [first, first + size), or all from first on when \p size is none; fewer at the end of
  /// the object, none beyond it.
  virtual Result<std::string> Get(const ObjectKey& key, uint64_t first = 0,
                                  std::optional<uint64_t> size = {}) = 0;
  /// At most \p limit (up to 1,000) objects whose key starts with \p prefix and is greater than \p
  /// start_after.
  virtual Result<ListPage> List(std::string_view prefix,
                                const std::optional<ObjectKey>& start_after = {},
                                size_t limit = 1000) = 0;
  /// No error if there is none.
  virtual Status Delete(const ObjectKey& key) = 0;

  // Multipart. kUnsupported where a store has none; kNotFound: the upload is not there (any more).
  // Parts but the last have at least 5 MiB on S3.
  virtual Result<MultipartUpload> CreateMultipart(const ObjectKey& key,
                                                  const PutOptions& options) = 0;
  virtual Result<UploadedPart> UploadPart(const MultipartUpload& upload, int32_t number,
                                          std::string_view body) = 0;
  /// \p if_absent as PutIfAbsent.
  virtual Result<PutAnswer> CompleteMultipart(const MultipartUpload& upload,
                                              const std::vector<UploadedPart>& parts,
                                              bool if_absent) = 0;
  virtual Status AbortMultipart(const MultipartUpload& upload) = 0;
  virtual Result<std::vector<MultipartUpload>> ListMultiparts(std::string_view prefix) = 0;

  /// The place is there and can be reached: HEAD bucket, or the directory. kNotFound names the
  /// bucket.
  virtual Status CheckReachable() = 0;
  /// Finds out by trial whether PutIfAbsent refuses to replace; the probe object is removed again.
  virtual Result<bool> ProbeConditionalPut() = 0;
  /// "s3://bucket/prefix" or "file:///dir", for messages. Holds no secret.
  virtual std::string Describe() const = 0;
};

}  // namespace pinlake
