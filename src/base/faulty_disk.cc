#include "base/faulty_disk.h"

#include <algorithm>

namespace pinlake {
namespace {

constexpr uint64_t kSectorBytes = 512;

void WriteInto(std::string& bytes, uint64_t at, std::string_view data) {
  if (bytes.size() < at + data.size()) bytes.resize(at + data.size(), '\0');
  bytes.replace(at, data.size(), data);
}

}  // namespace

class FaultyDisk::File final : public WriteFile {
 public:
  File(FaultyDisk& disk, NodePtr node, Path path)
      : disk_(disk), node_(std::move(node)), path_(std::move(path)), life_(disk.life_) {}

  Status WriteAt(uint64_t at, std::string_view data) override {
    const std::lock_guard lock(disk_.mutex_);
    const Status status = Check("write");
    if (!status && status.error().kind() == ErrorKind::kCancelled) return status;
    // A failed write may leave a part behind.
    if (!status) data = data.substr(0, disk_.rng_.Below(data.size() + 1));
    WriteInto(node_->data, at, data);
    node_->unsynced.push_back({at, std::string(data)});
    return status;
  }

  Status WriteAt(uint64_t at, const std::vector<std::string_view>& pieces) override {
    std::string all;
    for (const auto piece : pieces) all += piece;
    return WriteAt(at, all);
  }

  Status Sync() override {
    const std::lock_guard lock(disk_.mutex_);
    const Status status = Check("sync");
    if (status && !disk_.ignore_syncs_) {
      node_->durable = node_->data;
      node_->unsynced.clear();
      node_->resized = false;
    }
    return status;
  }

  Status Preallocate(uint64_t size) override { return Resize(size, "preallocate", true); }
  Status Truncate(uint64_t size) override { return Resize(size, "truncate", false); }

  Result<uint64_t> Size() override {
    const std::lock_guard lock(disk_.mutex_);
    RETURN_IF_ERROR(disk_.CheckAlive(life_, path_));
    return node_->data.size();
  }

 private:
  Status Check(std::string_view what) {
    RETURN_IF_ERROR(disk_.CheckAlive(life_, path_));
    return disk_.Count(what, path_);
  }
  Status Resize(uint64_t size, std::string_view what, bool only_grow) {
    const std::lock_guard lock(disk_.mutex_);
    RETURN_IF_ERROR(Check(what));
    if (only_grow && size <= node_->data.size()) return {};
    node_->data.resize(size, '\0');
    node_->resized = true;
    return {};
  }

  FaultyDisk& disk_;
  const NodePtr node_;
  const Path path_;
  const int64_t life_;
};

class FaultyDisk::Reader final : public ReadFile {
 public:
  Reader(const FaultyDisk& disk, NodePtr node, Path path)
      : disk_(disk), node_(std::move(node)), path_(std::move(path)), life_(disk.life_) {}

  Result<std::string> ReadAt(uint64_t at, size_t size) const override {
    const std::lock_guard lock(disk_.mutex_);
    RETURN_IF_ERROR(disk_.CheckAlive(life_, path_));
    if (at >= node_->data.size()) return std::string();
    return node_->data.substr(at, size);
  }
  Result<size_t> ReadAt(uint64_t at, char* out, size_t size) const override {
    ASSIGN_OR_RETURN(const std::string bytes, ReadAt(at, size));
    bytes.copy(out, bytes.size());
    return bytes.size();
  }
  Result<uint64_t> Size() const override {
    const std::lock_guard lock(disk_.mutex_);
    RETURN_IF_ERROR(disk_.CheckAlive(life_, path_));
    return node_->data.size();
  }

 private:
  const FaultyDisk& disk_;
  const NodePtr node_;
  const Path path_;
  const int64_t life_;
};

class FaultyDisk::HeldLock final : public FileLock {
 public:
  HeldLock(FaultyDisk& disk, Path path) : disk_(disk), path_(std::move(path)), life_(disk.life_) {}
  ~HeldLock() override {
    const std::lock_guard lock(disk_.mutex_);
    if (life_ == disk_.life_) disk_.locks_.erase(path_);
  }

