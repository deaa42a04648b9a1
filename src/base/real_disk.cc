#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/disk.h"

namespace pinlake {
namespace {

ErrorKind KindOf(int error) {
  switch (error) {
    case ENOENT:
      return ErrorKind::kNotFound;
    case EEXIST:
      return ErrorKind::kAlreadyExists;
    case ENOSPC:
    case EDQUOT:
      return ErrorKind::kOutOfSpace;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorKind::kPermissionDenied;
    case ENOTDIR:
    case EISDIR:
    case ENAMETOOLONG:
    case EINVAL:
      return ErrorKind::kInvalidArgument;
    default:
      return ErrorKind::kUnavailable;
  }
}

tl::unexpected<Error> FailErrno(std::string_view what, const Path& path) {
  const int error = errno;
  return Fail(KindOf(error), "{} {}: {}", what, path, std::strerror(error));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Result<uint64_t> SizeOf(int fd, const Path& path) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return FailErrno("stat", path);
  return static_cast<uint64_t>(info.st_size);
}

class PosixWriteFile final : public WriteFile {
 public:
  PosixWriteFile(int fd, Path path) : fd_(fd), path_(std::move(path)) {}

  Status WriteAt(uint64_t at, std::string_view data) override {
    while (!data.empty()) {
      const ssize_t n = ::pwrite(fd_.get(), data.data(), data.size(), static_cast<off_t>(at));
      if (n < 0) {
        if (errno == EINTR) continue;
        return FailErrno("write", path_);
      }
      at += static_cast<uint64_t>(n);
      data.remove_prefix(static_cast<size_t>(n));
    }
    return {};
  }

  Status WriteAt(uint64_t at, const std::vector<std::string_view>& pieces) override {
    constexpr size_t kPiecesMax = 512;  // below IOV_MAX
    for (size_t first = 0; first < pieces.size(); first += kPiecesMax) {
      iovec vectors[kPiecesMax];
      const size_t count = std::min(kPiecesMax, pieces.size() - first);
      size_t total = 0;
      for (size_t i = 0; i < count; ++i) {
        const auto& piece = pieces[first + i];
        vectors[i] = {const_cast<char*>(piece.data()), piece.size()};
        total += piece.size();
      }
      ssize_t n = ::pwritev(fd_.get(), vectors, static_cast<int>(count), static_cast<off_t>(at));
      if (n < 0 && errno != EINTR) return FailErrno("write", path_);
      auto written = n < 0 ? size_t{0} : static_cast<size_t>(n);
      if (written < total) RETURN_IF_ERROR(WriteRest(at, pieces, first, count, written));
      at += total;
    }
    return {};
  }

  Status Sync() override {
    if (::fdatasync(fd_.get()) != 0) return FailErrno("sync", path_);
    return {};
  }

  Status Preallocate(uint64_t size) override {
    const int error = ::posix_fallocate(fd_.get(), 0, static_cast<off_t>(size));
    if (error != 0) {
      errno = error;
      return FailErrno("preallocate", path_);
    }
    return {};
  }

  Status Truncate(uint64_t size) override {
    if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) return FailErrno("truncate", path_);
    return {};
  }

  Result<uint64_t> Size() override { return SizeOf(fd_.get(), path_); }

 private:
  // What a short pwritev left, piece by piece.
  Status WriteRest(uint64_t at, const std::vector<std::string_view>& pieces, size_t first,
                   size_t count, size_t written) {
    for (size_t i = first; i < first + count; ++i) {
      const size_t done = std::min(written, pieces[i].size());
      written -= done;
      RETURN_IF_ERROR(WriteAt(at + done, pieces[i].substr(done)));
      at += pieces[i].size();
    }
    return {};
  }

  Descriptor fd_;
  Path path_;
};

class PosixReadFile final : public ReadFile {
 public:
  PosixReadFile(int fd, Path path) : fd_(fd), path_(std::move(path)) {}

  Result<std::string> ReadAt(uint64_t at, size_t size) const override {
    std::string out(size, '\0');
    ASSIGN_OR_RETURN(const size_t n, ReadAt(at, out.data(), size));
    out.resize(n);
    return out;
  }

  Result<size_t> ReadAt(uint64_t at, char* out, size_t size) const override {
    size_t done = 0;
    while (done < size) {
      const ssize_t n = ::pread(fd_.get(), out + done, size - done, static_cast<off_t>(at + done));
      if (n < 0) {
        if (errno == EINTR) continue;
        return FailErrno("read", path_);
      }
      if (n == 0) break;
      done += static_cast<size_t>(n);
    }
    return done;
  }

  Result<uint64_t> Size() const override { return SizeOf(fd_.get(), path_); }

