// Decompression of gzip as it comes, piece by piece.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pinlake {

/// One gzip file, or several one after the other as `cat` joins them. Not thread-safe.
class Gunzip {
 public:
  Gunzip();
  ~Gunzip();
  Gunzip(const Gunzip&) = delete;

  /// Appends what \p piece holds to \p out. kCorruption: no gzip, or a wrong checksum.
  Status Add(std::string_view piece, std::string* out);
  /// kCorruption: the file ends in the middle.
  Status Finish() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pinlake
