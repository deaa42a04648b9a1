// The generated data set as files.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "base/disk.h"
#include "emulator/dataset.h"

namespace pinlake {

enum class DatasetFormat { kJson, kCsv };

struct DatasetFile {
  Path path;
  int64_t rows = 0;
  uint64_t bytes = 0;
};

/// Writes `<directory>/pin.json`, `geo.json`, `user.json` (one compact JSON object a line, UTF-8,
/// split lines on `\n` only) or the same as `.csv` with a header. A file appears whole or not at
/// all, and replaces one of the same name. Errors of \p disk; kCancelled by \p stop.
Result<std::vector<DatasetFile>> WriteDatasetFiles(const Dataset& dataset, const Path& directory,
                                                   DatasetFormat format, Disk& disk,
                                                   std::stop_token stop);

}  // namespace pinlake