 private:
  Descriptor fd_;
  Path path_;
};

class PosixLock final : public FileLock {
 public:
  explicit PosixLock(int fd) : fd_(fd) {}

 private:
  Descriptor fd_;
};

class PosixDisk final : public Disk {
 public:
  Result<std::unique_ptr<WriteFile>> OpenWrite(const Path& path) override {
    return Open(path, O_CREAT);
  }
  Result<std::unique_ptr<WriteFile>> CreateNew(const Path& path) override {
    return Open(path, O_CREAT | O_EXCL);
  }

  Result<std::unique_ptr<ReadFile>> OpenRead(const Path& path) override {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return FailErrno("open", path);
    return std::make_unique<PosixReadFile>(fd, path);
  }

  Status MakeDirectories(const Path& path) override {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) return Fail(KindOf(error.value()), "create directory {}: {}", path, error.message());
    return {};
  }

  Result<std::vector<DirEntry>> List(const Path& path) override {
    std::error_code error;
    std::vector<DirEntry> entries;
    auto it = std::filesystem::directory_iterator(path, error);
    for (; !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
      std::error_code ignored;  // an entry that vanished meanwhile is no directory
      entries.push_back({it->path().filename().string(), it->is_directory(ignored)});
    }
    if (error) return Fail(KindOf(error.value()), "list {}: {}", path, error.message());
    return entries;
  }

  Result<bool> Exists(const Path& path) override {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return FailErrno("stat", path);
  }

  Status Rename(const Path& from, const Path& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return FailErrno("rename " + from + " to", to);
    return {};
  }

  Status Link(const Path& from, const Path& to) override {
    if (::link(from.c_str(), to.c_str()) != 0) return FailErrno("link " + from + " as", to);
    return {};
  }

  Status Remove(const Path& path) override {
    if (::remove(path.c_str()) != 0) return FailErrno("remove", path);
    return {};
  }

  Status RemoveTree(const Path& path) override {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error) return Fail(KindOf(error.value()), "remove {}: {}", path, error.message());
    return {};
  }

  Status SyncDirectory(const Path& path) override {
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0) return FailErrno("open directory", path);
    if (::fsync(fd.get()) != 0) return FailErrno("sync directory", path);
    return {};
  }

  Result<std::unique_ptr<FileLock>> Lock(const Path& path, std::string_view owner) override {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) return FailErrno("open", path);
    auto lock = std::make_unique<PosixLock>(fd);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return FailErrno("lock", path);
      char holder[256] = {};
      const ssize_t n = ::pread(fd, holder, sizeof holder - 1, 0);
      return Fail(ErrorKind::kConflict, "lock {}: held by {}", path,
                  n > 0 ? holder : "another process");
    }
    if (::ftruncate(fd, 0) != 0 ||
        ::pwrite(fd, owner.data(), owner.size(), 0) != static_cast<ssize_t>(owner.size())) {
      return FailErrno("write", path);
    }
    return lock;
  }

  Result<uint64_t> FreeBytes(const Path& path) override {
    struct statvfs info {};
    if (::statvfs(path.c_str(), &info) != 0) return FailErrno("statvfs", path);
    return static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
  }

 private:
  static Result<std::unique_ptr<WriteFile>> Open(const Path& path, int flags) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | flags, 0644);
    if (fd < 0) return FailErrno("open", path);
    return std::make_unique<PosixWriteFile>(fd, path);
  }
};

}  // namespace

Result<std::string> Disk::ReadAll(const Path& path) {
  ASSIGN_OR_RETURN(const auto file, OpenRead(path));
  ASSIGN_OR_RETURN(const uint64_t size, file->Size());
  return file->ReadAt(0, size);
}

Status Disk::ReplaceAtomically(const Path& path, std::string_view data) {
  const Path temporary = path + ".tmp";
  {
    ASSIGN_OR_RETURN(const auto file, OpenWrite(temporary));
    RETURN_IF_ERROR(file->Truncate(0));
    RETURN_IF_ERROR(file->WriteAt(0, data));
    RETURN_IF_ERROR(file->Sync());
  }
  RETURN_IF_ERROR(Rename(temporary, path));
  return SyncDirectory(ParentOf(path));
}

Disk& RealDisk() {
  static PosixDisk disk;
  return disk;
}

Path Join(std::string_view directory, std::string_view name) {
  if (directory.empty()) return Path(name);
  Path joined(directory);
  if (joined.back() != '/') joined += '/';
  return joined.append(name);
}

Path ParentOf(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return slash == 0 ? Path("/") : Path(path.substr(0, slash));
}

}  // namespace pinlake
