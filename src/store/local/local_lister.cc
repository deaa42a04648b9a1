#include "store/local/local_lister.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "store/local/local_files.h"
#include "store/local/local_paths.h"

namespace pinlake {
namespace {

/// A directory that changed so shortly before it was read may have changed after it in the same
/// tick.
constexpr int64_t kSettledSeconds = 2;
/// Smaller directories are read again rather than kept.
constexpr size_t kKeepNamesMin = 2'000;

bool SameTime(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

}  // namespace

/// The next names of one directory in order. A directory's name ends in '/', which is where its
/// keys sort.
struct LocalLister::Window {
  std::string directory;  ///< relative, "" or ending in '/'
  std::string prefix;
  std::string above;               ///< every name greater than this ...
  std::vector<std::string> names;  ///< ... is here, sorted,
  bool truncated = false;          ///< up to the last one if true
  timespec modified{};
  bool settled = false;
};

class LocalLister::Walk {
 public:
  Walk(LocalLister& lister, std::string_view prefix, std::string_view after, size_t limit)
      : lister_(lister), prefix_(prefix), after_(after), limit_(limit) {}

  Result<ListPage> Run() {
    RETURN_IF_ERROR(Enter(""));
    if (page_.objects.size() > limit_) {
      page_.objects.pop_back();
      page_.more_after = page_.objects.back().key;
    }
    return std::move(page_);
  }

 private:
  // One object more than asked tells that there are more.
  bool Full() const { return page_.objects.size() > limit_; }

  Status Enter(const std::string& directory) {
    auto opened = OpenPath(lister_.root_ + "/" + directory, O_RDONLY | O_DIRECTORY);
    if (!opened) {
      const bool gone = opened.error().kind() == ErrorKind::kNotFound;
      return gone && !directory.empty() ? Status() : Fail(std::move(opened).error());
    }
    std::string above;
    while (!Full()) {
      ASSIGN_OR_RETURN(const auto window, Names(opened->get(), directory, above));
      const auto first =
          std::ranges::upper_bound(window->names, std::max(above, FirstAfter(directory)));
      for (auto name = first; name != window->names.end() && !Full(); ++name) {
        RETURN_IF_ERROR(Visit(opened->get(), directory, *name));
      }
      if (!window->truncated) return {};
      above = window->names.back();
    }
    return {};
  }

  Status Visit(int fd, const std::string& directory, const std::string& name) {
    std::string key = directory + name;
    if (name.ends_with('/')) return MayHold(key) ? Enter(key) : Status();
    if (key <= after_ || !key.starts_with(prefix_)) return {};
    struct stat info {};
    if (::fstatat(fd, name.c_str(), &info, 0) != 0) {
      if (errno == ENOENT) return {};  // deleted meanwhile
      return FailErrno("stat", key, errno);
    }
    if (!S_ISREG(info.st_mode)) return {};
    page_.objects.push_back({ObjectKey(std::move(key)),
                             static_cast<uint64_t>(info.st_size),
                             EtagOf(info),
                             ModifiedMs(info),
                             {}});
    return {};
  }

  /// Whether the directory \p key may hold keys that are asked for.
  bool MayHold(std::string_view key) const {
    if (IsReservedLocalPath(key)) return false;
    const bool in_prefix = key.starts_with(prefix_) || prefix_.starts_with(key);
    return in_prefix && (key > after_ || after_.starts_with(key));
  }

  Result<std::shared_ptr<const Window>> Names(int fd, const std::string& directory,
                                              const std::string& above) {
    struct stat info {};
    if (::fstat(fd, &info) != 0) return FailErrno("stat", directory, errno);
    if (const auto kept = lister_.Kept(); kept && Usable(*kept, directory, above, info))
      return kept;
    auto window = std::make_shared<Window>();
    window->directory = directory;
    window->prefix = prefix_;
    window->above = std::max(above, FirstAfter(directory));
    window->modified = info.st_mtim;
    window->settled = std::time(nullptr) - info.st_mtim.tv_sec > kSettledSeconds;
    RETURN_IF_ERROR(Fill(*window));
    if (window->settled && window->names.size() >= kKeepNamesMin) lister_.Keep(window);
    return std::shared_ptr<const Window>(std::move(window));
  }

  bool Usable(const Window& kept, const std::string& directory, const std::string& above,
              const struct stat& info) const {
    const std::string from = std::max(above, FirstAfter(directory));
    return kept.directory == directory && kept.prefix == prefix_ && kept.above <= from &&
           SameTime(kept.modified, info.st_mtim) && (!kept.truncated || from < kept.names.back());
  }

  /// Names up to this one in \p directory hold nothing after `after_`.
  std::string FirstAfter(const std::string& directory) const {
    if (!after_.starts_with(directory)) return {};
    const std::string_view rest = std::string_view(after_).substr(directory.size());
    const size_t slash = rest.find('/');
    // The directory on the way to after_ sorts behind this, as it ends in '/'.
    return std::string(slash == rest.npos ? rest : rest.substr(0, slash));
  }

  Status Fill(Window& window) const {
    const std::string path = lister_.root_ + "/" + window.directory;
    const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(path.c_str()), &::closedir);
    if (!dir) return errno == ENOENT ? Status() : FailErrno("list", path, errno);
    std::vector<std::string>& heap =
        window.names;  // the smallest ones, the greatest of them on top
    while (const dirent* entry = ::readdir(dir.get())) {
      std::string name = NameOf(::dirfd(dir.get()), *entry);
      if (name.empty() || name <= window.above || !Wanted(window.directory + name)) continue;
      if (heap.size() == lister_.window_names_) {
        window.truncated = true;
        if (name >= heap.front()) continue;
        std::ranges::pop_heap(heap);
        heap.pop_back();
      }
      heap.push_back(std::move(name));
      std::ranges::push_heap(heap);
    }
    std::ranges::sort_heap(heap);
    return {};
  }

  bool Wanted(std::string_view key) const {
    return key.starts_with(prefix_) || (key.ends_with('/') && prefix_.starts_with(key));
  }

  /// With '/' behind a directory; empty for what is no object and no directory.
  static std::string NameOf(int fd, const dirent& entry) {
    std::string name = entry.d_name;
    if (name == "." || name == "..") return {};
    unsigned char type = entry.d_type;
    if (type == DT_UNKNOWN || type == DT_LNK) {
      struct stat info {};
      if (::fstatat(fd, name.c_str(), &info, 0) != 0) return {};
      type = S_ISDIR(info.st_mode) ? DT_DIR : S_ISREG(info.st_mode) ? DT_REG : DT_SOCK;
    }
    if (type == DT_DIR) return name + "/";
    return type == DT_REG ? name : std::string();
  }

  LocalLister& lister_;
  const std::string prefix_;
  const std::string after_;
  const size_t limit_;
  ListPage page_;
};

std::shared_ptr<const LocalLister::Window> LocalLister::Kept() const {
  std::lock_guard lock(mutex_);
  return kept_;
}

void LocalLister::Keep(std::shared_ptr<const Window> window) {
  std::lock_guard lock(mutex_);
  kept_ = std::move(window);
}

Result<ListPage> LocalLister::List(std::string_view prefix,
                                   const std::optional<ObjectKey>& start_after, size_t limit) {
  return Walk(*this, prefix, start_after ? start_after->value() : "", limit).Run();
}

}  // namespace pinlake
