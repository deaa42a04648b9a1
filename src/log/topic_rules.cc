#include "log/topic_rules.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>

namespace pinlake {
namespace {

constexpr size_t kTopicNameMax = 249;
constexpr int32_t kPartitionsMax = 10'000;
constexpr int64_t kInt32Max = std::numeric_limits<int32_t>::max();
constexpr int64_t kInt64Max = std::numeric_limits<int64_t>::max();

struct ConfigRow {
  std::string_view name;
  std::string_view fallback;
  // Numbers lie in [low, high]; words, separated by '|', are used if low > high.
  int64_t low, high;
  std::string_view words;
};

// Names, defaults and bounds as org.apache.kafka.common.config.TopicConfig, except segment.bytes
// (1 GiB there): a small log is preallocated less, and deleted sooner.
constexpr ConfigRow kConfigs[] = {
    {"cleanup.policy", "delete", 1, 0, "delete"},
    {"compression.type", "producer", 1, 0, "producer|uncompressed"},
    {"max.message.bytes", "1048588", 0, kInt32Max, ""},
    {"message.timestamp.type", "CreateTime", 1, 0, "CreateTime"},
    {"min.insync.replicas", "1", 1, 1, ""},
    {"retention.bytes", "-1", -1, kInt64Max, ""},
    {"retention.ms", "604800000", -1, kInt64Max, ""},
    {"segment.bytes", "67108864", 1024, kInt32Max, ""},
    {"segment.ms", "604800000", 1, kInt64Max, ""},
};
constexpr std::string_view kCompactWords = "delete|compact|compact,delete|delete,compact";

const ConfigRow* RowOf(std::string_view name) {
  for (const auto& row : kConfigs) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

bool HasWord(std::string_view words, std::string_view word) {
  while (true) {
    const auto bar = words.find('|');
    if (words.substr(0, bar) == word) return true;
    if (bar == std::string_view::npos) return false;
    words.remove_prefix(bar + 1);
  }
}

std::optional<int64_t> Number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool NameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

}  // namespace

Status CheckTopicName(const TopicName& topic) {
  const std::string& name = topic.value();
  if (name.empty() || name.size() > kTopicNameMax) {
    return Fail(ErrorKind::kInvalidArgument, "topic name of {} characters; 1 to {} are allowed",
                name.size(), kTopicNameMax);
  }
  if (name == "." || name == ".." || !std::all_of(name.begin(), name.end(), NameCharacter)) {
    return Fail(ErrorKind::kInvalidArgument,
                "topic name '{}': allowed are ASCII letters, digits, '.', '_' and '-', but not "
                "'.' or '..'",
                name);
  }
  return {};
}

Status CheckTopicConfig(const std::string& name, const std::string& value,
                        const TopicRules& rules) {
  const ConfigRow* row = RowOf(name);
  if (row == nullptr) return Fail(ErrorKind::kInvalidArgument, "unknown topic config '{}'", name);
  if (row->low <= row->high) {
    const auto number = Number(value);
    if (!number || *number < row->low || *number > row->high) {
      return Fail(ErrorKind::kInvalidArgument, "topic config {}={}: an integer from {} to {}", name,
                  value, row->low, row->high);
    }
    return {};
  }
  const auto words = name == "cleanup.policy" && rules.allow_compact ? kCompactWords : row->words;
  if (!HasWord(words, value)) {
    return Fail(ErrorKind::kInvalidArgument, "topic config {}={}: this log allows {}", name, value,
                words);
  }
  return {};
}

Status CheckTopicSpec(const TopicSpec& spec, const TopicRules& rules) {
  RETURN_IF_ERROR(CheckTopicName(spec.topic));
  if (spec.topic.value() == kOffsetsTopic) {
    return Fail(ErrorKind::kInvalidArgument, "topic name '{}' is the log's own",
                spec.topic.value());
  }
  if (spec.partitions < 1 || spec.partitions > kPartitionsMax) {
    return Fail(ErrorKind::kInvalidArgument, "topic {} with {} partitions; 1 to {} are allowed",
                spec.topic.value(), spec.partitions, kPartitionsMax);
  }
  if (spec.replication_factor != 1 && spec.replication_factor != -1) {
    return Fail(ErrorKind::kInvalidArgument,
                "topic {} with replication factor {}: this log has one replica", spec.topic.value(),
                spec.replication_factor);
  }
  for (const auto& [name, value] : spec.configs) {
    RETURN_IF_ERROR(CheckTopicConfig(name, value, rules));
  }
  return {};
}

TopicConfigs ConfigsInForce(const TopicConfigs& set, const TopicRules& rules) {
  TopicConfigs in_force = set;
  for (const auto& [name, value] : rules.defaults) in_force.try_emplace(name, value);
  for (const auto& row : kConfigs) in_force.try_emplace(std::string(row.name), row.fallback);
  return in_force;
}

Result<TopicConfigs> AlteredConfigs(
    TopicConfigs set, const std::map<std::string, std::optional<std::string>>& changes,
    const TopicRules& rules) {
  for (const auto& [name, value] : changes) {
    if (value) {
      RETURN_IF_ERROR(CheckTopicConfig(name, *value, rules));
      set[name] = *value;
    } else {
      if (RowOf(name) == nullptr) {
        return Fail(ErrorKind::kInvalidArgument, "unknown topic config '{}'", name);
      }
      set.erase(name);
    }
  }
  return set;
}

int64_t ConfigNumber(const TopicConfigs& in_force, const std::string& name) {
  const auto it = in_force.find(name);
  CHECK(it != in_force.end(), "configs in force hold every row");
  const auto number = Number(it->second);
  CHECK(number.has_value(), "configs are checked before they are kept");
  return *number;
}

}  // namespace pinlake
