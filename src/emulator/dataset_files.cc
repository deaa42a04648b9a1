#include "emulator/dataset_files.h"

namespace pinlake {
namespace {

constexpr size_t kWriteBytes = 1 << 20;

Status WriteRows(const Dataset& dataset, size_t table, DatasetFormat format, WriteFile& file,
                 DatasetFile& written, std::stop_token stop) {
  const auto& columns = Dataset::Tables()[table].columns;
  std::string buffer;
  if (format == DatasetFormat::kCsv) AppendCsvHeader(columns, &buffer);
  const auto flush = [&]() -> Status {
    RETURN_IF_ERROR(file.WriteAt(written.bytes, buffer));
    written.bytes += buffer.size();
    buffer.clear();
    return {};
  };
  for (int64_t number = 0; number < dataset.rows(); ++number) {
    const Row row = dataset.At(table, number);
    if (format == DatasetFormat::kCsv) {
      AppendCsvLine(row, &buffer);
    } else {
      AppendJsonObject(columns, row, JsonStyle::kCompact, &buffer);
      buffer.push_back('\n');
    }
    ++written.rows;
    if (buffer.size() < kWriteBytes) continue;
    if (stop.stop_requested()) return Fail(ErrorKind::kCancelled, "stopped at row {}", number);
    RETURN_IF_ERROR(flush());
  }
  RETURN_IF_ERROR(flush());
  return file.Sync();
}

Result<DatasetFile> WriteTable(const Dataset& dataset, size_t table, const Path& directory,
                               DatasetFormat format, Disk& disk, std::stop_token stop) {
  DatasetFile written;
  written.path = Join(directory, Dataset::Tables()[table].topic_suffix +
                                     (format == DatasetFormat::kCsv ? ".csv" : ".json"));
  const Path temporary = written.path + ".tmp";
  auto status = [&]() -> Status {
    ASSIGN_OR_RETURN(auto file, disk.OpenWrite(temporary));
    RETURN_IF_ERROR(file->Truncate(0));
    return WriteRows(dataset, table, format, *file, written, stop);
  }();
  if (status) status = disk.Rename(temporary, written.path);
  if (status) return written;
  (void)disk.Remove(temporary);
  return Fail(std::move(status).error().In("write " + written.path));
}

}  // namespace

Result<std::vector<DatasetFile>> WriteDatasetFiles(const Dataset& dataset, const Path& directory,
                                                   DatasetFormat format, Disk& disk,
                                                   std::stop_token stop) {
  RETURN_IF_ERROR(disk.MakeDirectories(directory));
  std::vector<DatasetFile> files;
  for (size_t table = 0; table < Dataset::Tables().size(); ++table) {
    ASSIGN_OR_RETURN(auto file, WriteTable(dataset, table, directory, format, disk, stop));
    files.push_back(std::move(file));
  }
  RETURN_IF_ERROR(disk.SyncDirectory(directory));
  return files;
}

}  // namespace pinlake
