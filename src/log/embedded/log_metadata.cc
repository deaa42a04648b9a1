#include "log/embedded/log_metadata.h"

#include <charconv>

#include "base/crc32c.h"

namespace pinlake {
namespace {

constexpr std::string_view kFirstLine = "pinlake-log 1";
constexpr std::string_view kHex = "0123456789abcdef";

// Everything but printable ASCII without the space and '%' is escaped; an empty word is "%".
std::string Escape(std::string_view text) {
  if (text.empty()) return "%";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '%') {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

std::optional<std::string> Unescape(std::string_view word) {
  std::string out;
  if (word == "%") return out;
  for (size_t i = 0; i < word.size(); ++i) {
    if (word[i] != '%') {
      out += word[i];
      continue;
    }
    if (i + 2 >= word.size()) return std::nullopt;
    const auto high = kHex.find(word[i + 1]), low = kHex.find(word[i + 2]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return out;
}

void AppendLine(std::string& out, std::initializer_list<std::string_view> words) {
  for (const auto word : words) {
    if (!out.empty() && out.back() != '\n') out += ' ';
    out += Escape(word);
  }
  out += '\n';
}

std::string_view TakeLine(std::string_view& text) {
  const auto end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

std::optional<std::vector<std::string>> Words(std::string_view line) {
  std::vector<std::string> words;
  while (true) {
    const auto space = line.find(' ');
    auto word = Unescape(line.substr(0, space));
    if (!word) return std::nullopt;
    words.push_back(*std::move(word));
    if (space == std::string_view::npos) return words;
    line.remove_prefix(space + 1);
  }
}

std::optional<int32_t> Count(const std::string& text) {
  int32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// One line into \p metadata. \return false if it is none of ours.
bool ApplyLine(const std::vector<std::string>& words, LogMetadata& metadata) {
  const std::string& kind = words[0];
  if (kind == "cluster" && words.size() == 2) {
    metadata.cluster_id = words[1];
    return true;
  }
  if (words.size() != 4)
    return kind == "deleted" && words.size() == 3 && [&] {
      const auto count = Count(words[2]);
      if (count) metadata.deleted.push_back({TopicName(words[1]), *count});
      return count.has_value();
    }();
  if (kind == "topic") {
    const auto count = Count(words[3]);
    if (count) metadata.topics[TopicName(words[1])] = {words[2], *count, {}, {}};
    return count.has_value();
  }
  const auto topic = metadata.topics.find(TopicName(words[1]));
  if (topic == metadata.topics.end()) return false;
  if (kind == "config") topic->second.configs[words[2]] = words[3];
  if (kind == "fact") topic->second.facts[words[2]] = words[3];
  return kind == "config" || kind == "fact";
}

std::string CrcLine(std::string_view before) {
  return fmt::format("crc32c {:08x}\n", Crc32c(before));
}

}  // namespace

std::string EncodeMetadata(const LogMetadata& metadata) {
  std::string out(kFirstLine);
  out += '\n';
  AppendLine(out, {"cluster", metadata.cluster_id});
  for (const auto& [name, topic] : metadata.topics) {
    AppendLine(out, {"topic", name.value(), topic.id, std::to_string(topic.partitions)});
    for (const auto& [key, value] : topic.configs) {
      AppendLine(out, {"config", name.value(), key, value});
    }
    for (const auto& [key, value] : topic.facts)
      AppendLine(out, {"fact", name.value(), key, value});
  }
  for (const auto& deleted : metadata.deleted) {
    AppendLine(out, {"deleted", deleted.topic.value(), std::to_string(deleted.partitions)});
  }
  return out + CrcLine(out);
}

Result<LogMetadata> DecodeMetadata(std::string_view text) {
  const std::string_view whole = text;
  const std::string_view first = TakeLine(text);
  if (first != kFirstLine) {
    const bool later = first.starts_with("pinlake-log ");
    return Fail(later ? ErrorKind::kUnsupported : ErrorKind::kCorruption,
                "first line is '{}', this program writes '{}'", first, kFirstLine);
  }
  LogMetadata metadata;
  for (int number = 2; !text.empty(); ++number) {
    const size_t at = whole.size() - text.size();
    const std::string_view line = TakeLine(text);
    if (text.empty()) {
      if (fmt::format("{}\n", line) == CrcLine(whole.substr(0, at))) return metadata;
      break;
    }
    const auto words = Words(line);
    if (!words || !ApplyLine(*words, metadata)) {
      return Fail(ErrorKind::kCorruption, "line {} is '{}'", number, line);
    }
  }
  return Fail(ErrorKind::kCorruption, "the last line is not the checksum of those before");
}

}  // namespace pinlake
