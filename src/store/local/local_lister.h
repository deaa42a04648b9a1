// Lists the files below a directory as object keys, in byte order, in bounded memory.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/object_store.h"

namespace pinlake {

/// Walks a directory tree from any key on. Per directory it holds at most kWindowNames names, the
/// next ones in order; the window of a big directory is kept for the next page, and used only if
/// the directory has not changed since. Thread-safe.
class LocalLister {
 public:
  static constexpr size_t kWindowNames = 65'536;

  /// \p window_names: how many names of a directory are held at once.
  explicit LocalLister(std::string root, size_t window_names = kWindowNames)
      : root_(std::move(root)), window_names_(window_names) {}

  Result<ListPage> List(std::string_view prefix, const std::optional<ObjectKey>& start_after,
                        size_t limit);

 private:
  struct Window;
  class Walk;

  std::shared_ptr<const Window> Kept() const;
  void Keep(std::shared_ptr<const Window> window);

  const std::string root_;
  const size_t window_names_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Window> kept_;
};

}  // namespace pinlake
