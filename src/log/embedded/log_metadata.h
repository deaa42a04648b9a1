// What the embedded log knows of its topics: one small file, replaced whole with each change. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "log/event_log.h"

namespace pinlake {

inline constexpr std::string_view kMetadataFile = "pinlake.meta";

struct LogMetadata {
  struct Topic {
    std::string id;  ///< of this life of the topic
    int32_t partitions = 0;
    TopicConfigs configs;  ///< those set; not the defaults
    std::map<std::string, std::string> facts;
    bool operator==(const Topic&) const = default;
  };
  /// Deleted, but files of it may be left.
  struct Deleted {
    TopicName topic;
    int32_t partitions = 0;
    bool operator==(const Deleted&) const = default;
  };
  std::string cluster_id;
  std::map<TopicName, Topic> topics;
  std::vector<Deleted> deleted;
  bool operator==(const LogMetadata&) const = default;
};

/// Lines of words, percent-escaped, the last one the CRC-32C of those before.
std::string EncodeMetadata(const LogMetadata& metadata);
/// kCorruption names the line. kUnsupported: a later version.
Result<LogMetadata> DecodeMetadata(std::string_view text);

}  // namespace pinlake
