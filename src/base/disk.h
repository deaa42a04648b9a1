// Everything this program asks of a disk, as one of the five seams.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pinlake {

using Path = std::string;

/// A file open for writing. One writer at a time; reading through ReadFile handles is allowed
/// meanwhile.
class WriteFile {
 public:
  virtual ~WriteFile() = default;
  /// Writes all of \p data at \p at. kOutOfSpace, kUnavailable (EIO).
  virtual Status WriteAt(uint64_t at, std::string_view data) = 0;
  /// Several pieces as one write.
  virtual Status WriteAt(uint64_t at, const std::vector<std::string_view>& pieces) = 0;
  /// Makes data (and the size needed to read it) durable: fdatasync. After an error nothing written
  /// since the last success may be believed durable, and calling again does not help.
  virtual Status Sync() = 0;
  /// Reserves space for [0, size) without changing what is read there beyond the end: zeros.
  /// kOutOfSpace.
  virtual Status Preallocate(uint64_t size) = 0;
  virtual Status Truncate(uint64_t size) = 0;
  virtual Result<uint64_t> Size() = 0;
};

/// A file open for reading. Thread-safe.
class ReadFile {
 public:
  virtual ~ReadFile() = default;
  /// Up to \p size bytes from \p at; fewer only at the end of the file.
  virtual Result<std::string> ReadAt(uint64_t at, size_t size) const = 0;
  /// The same into \p out. \return bytes read.
  virtual Result<size_t> ReadAt(uint64_t at, char* out, size_t size) const = 0;
  virtual Result<uint64_t> Size() const = 0;
};

/// An exclusive lock on a file, held until destroyed. The file holds \p owner's text for the one
/// who is refused.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

struct DirEntry {
  std::string name;
  bool is_directory = false;
  bool operator==(const DirEntry&) const = default;
};

/// Thread-safe. FaultyDisk (base/faulty_disk.h) forgets what was not synced and fails when told to.
class Disk {
 public:
  virtual ~Disk() = default;
  /// Opens for writing, creating it if absent. The directory entry is durable after SyncDirectory.
  virtual Result<std::unique_ptr<WriteFile>> OpenWrite(const Path& path) = 0;
  /// Creates; kAlreadyExists.
  virtual Result<std::unique_ptr<WriteFile>> CreateNew(const Path& path) = 0;
  virtual Result<std::unique_ptr<ReadFile>> OpenRead(const Path& path) = 0;
  virtual Status MakeDirectories(const Path& path) = 0;
  /// Entries in no order. kNotFound.
  virtual Result<std::vector<DirEntry>> List(const Path& path) = 0;
  virtual Result<bool> Exists(const Path& path) = 0;
  virtual Status Rename(const Path& from, const Path& to) = 0;
  /// A second name for \p from; never replaces: kAlreadyExists.
  virtual Status Link(const Path& from, const Path& to) = 0;
  virtual Status Remove(const Path& path) = 0;
  virtual Status RemoveTree(const Path& path) = 0;
  /// Makes the entries of a directory durable.
  virtual Status SyncDirectory(const Path& path) = 0;
  /// kConflict, naming who holds it, if another process or object has it.
  virtual Result<std::unique_ptr<FileLock>> Lock(const Path& path, std::string_view owner) = 0;
  /// Free bytes for this user on the file system of \p path.
  virtual Result<uint64_t> FreeBytes(const Path& path) = 0;

  // Built from the above.
  Result<std::string> ReadAll(const Path& path);
  /// Writes \p data to `path.tmp`, syncs, renames over \p path, syncs the directory: all or nothing
  /// across a crash.
  Status ReplaceAtomically(const Path& path, std::string_view data);
};

/// The machine's file system. One for the process.
Disk& RealDisk();

/// "a/b" + "c" = "a/b/c".
Path Join(std::string_view directory, std::string_view name);
/// "a/b/c" gives "a/b"; "c" gives ".".
Path ParentOf(std::string_view path);

}  // namespace pinlake
