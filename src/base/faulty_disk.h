// A disk in memory that forgets what was not synced, and fails when told to.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/rng.h"

namespace pinlake {

/// Behaves as a file system may at its worst: data and directory entries become durable separately,
/// by WriteFile::Sync and SyncDirectory. Crash() keeps what was synced and of the rest any part:
/// whole writes, single sectors of 512 bytes, some directory entries, by the seed. Thread-safe.
class FaultyDisk final : public Disk {
 public:
  explicit FaultyDisk(uint64_t seed) : rng_(seed) {}

  Result<std::unique_ptr<WriteFile>> OpenWrite(const Path& path) override;
  Result<std::unique_ptr<WriteFile>> CreateNew(const Path& path) override;
  Result<std::unique_ptr<ReadFile>> OpenRead(const Path& path) override;
  Status MakeDirectories(const Path& path) override;
  Result<std::vector<DirEntry>> List(const Path& path) override;
  Result<bool> Exists(const Path& path) override;
  Status Rename(const Path& from, const Path& to) override;
  Status Link(const Path& from, const Path& to) override;
  Status Remove(const Path& path) override;
  Status RemoveTree(const Path& path) override;
  Status SyncDirectory(const Path& path) override;
  Result<std::unique_ptr<FileLock>> Lock(const Path& path, std::string_view owner) override;
  Result<uint64_t> FreeBytes(const Path& path) override;

  /// The power goes: every handle and lock is dead, and what was not synced may be gone.
  void Crash();
  /// The process dies, the power stays: every handle and lock is dead, everything written is there.
  void Kill();

  /// What changes the disk is counted: writes, syncs, reservations, creations, renames, removals.
  int64_t calls() const;
  /// The call with this number (from 0), and every one after it while \p lasts, fails with \p kind
  /// (kUnavailable for EIO, kOutOfSpace). A failed write may have written a part; of a failed sync
  /// any part may be durable.
  void FailCall(int64_t number, ErrorKind kind, bool lasts = false);
  void FailNothing();
  /// The power goes at the call with this number, before it is done: all calls after fail.
  void CrashAtCall(int64_t number);
  bool crashed() const;
  /// From now on a sync answers and does nothing: what a program does that answers before it syncs.
  void IgnoreSyncs();

  // Damage, for tests of recovery.
  /// Flips one bit of what is on disk.
  void FlipBit(const Path& path, uint64_t byte, int bit = 0);
  Result<uint64_t> SizeOf(const Path& path);

 private:
  class File;
  class Reader;
  class HeldLock;
  struct Write {
    uint64_t at = 0;
    std::string data;
  };
  // What a file is: its bytes now, its bytes when last synced, and the changes between.
  struct Node {
    std::string data;
    std::string durable;
    std::vector<Write> unsynced;
    bool resized = false;  // Truncate or Preallocate since the last sync
  };
  using NodePtr = std::shared_ptr<Node>;
  using Files = std::map<Path, NodePtr>;

  Status Count(std::string_view what, const Path& path);
  Status CheckAlive(int64_t life, const Path& path) const;
  Result<std::unique_ptr<WriteFile>> OpenLocked(const Path& path);
  void PowerOff();
  void Forget(Node& node);
  static bool Inside(const Path& path, const Path& directory);

  mutable std::mutex mutex_;
  Rng rng_;
  Files files_, durable_files_;
  std::set<Path> directories_, durable_directories_;
  std::set<Path> removed_directories_;  // since their parents were synced
  std::set<Path> locks_;
  int64_t life_ = 0;
  int64_t calls_ = 0;
  std::optional<int64_t> fail_at_, crash_at_;
  ErrorKind fail_kind_ = ErrorKind::kUnavailable;
  bool fail_lasts_ = false;
  bool crashed_ = false;
  bool ignore_syncs_ = false;
};

}  // namespace pinlake
