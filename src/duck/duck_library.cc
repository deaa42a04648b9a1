#include "duck/duck_library.h"

#include <dlfcn.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

#include "base/disk.h"

namespace pinlake {
namespace {

constexpr std::string_view kVersion = "v1.5.5";

std::vector<std::string> Places() {
  if (const char* named = std::getenv("PINLAKE_DUCKDB_LIBRARY"); named != nullptr) return {named};
  std::vector<std::string> places;
  char self[PATH_MAX];
  const ssize_t size = ::readlink("/proc/self/exe", self, sizeof self);
  if (size > 0 && static_cast<size_t>(size) < sizeof self) {
    const auto directory = ParentOf({self, static_cast<size_t>(size)});
    places.push_back(Join(ParentOf(directory), "lib/pinlake/libduckdb.so"));
  }
  places.push_back(PINLAKE_DUCKDB_LIBRARY);
  return places;
}

Result<void*> OpenLibrary() {
  std::vector<std::string> tried;
  for (const auto& place : Places()) {
    if (::access(place.c_str(), R_OK) == 0) {
      if (void* handle = ::dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL)) return handle;
      tried.push_back(::dlerror());
    } else {
      tried.push_back(place + " is not there");
    }
  }
  return Fail(ErrorKind::kUnavailable,
              "queries need DuckDB's library ({}); run scripts/bootstrap or set "
              "PINLAKE_DUCKDB_LIBRARY to a libduckdb.so {}",
              fmt::join(tried, "; "), kVersion);
}

Result<DuckLibrary> Load() {
  ASSIGN_OR_RETURN(void* handle, OpenLibrary());
  DuckLibrary library;
#define PINLAKE_DUCKDB_LOOK_UP(name)                                                         \
  library.name = reinterpret_cast<decltype(library.name)>(::dlsym(handle, "duckdb_" #name)); \
  if (library.name == nullptr)                                                               \
    return Fail(ErrorKind::kUnsupported, "this libduckdb.so has no duckdb_" #name);
  PINLAKE_DUCKDB_FUNCTIONS(PINLAKE_DUCKDB_LOOK_UP)
#undef PINLAKE_DUCKDB_LOOK_UP
  if (library.library_version() != kVersion) {
    return Fail(ErrorKind::kUnsupported, "libduckdb.so is {}, this program needs {}",
                library.library_version(), kVersion);
  }
  return library;
}

}  // namespace

Result<const DuckLibrary*> LoadDuckLibrary() {
  static std::mutex mutex;
  static DuckLibrary loaded;
  static bool ready = false;
  std::lock_guard lock(mutex);
  if (ready) return &loaded;
  ASSIGN_OR_RETURN(loaded, Load());
  ready = true;
  return &loaded;
}

}  // namespace pinlake
