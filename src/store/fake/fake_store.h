// An ObjectStore in memory whose every call can be made to fail, and how.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/object_store.h"

namespace pinlake {

enum class StoreOperation {
  kPutIfAbsent,
  kPut,
  kHead,
  kGet,
  kList,
  kDelete,
  kCreateMultipart,
  kUploadPart,
  kCompleteMultipart,
  kAbortMultipart,
  kListMultiparts,
  kCheckReachable,
};
std::string_view Name(StoreOperation operation);

/// One call, as the one who decides about faults sees it.
struct StoreCall {
  StoreOperation operation;
  std::string key;  ///< or the prefix of a list
  uint64_t number;  ///< of this call, from 0, over all operations
};

enum class StoreFault {
  kNone,
  kUnavailable,     ///< not done: kUnavailable
  kThrottled,       ///< not done: kThrottled
  kConflict,        ///< not done: kConflict (409); only meant for conditional puts
  kUnknownNotDone,  ///< not done, but the caller can't know: kUnknownOutcome
  kUnknownDone,     ///< done, and the answer lost: kUnknownOutcome
  kUnknownLate,     ///< the answer lost, and done only when DeliverLate is called: kUnknownOutcome
};

/// Thread-safe. Answers to kUnknown… of calls that change nothing are kUnavailable, as of real
/// stores.
class FakeStore final : public ObjectStore {
 public:
  using Decide = std::function<StoreFault(const StoreCall&)>;

  explicit FakeStore(Clock& clock = SystemClock()) : clock_(clock) {}

  /// Asked before every call, without the store's lock; empty: no faults.
  void SetFaults(Decide decide);
  /// Does the oldest \p count deeds that were held back, as an old server thread would: a
  /// conditional put still does not replace. \return how many were done.
  size_t DeliverLate(size_t count = SIZE_MAX);
  size_t late() const;
  uint64_t calls() const;
  /// A store without conditional puts: PutIfAbsent answers kUnsupported.
  void ForgetConditionalPut() { conditional_ = false; }
  /// How often an object was created or replaced, by key: an immutable one has 1.
  uint64_t writes(const ObjectKey& key) const;
  /// Empty if there is no such object.
  std::vector<std::pair<std::string, std::string>> TagsOf(const ObjectKey& key) const;
  /// Replaces what is there, as an administrator would; for tests of corruption.
  void Overwrite(const ObjectKey& key, std::string body, ObjectMetadata metadata);

  Result<PutAnswer> PutIfAbsent(const ObjectKey& key, std::string_view body,
                                const PutOptions& options) override;
  Result<PutAnswer> Put(const ObjectKey& key, std::string_view body,
                        const PutOptions& options) override;
  Result<ObjectInfo> Head(const ObjectKey& key) override;
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
  Result<bool> ProbeConditionalPut() override { return conditional_; }
  std::string Describe() const override { return "fake store"; }

 private:
  struct Object {
    std::string body;
    PutOptions options;
    std::string etag;
    int64_t modified_ms = 0;
  };
  struct Upload {
    MultipartUpload what;
    PutOptions options;
    std::map<int32_t, Object> parts;
  };

  template <typename T>
  Result<T> Run(StoreOperation operation, const std::string& key, bool changes,
                std::function<Result<T>()> deed);
  Result<PutAnswer> Store(const ObjectKey& key, std::string body, const PutOptions& options,
                          bool if_absent);
  Result<PutAnswer> Complete(const MultipartUpload& upload, const std::vector<UploadedPart>& parts,
                             bool if_absent);
  Result<PutAnswer> PutAs(StoreOperation operation, const ObjectKey& key, std::string_view body,
                          const PutOptions& options);

  Clock& clock_;
  bool conditional_ = true;
  mutable std::mutex mutex_;
  Decide decide_;
  uint64_t calls_ = 0;
  uint64_t next_id_ = 1;
  std::map<std::string, Object> objects_;
  std::map<std::string, uint64_t> writes_;
  std::map<std::string, Upload> uploads_;
  std::vector<std::function<void()>> late_;
};

}  // namespace pinlake
