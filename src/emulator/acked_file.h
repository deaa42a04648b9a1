// The list of what was acknowledged, for those who check that nothing is lost.
#pragma once

#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "emulator/post_target.h"

namespace pinlake {

/// Lines `topic,partition,offset`. A line is in the file before the next request of the same
/// thread is sent; an ended process leaves whole lines but for perhaps the last. Thread-safe.
class AckedFile {
 public:
  /// Appends to what is there.
  static Result<std::unique_ptr<AckedFile>> Open(const Path& path, Disk& disk);
  Status Add(std::string_view topic, const std::vector<RecordOutcome>& records);

 private:
  AckedFile(std::unique_ptr<WriteFile> file, uint64_t size) : file_(std::move(file)), size_(size) {}
  std::mutex mutex_;
  std::unique_ptr<WriteFile> file_;
  uint64_t size_;
};

}  // namespace pinlake