 private:
  FaultyDisk& disk_;
  const Path path_;
  const int64_t life_;
};

Status FaultyDisk::CheckAlive(int64_t life, const Path& path) const {
  if (life == life_ && !crashed_) return {};
  return Fail(ErrorKind::kCancelled, "{}: the disk lost its power", path);
}

Status FaultyDisk::Count(std::string_view what, const Path& path) {
  RETURN_IF_ERROR(CheckAlive(life_, path));
  const int64_t call = calls_++;
  if (crash_at_ && call >= *crash_at_) {
    PowerOff();
    return CheckAlive(life_, path);
  }
  // Only what takes space can find none.
  const bool takes_space =
      what.starts_with("write") || what == "preallocate" || what.starts_with("create");
  if (fail_at_ && (call == *fail_at_ || (fail_lasts_ && call > *fail_at_)) &&
      (takes_space || fail_kind_ != ErrorKind::kOutOfSpace)) {
    return Fail(fail_kind_, "{} {}: told to fail", what, path);
  }
  return {};
}

bool FaultyDisk::Inside(const Path& path, const Path& directory) {
  return path.size() > directory.size() + 1 && path.starts_with(directory) &&
         path[directory.size()] == '/';
}

Result<std::unique_ptr<WriteFile>> FaultyDisk::OpenLocked(const Path& path) {
  auto it = files_.find(path);
  if (it == files_.end()) {
    if (!directories_.contains(ParentOf(path)) && path.find('/') != Path::npos) {
      return Fail(ErrorKind::kNotFound, "create {}: no such directory", path);
    }
    RETURN_IF_ERROR(Count("create", path));
    it = files_.emplace(path, std::make_shared<Node>()).first;
  }
  return std::make_unique<File>(*this, it->second, path);
}

Result<std::unique_ptr<WriteFile>> FaultyDisk::OpenWrite(const Path& path) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckAlive(life_, path));
  return OpenLocked(path);
}

Result<std::unique_ptr<WriteFile>> FaultyDisk::CreateNew(const Path& path) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckAlive(life_, path));
  if (files_.contains(path)) return Fail(ErrorKind::kAlreadyExists, "create {}: it exists", path);
  return OpenLocked(path);
}

Result<std::unique_ptr<ReadFile>> FaultyDisk::OpenRead(const Path& path) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckAlive(life_, path));
  const auto it = files_.find(path);
  if (it == files_.end()) return Fail(ErrorKind::kNotFound, "open {}: no such file", path);
  return std::make_unique<Reader>(*this, it->second, path);
}

Status FaultyDisk::MakeDirectories(const Path& path) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckAlive(life_, path));
  for (Path at = path; !directories_.contains(at) && at != "." && at != "/"; at = ParentOf(at)) {
    RETURN_IF_ERROR(Count("create directory", at));
    directories_.insert(at);
  }
  return {};
}

Result<std::vector<DirEntry>> FaultyDisk::List(const Path& path) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckAlive(life_, path));
  if (!directories_.contains(path)) {
    return Fail(ErrorKind::kNotFound, "list {}: no such directory", path);
  }
  std::vector<DirEntry> entries;
  for (const auto& [name, node] : files_) {
    if (ParentOf(name) == path) entries.push_back({name.substr(path.size() + 1), false});
  }
  for (const auto& name : directories_) {
    if (ParentOf(name) == path) entries.push_back({name.substr(path.size() + 1), true});
  }
  return entries;
}

Result<bool> FaultyDisk::Exists(const Path& path) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckAlive(life_, path));
  return files_.contains(path) || directories_.contains(path);
}

