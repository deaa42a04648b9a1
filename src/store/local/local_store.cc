#include "store/local/local_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/disk.h"
#include "base/rng.h"
#include "store/local/local_metadata.h"
#include "store/local/local_paths.h"
#include "store/local/local_temp_file.h"
#include "store/store_rules.h"

namespace pinlake {

LocalStore::LocalStore(LocalStoreOptions options, std::string root)
    : options_(std::move(options)),
      root_(std::move(root)),
      directories_(root_),
      temp_(root_, directories_),
      lister_(root_) {}

Result<std::unique_ptr<LocalStore>> LocalStore::Open(LocalStoreOptions options) {
  if (options.directory.empty())
    return Fail(ErrorKind::kInvalidArgument, "a store without a directory");
  std::error_code error;
  std::string root =
      std::filesystem::absolute(options.directory, error).lexically_normal().string();
  if (error) return Fail(ErrorKind::kInvalidArgument, "{}: {}", options.directory, error.message());
  while (root.size() > 1 && root.ends_with('/')) root.pop_back();
  std::unique_ptr<LocalStore> store(new LocalStore(std::move(options), std::move(root)));
  if (store->options_.create && ::access(store->root_.c_str(), F_OK) != 0) {
    if (auto made = store->directories_.Ensure(store->root_); !made) {
      return Fail(std::move(made).error().In(fmt::format("open store {}", store->Describe())));
    }
  }
  RETURN_IF_ERROR(store->CheckReachable());
  return store;
}

Status LocalStore::Step(std::string_view name) const {
  return options_.before_step ? options_.before_step(name) : Status();
}

Status LocalStore::CheckReachable() {
  auto root = OpenPath(root_, O_RDONLY | O_DIRECTORY);
  if (root) return {};
  return Fail(std::move(root).error().In(fmt::format("open store {}", Describe())));
}

std::string LocalStore::MetadataFolder(const ObjectKey& key) const {
  return fmt::format("{}/{}{}", root_, kLocalMetadataFolder, key.value());
}

Result<LocalStore::TempFile> LocalStore::NewTemp() {
  ASSIGN_OR_RETURN(std::string path, temp_.NewPath());
  RETURN_IF_ERROR(Step("create"));
  ASSIGN_OR_RETURN(Descriptor fd, OpenPath(path, O_RDWR | O_CREAT | O_EXCL));
  return TempFile(std::move(path), std::move(fd));
}

Result<PutAnswer> LocalStore::PutIfAbsent(const ObjectKey& key, std::string_view body,
                                          const PutOptions& options) {
  return Store(key, body, options, Naming::kIfAbsent);
}

Result<PutAnswer> LocalStore::Put(const ObjectKey& key, std::string_view body,
                                  const PutOptions& options) {
  return Store(key, body, options, Naming::kReplace);
}

Result<PutAnswer> LocalStore::Store(const ObjectKey& key, std::string_view body,
                                    const PutOptions& options, Naming naming) {
  RETURN_IF_ERROR(CheckLocalKey(key));
  RETURN_IF_ERROR(CheckPutOptions(options));
  ASSIGN_OR_RETURN(TempFile temp, NewTemp());
  RETURN_IF_ERROR(Step("write"));
  RETURN_IF_ERROR(WriteAll(temp.fd.get(), body, temp.path));
  return Publish(key, std::move(temp), options, naming);
}

Result<PutAnswer> LocalStore::Publish(const ObjectKey& key, TempFile temp,
                                      const PutOptions& options, Naming naming) {
  RETURN_IF_ERROR(PutMetadata(key, temp, options));
  RETURN_IF_ERROR(Step("sync"));
  if (::fsync(temp.fd.get()) != 0) return FailErrno("sync", temp.path, errno);
  struct stat info {};
  if (::fstat(temp.fd.get(), &info) != 0) return FailErrno("stat", temp.path, errno);
  RETURN_IF_ERROR(GiveName(key, temp, naming));
  auto synced = Step("sync directory");
  if (synced) synced = SyncDirectory(ParentOf(PathOf(key)));
  if (!synced) {
    return Fail(ErrorKind::kUnknownOutcome,
                "object {} of {} is there, but may not outlast a crash: {}", key.value(),
                Describe(), synced.error().message());
  }
  return PutAnswer{EtagOf(info)};
}

Status LocalStore::PutMetadata(const ObjectKey& key, const TempFile& temp,
                               const PutOptions& options) {
  const std::string text = RenderLocalMetadata(options);
  if (text.empty()) return {};
  RETURN_IF_ERROR(Step("set attribute"));
  ASSIGN_OR_RETURN(const bool held, SetMetadataAttribute(temp.fd.get(), text, temp.path));
  return held ? Status() : WriteMetadataFile(key, temp, text);
}

/// `_pinlake/meta/<key>/<etag>`: under the etag, so that of several writers of one key each keeps
/// to its own file.
Status LocalStore::WriteMetadataFile(const ObjectKey& key, const TempFile& temp,
                                     const std::string& text) {
  struct stat info {};
  if (::fstat(temp.fd.get(), &info) != 0) return FailErrno("stat", temp.path, errno);
  const std::string folder = MetadataFolder(key);
  RETURN_IF_ERROR(directories_.Ensure(folder));
  const std::string path = folder + "/" + EtagOf(info);
  ASSIGN_OR_RETURN(const Descriptor fd, OpenPath(path, O_WRONLY | O_CREAT | O_TRUNC));
  RETURN_IF_ERROR(WriteAll(fd.get(), text, path));
  if (::fsync(fd.get()) != 0) return FailErrno("sync", path, errno);
  return SyncDirectory(folder);
}

Status LocalStore::GiveName(const ObjectKey& key, const TempFile& temp, Naming naming) {
  const std::string path = PathOf(key);
  // A second round makes the directory again if somebody has removed it meanwhile.
  for (int round = 0;; ++round) {
    RETURN_IF_ERROR(Step("make directory"));
    RETURN_IF_ERROR(directories_.Ensure(ParentOf(path)));
    RETURN_IF_ERROR(Step("name"));
    const int code = naming == Naming::kIfAbsent ? ::link(temp.path.c_str(), path.c_str())
                                                 : ::rename(temp.path.c_str(), path.c_str());
    if (code == 0) return {};
    const int error = errno;
    struct stat info {};
    if ((error == EEXIST || error == EISDIR) && ::stat(path.c_str(), &info) == 0) {
      if (!S_ISDIR(info.st_mode)) return ObjectIsThere(key, Describe());
      return Fail(ErrorKind::kInvalidArgument,
                  "object key {}: {} has objects below it, and a directory holds either",
                  key.value(), path);
    }
    if (error != ENOENT || round > 0) return FailErrno("name", path, error);
    directories_.Forget(ParentOf(path));
  }
}

Result<Descriptor> LocalStore::OpenObject(const ObjectKey& key, struct stat& info) const {
  RETURN_IF_ERROR(CheckLocalKey(key));
  const std::string path = PathOf(key);
  auto fd = OpenPath(path, O_RDONLY | O_NONBLOCK);
  if (!fd) {
    const ErrorKind kind = fd.error().kind();
    // "a/b" where "a" is a file gives ENOTDIR: not there as well.
    if (kind == ErrorKind::kNotFound || kind == ErrorKind::kInvalidArgument)
      return NoSuchObject(key, Describe());
    return fd;
  }
  if (::fstat(fd->get(), &info) != 0) return FailErrno("stat", path, errno);
  if (!S_ISREG(info.st_mode)) return NoSuchObject(key, Describe());
  return fd;
}

Result<PutOptions> LocalStore::ReadMetadata(const ObjectKey& key, int fd,
                                            const struct stat& info) const {
  std::string text = GetMetadataAttribute(fd);
  if (text.empty()) {
    const std::string path = MetadataFolder(key) + "/" + EtagOf(info);
    auto file = OpenPath(path, O_RDONLY);
    if (!file) {
      return file.error().kind() == ErrorKind::kNotFound ? Result<PutOptions>(PutOptions{})
                                                         : Fail(std::move(file).error());
    }
    ASSIGN_OR_RETURN(text, ReadRange(file->get(), 0, 16'384, path));
  }
  auto options = ParseLocalMetadata(text);
  if (!options) return Fail(std::move(options).error().In(fmt::format("object {}", key.value())));
  return options;
}

Result<ObjectInfo> LocalStore::Head(const ObjectKey& key) {
  struct stat info {};
  ASSIGN_OR_RETURN(const Descriptor fd, OpenObject(key, info));
  ASSIGN_OR_RETURN(PutOptions options, ReadMetadata(key, fd.get(), info));
  return ObjectInfo{key, static_cast<uint64_t>(info.st_size), EtagOf(info), ModifiedMs(info),
                    std::move(options.metadata)};
}

Result<std::string> LocalStore::Get(const ObjectKey& key, uint64_t first,
                                    std::optional<uint64_t> size) {
  struct stat info {};
  ASSIGN_OR_RETURN(const Descriptor fd, OpenObject(key, info));
  const auto whole = static_cast<uint64_t>(info.st_size);
  if (first >= whole) return std::string();
  return ReadRange(fd.get(), first, std::min(size.value_or(whole), whole - first), PathOf(key));
}

Result<ListPage> LocalStore::List(std::string_view prefix,
                                  const std::optional<ObjectKey>& start_after, size_t limit) {
  return lister_.List(prefix, start_after, std::clamp<size_t>(limit, 1, kListLimitMax));
}

Status LocalStore::Delete(const ObjectKey& key) {
  RETURN_IF_ERROR(CheckLocalKey(key));
  struct stat info {};
  const std::string path = PathOf(key);
  if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return {};
  RETURN_IF_ERROR(Step("unlink"));
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return FailErrno("remove", path, errno);
  RETURN_IF_ERROR(RemoveFolder(MetadataFolder(key)));
  return SyncDirectory(ParentOf(path));
}

Result<bool> LocalStore::ProbeConditionalPut() {
  const ObjectKey key("_pinlake/probe-" + Rng::FromSystem().Uuid());
  RETURN_IF_ERROR(PutIfAbsent(key, "1", {}));
  const auto second = PutIfAbsent(key, "2", {});
  RETURN_IF_ERROR(Delete(key));
  if (second) return false;
  if (second.error().kind() == ErrorKind::kAlreadyExists) return true;
  return Fail(second.error());
}

}  // namespace pinlake
