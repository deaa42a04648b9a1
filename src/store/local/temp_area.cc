#include "store/local/temp_area.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/rng.h"
#include "store/local/local_paths.h"

namespace pinlake {
namespace {

constexpr int kClaimsMax = 16;

/// True if \p fd is now locked by us and \p path still names it.
bool LockFolder(int fd, const std::string& path) {
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) return false;
  struct stat held {};
  struct stat named {};
  return ::fstat(fd, &held) == 0 && ::stat(path.c_str(), &named) == 0 &&
         held.st_ino == named.st_ino;
}

}  // namespace

TempArea::~TempArea() {
  if (!own_.empty()) static_cast<void>(RemoveFolder(own_));
}

Result<std::string> TempArea::NewPath() {
  std::lock_guard lock(mutex_);
  if (own_.empty()) RETURN_IF_ERROR(Claim());
  return own_ + "/" + std::to_string(next_++);
}

Status TempArea::Claim() {
  const std::string all =
      root_ + "/" + std::string(kLocalTempFolder.substr(0, kLocalTempFolder.size() - 1));
  RETURN_IF_ERROR(directories_.Ensure(all));
  RemoveAbandoned(all);
  // Between mkdir and flock somebody's clean-up may take the folder for abandoned.
  for (int i = 0; i < kClaimsMax; ++i) {
    const std::string folder = all + "/" + Rng::FromSystem().Uuid();
    if (::mkdir(folder.c_str(), 0777) != 0) return FailErrno("make directory", folder, errno);
    auto fd = OpenPath(folder, O_RDONLY | O_DIRECTORY);
    if (fd && LockFolder(fd->get(), folder)) {
      lock_ = std::move(*fd);
      own_ = folder;
      return {};
    }
  }
  return Fail(ErrorKind::kUnavailable, "claim a folder in {}: others took {} of them away", all,
              kClaimsMax);
}

void TempArea::RemoveAbandoned(const std::string& folder) const {
  const auto names = NamesIn(folder);
  if (!names) return;
  for (const std::string& name : *names) {
    const std::string path = folder + "/" + name;
    auto fd = OpenPath(path, O_RDONLY | O_DIRECTORY);
    if (fd && LockFolder(fd->get(), path)) static_cast<void>(RemoveFolder(path));
  }
}

}  // namespace pinlake