Status FaultyDisk::Rename(const Path& from, const Path& to) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckAlive(life_, from));
  const auto it = files_.find(from);
  if (it == files_.end()) return Fail(ErrorKind::kNotFound, "rename {}: no such file", from);
  RETURN_IF_ERROR(Count("rename", from));
  files_[to] = it->second;
  files_.erase(from);
  return {};
}

Status FaultyDisk::Link(const Path& from, const Path& to) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckAlive(life_, from));
  const auto it = files_.find(from);
  if (it == files_.end()) return Fail(ErrorKind::kNotFound, "link {}: no such file", from);
  if (files_.contains(to)) return Fail(ErrorKind::kAlreadyExists, "link {}: it exists", to);
  RETURN_IF_ERROR(Count("link", to));
  files_[to] = it->second;
  return {};
}

Status FaultyDisk::Remove(const Path& path) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckAlive(life_, path));
  if (!files_.contains(path) && !directories_.contains(path)) {
    return Fail(ErrorKind::kNotFound, "remove {}: no such file", path);
  }
  RETURN_IF_ERROR(Count("remove", path));
  files_.erase(path);
  directories_.erase(path);
  return {};
}

Status FaultyDisk::RemoveTree(const Path& path) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckAlive(life_, path));
  const auto within = [&](const Path& name) { return name == path || Inside(name, path); };
  // One call a file: a crash may come between.
  while (true) {
    const auto it = std::find_if(files_.begin(), files_.end(),
                                 [&](const auto& entry) { return within(entry.first); });
    if (it == files_.end()) break;
    RETURN_IF_ERROR(Count("remove", it->first));
    files_.erase(it);
  }
  for (const auto& name : directories_) {
    if (within(name)) removed_directories_.insert(name);
  }
  std::erase_if(directories_, within);
  return {};
}

Status FaultyDisk::SyncDirectory(const Path& path) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckAlive(life_, path));
  RETURN_IF_ERROR(Count("sync directory", path));
  const auto directly = [&](const Path& name) { return ParentOf(name) == path; };
  std::erase_if(durable_files_, [&](const auto& entry) {
    return directly(entry.first) && !files_.contains(entry.first);
  });
  for (const auto& [name, node] : files_) {
    if (directly(name)) durable_files_[name] = node;
  }
  // What a removed directory held is gone with it, even if another has its name now.
  for (const auto& removed : removed_directories_) {
    if (removed != path && !Inside(removed, path)) continue;
    std::erase_if(durable_files_, [&](const auto& entry) {
      const auto it = files_.find(entry.first);
      return Inside(entry.first, removed) && (it == files_.end() || it->second != entry.second);
    });
  }
  std::erase_if(removed_directories_, directly);
  std::erase_if(durable_directories_,
                [&](const Path& name) { return directly(name) && !directories_.contains(name); });
  for (const auto& name : directories_) {
    if (directly(name)) durable_directories_.insert(name);
  }
  return {};
}

Result<std::unique_ptr<FileLock>> FaultyDisk::Lock(const Path& path, std::string_view owner) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(CheckAlive(life_, path));
  if (!locks_.insert(path).second) {
    return Fail(ErrorKind::kConflict, "lock {}: held by {}", path, files_[path]->data);
  }
  auto& node = files_[path];
  if (node == nullptr) node = std::make_shared<Node>();
  node->data = owner;
  return std::make_unique<HeldLock>(*this, path);
}

Result<uint64_t> FaultyDisk::FreeBytes(const Path&) {
  const std::lock_guard lock(mutex_);
  const bool full = fail_at_ && fail_lasts_ && fail_kind_ == ErrorKind::kOutOfSpace;
  return full ? 0 : uint64_t{1} << 40;
}

