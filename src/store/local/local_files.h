// The few calls of POSIX that a directory of objects needs, with errors as values.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace pinlake {

/// Owns a descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// "what path: reason of errno", of the kind that \p error means for a store.
tl::unexpected<Error> FailErrno(std::string_view what, const std::string& path, int error);

Result<Descriptor> OpenPath(const std::string& path, int flags);
Status WriteAll(int fd, std::string_view data, const std::string& path);
Result<std::string> ReadRange(int fd, uint64_t first, uint64_t size, const std::string& path);
/// Appends all of \p from to \p to, inside the kernel where it can.
Status CopyAll(int from, int to, const std::string& path);
/// Makes the entries of a directory durable.
Status SyncDirectory(const std::string& path);
/// Names in \p path, without `.` and `..`; empty if it does not exist.
Result<std::vector<std::string>> NamesIn(const std::string& path);
/// Removes a folder of files (no folders in it). No error if it is not there.
Status RemoveFolder(const std::string& path);

/// What an object is known by here: inode, time of the last write, size.
std::string EtagOf(const struct stat& info);
int64_t ModifiedMs(const struct stat& info);

/// Makes directories so that they are there after a crash, and remembers which are. Thread-safe.
class DurableDirectories {
 public:
  /// \p root: what exists above it, and it itself, is taken as durable.
  explicit DurableDirectories(std::string root) : root_(std::move(root)) {}

  /// Makes \p path and its missing parents and syncs each one's parent. Below the root those that
  /// exist are synced too: another process may have only just made them. kInvalidArgument: a file
  /// is where a directory has to be.
  Status Ensure(const std::string& path);
  /// Somebody removed it.
  void Forget(const std::string& path);

 private:
  bool Knows(const std::string& path);
  void Remember(const std::string& path);

  const std::string root_;
  std::mutex mutex_;
  std::set<std::string> known_;
};

}  // namespace pinlake
