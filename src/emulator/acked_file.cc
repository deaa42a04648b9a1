#include "emulator/acked_file.h"

#include <fmt/format.h>

#include <iterator>

namespace pinlake {

Result<std::unique_ptr<AckedFile>> AckedFile::Open(const Path& path, Disk& disk) {
  ASSIGN_OR_RETURN(auto file, disk.OpenWrite(path));
  ASSIGN_OR_RETURN(const uint64_t size, file->Size());
  return std::unique_ptr<AckedFile>(new AckedFile(std::move(file), size));
}

Status AckedFile::Add(std::string_view topic, const std::vector<RecordOutcome>& records) {
  std::string lines;
  for (const auto& record : records) {
    if (record.kind != RecordOutcome::Kind::kAcknowledged) continue;
    fmt::format_to(std::back_inserter(lines), "{},{},{}\n", topic, record.partition, record.offset);
  }
  if (lines.empty()) return {};
  std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(file_->WriteAt(size_, lines));
  size_ += lines.size();
  return {};
}

}  // namespace pinlake