// Of what was not synced any part may be there: all, none, some writes, some sectors of them.
void FaultyDisk::Forget(Node& node) {
  std::string kept = node.durable;
  const uint64_t mode = rng_.Below(4);
  for (const auto& write : node.unsynced) {
    if (mode == 0) break;
    if (mode == 1 || (mode == 2 && rng_.OneIn(2))) {
      WriteInto(kept, write.at, write.data);
      continue;
    }
    if (mode == 2) continue;
    for (uint64_t at = write.at; at < write.at + write.data.size();) {
      const uint64_t end =
          std::min<uint64_t>((at / kSectorBytes + 1) * kSectorBytes, write.at + write.data.size());
      if (rng_.OneIn(2)) {
        WriteInto(kept, at, std::string_view(write.data).substr(at - write.at, end - at));
      }
      at = end;
    }
  }
  // The size is data of its own.
  if (node.resized && rng_.OneIn(2)) kept.resize(node.data.size(), '\0');
  node.data = node.durable = std::move(kept);
  node.unsynced.clear();
  node.resized = false;
}

void FaultyDisk::PowerOff() {
  // Each directory entry that was not synced may have changed or not.
  Files files = durable_files_;
  for (const auto& [path, node] : files_) {
    const auto it = durable_files_.find(path);
    if ((it == durable_files_.end() || it->second != node) && rng_.OneIn(2)) files[path] = node;
  }
  for (const auto& [path, node] : durable_files_) {
    if (!files_.contains(path) && rng_.OneIn(2)) files.erase(path);
  }
  std::set<Path> directories = durable_directories_;
  for (const auto& path : directories_) {
    if (rng_.OneIn(2)) directories.insert(path);
  }
  for (const auto& path : durable_directories_) {
    if (!directories_.contains(path) && rng_.OneIn(2)) directories.erase(path);
  }
  removed_directories_.clear();
  // Nothing is in a directory that is not there.
  const auto orphan = [&](const Path& path) {
    for (Path at = ParentOf(path); at != "." && at != "/"; at = ParentOf(at)) {
      if (!directories.contains(at)) return true;
    }
    return false;
  };
  while (std::erase_if(directories, orphan) > 0) {
  }
  std::erase_if(files, [&](const auto& entry) { return orphan(entry.first); });
  std::set<Node*> forgotten;
  for (const auto& [path, node] : files) {
    if (forgotten.insert(node.get()).second) Forget(*node);
  }
  files_ = durable_files_ = std::move(files);
  directories_ = durable_directories_ = std::move(directories);
  locks_.clear();
  crash_at_.reset();
  crashed_ = true;
}

void FaultyDisk::Crash() {
  const std::lock_guard lock(mutex_);
  if (!crashed_) PowerOff();
  crashed_ = false;
  ++life_;
}

void FaultyDisk::Kill() {
  const std::lock_guard lock(mutex_);
  locks_.clear();
  ++life_;
}

int64_t FaultyDisk::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

void FaultyDisk::FailCall(int64_t number, ErrorKind kind, bool lasts) {
  const std::lock_guard lock(mutex_);
  fail_at_ = number;
  fail_kind_ = kind;
  fail_lasts_ = lasts;
}

void FaultyDisk::FailNothing() {
  const std::lock_guard lock(mutex_);
  fail_at_.reset();
}

void FaultyDisk::CrashAtCall(int64_t number) {
  const std::lock_guard lock(mutex_);
  crash_at_ = number;
}

void FaultyDisk::IgnoreSyncs() {
  const std::lock_guard lock(mutex_);
  ignore_syncs_ = true;
}

bool FaultyDisk::crashed() const {
  const std::lock_guard lock(mutex_);
  return crashed_;
}

void FaultyDisk::FlipBit(const Path& path, uint64_t byte, int bit) {
  const std::lock_guard lock(mutex_);
  const auto it = files_.find(path);
  CHECK(it != files_.end() && byte < it->second->data.size(), "a test damages what is there");
  it->second->data[byte] = static_cast<char>(it->second->data[byte] ^ (1 << bit));
  it->second->durable = it->second->data;
}

Result<uint64_t> FaultyDisk::SizeOf(const Path& path) {
  ASSIGN_OR_RETURN(const auto file, OpenRead(path));
  return file->Size();
}

}  // namespace pinlake
