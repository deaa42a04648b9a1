#include "store/local/local_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace pinlake {
namespace {

constexpr size_t kKnownDirectoriesMax = 65'536;
constexpr size_t kCopyBytes = 1 << 20;

ErrorKind KindOfErrno(int error) {
  switch (error) {
    case ENOENT:
      return ErrorKind::kNotFound;
    case EEXIST:
      return ErrorKind::kAlreadyExists;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return ErrorKind::kOutOfSpace;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorKind::kPermissionDenied;
    case ENOTDIR:
    case EISDIR:
    case ENAMETOOLONG:
    case ELOOP:
      return ErrorKind::kInvalidArgument;
    default:
      return ErrorKind::kUnavailable;
  }
}

std::string ParentPath(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

Status CopyByHand(int from, int to, const std::string& path) {
  const auto buffer = std::make_unique<char[]>(kCopyBytes);
  while (true) {
    const ssize_t n = ::read(from, buffer.get(), kCopyBytes);
    if (n == 0) return {};
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FailErrno("read", path, errno);
    RETURN_IF_ERROR(WriteAll(to, {buffer.get(), static_cast<size_t>(n)}, path));
  }
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

tl::unexpected<Error> FailErrno(std::string_view what, const std::string& path, int error) {
  return Fail(KindOfErrno(error), "{} {}: {}", what, path, std::strerror(error));
}

Result<Descriptor> OpenPath(const std::string& path, int flags) {
  Descriptor fd(::open(path.c_str(), flags | O_CLOEXEC, 0666));
  if (!fd.is_open()) return FailErrno("open", path, errno);
  return fd;
}

Status WriteAll(int fd, std::string_view data, const std::string& path) {
  while (!data.empty()) {
    const ssize_t n = ::write(fd, data.data(), data.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FailErrno("write", path, errno);
    data.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

Result<std::string> ReadRange(int fd, uint64_t first, uint64_t size, const std::string& path) {
  std::string out(size, '\0');
  size_t had = 0;
  while (had < size) {
    const ssize_t n = ::pread(fd, out.data() + had, size - had, static_cast<off_t>(first + had));
    if (n == 0) break;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FailErrno("read", path, errno);
    had += static_cast<size_t>(n);
  }
  out.resize(had);
  return out;
}

Status CopyAll(int from, int to, const std::string& path) {
  while (true) {
    const ssize_t n = ::copy_file_range(from, nullptr, to, nullptr, size_t{1} << 30, 0);
    if (n == 0) return {};
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP)) {
      return CopyByHand(from, to, path);
    }
    if (n < 0) return FailErrno("copy", path, errno);
  }
}

Status SyncDirectory(const std::string& path) {
  ASSIGN_OR_RETURN(const Descriptor fd, OpenPath(path, O_RDONLY | O_DIRECTORY));
  if (::fsync(fd.get()) != 0) return FailErrno("sync directory", path, errno);
  return {};
}

Result<std::vector<std::string>> NamesIn(const std::string& path) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(path.c_str()), &::closedir);
  if (!dir) {
    if (errno == ENOENT) return names;
    return FailErrno("list", path, errno);
  }
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

Status RemoveFolder(const std::string& path) {
  ASSIGN_OR_RETURN(const auto names, NamesIn(path));
  for (const std::string& name : names) ::unlink((path + "/" + name).c_str());
  if (::rmdir(path.c_str()) != 0 && errno != ENOENT) return FailErrno("remove", path, errno);
  return {};
}

std::string EtagOf(const struct stat& info) {
  return fmt::format("{:x}-{:x}{:08x}-{:x}", info.st_ino, info.st_mtim.tv_sec, info.st_mtim.tv_nsec,
                     info.st_size);
}

int64_t ModifiedMs(const struct stat& info) {
  return static_cast<int64_t>(info.st_mtim.tv_sec) * 1000 + info.st_mtim.tv_nsec / 1'000'000;
}

bool DurableDirectories::Knows(const std::string& path) {
  std::lock_guard lock(mutex_);
  return known_.contains(path);
}

void DurableDirectories::Forget(const std::string& path) {
  std::lock_guard lock(mutex_);
  std::erase_if(known_, [&](const std::string& known) {
    return path.starts_with(known) || known.starts_with(path);
  });
}

void DurableDirectories::Remember(const std::string& path) {
  std::lock_guard lock(mutex_);
  if (known_.size() >= kKnownDirectoriesMax) known_.clear();
  known_.insert(path);
}

Status DurableDirectories::Ensure(const std::string& path) {
  if (path == "/" || Knows(path)) return {};
  struct stat info {};
  const bool below_root = path.starts_with(root_ + "/");
  const bool there = ::stat(path.c_str(), &info) == 0;
  if (there && !S_ISDIR(info.st_mode)) {
    return Fail(ErrorKind::kInvalidArgument,
                "{} is a file, so a directory store cannot have objects below it", path);
  }
  if (below_root || !there) {
    const std::string parent = ParentPath(path);
    RETURN_IF_ERROR(Ensure(parent));
    if (!there && ::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) {
      return FailErrno("make directory", path, errno);
    }
    RETURN_IF_ERROR(SyncDirectory(parent));
  }
  Remember(path);
  return {};
}

}  // namespace pinlake
