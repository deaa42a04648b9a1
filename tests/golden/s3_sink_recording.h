// Reads the recordings of the original S3 sink (tests/golden/s3-sink).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace pinlake {

struct RecordedRecord {
  std::string topic;
  int64_t partition = 0, offset = 0, timestamp = 0;
  std::optional<std::string> key, value;
};

struct Recording {
  std::map<std::string, std::string> properties;
  /// By topic partition ("topic-0"), then offset.
  std::map<std::string, std::map<int64_t, RecordedRecord>> records;
  /// By object key; gzip objects unpacked.
  std::map<std::string, std::string> objects;
};

/// Names of all recorded cases.
std::vector<std::string> RecordedCases();
Result<Recording> LoadRecording(const std::string& name);

}  // namespace pinlake
