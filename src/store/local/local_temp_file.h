// A file that has no name yet; private to the directory store.
#pragma once

#include <unistd.h>

#include <string>

#include "store/local/local_store.h"

namespace pinlake {

/// Removed when it goes out of scope.
struct LocalStore::TempFile {
  TempFile(std::string where, Descriptor file) : path(std::move(where)), fd(std::move(file)) {}
  TempFile(TempFile&& other) noexcept
      : path(std::exchange(other.path, {})), fd(std::move(other.fd)) {}
  TempFile& operator=(TempFile&&) = delete;
  ~TempFile() {
    if (!path.empty()) ::unlink(path.c_str());
  }

  std::string path;
  Descriptor fd;
};

}  // namespace pinlake
