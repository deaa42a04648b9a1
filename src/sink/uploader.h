// Stores objects beside the thread that decides.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/object_store.h"

namespace pinlake {

struct UploadJob {
  uint64_t id = 0;
  ObjectKey key;
  std::shared_ptr<const std::string> body;
  PutOptions options;
  /// False where the store has no conditional put: it is looked for first, which is weaker.
  bool conditional = true;
  /// Set once the assignment that it belongs to is over: then it is not sent any more.
  std::shared_ptr<const std::atomic<bool>> over;
};

struct UploadAnswer {
  uint64_t id = 0;
  /// None: stored. Else what exists under that name already. kCancelled: not sent.
  Result<std::optional<ObjectInfo>> result;
};

/// Runs jobs in any order; each is answered at least once. Owned by one thread.
class Uploader {
 public:
  virtual ~Uploader() = default;
  virtual void Submit(UploadJob job) = 0;
  /// The answers there are, waiting up to \p wait for the first.
  virtual std::vector<UploadAnswer> Take(Millis wait) = 0;
};

/// One attempt: put if absent, and where that is refused, a look at what exists.
Result<std::optional<ObjectInfo>> StoreOnce(ObjectStore& store, const UploadJob& job);

/// \p threads threads over a blocking store. Destroying it waits for the attempts under way and
/// drops the others.
std::unique_ptr<Uploader> MakeThreadedUploader(ObjectStore& store, int threads);

}  // namespace pinlake
