#include "sink/s3_sink_rules.h"

#include <algorithm>
#include <cctype>

#include "model/topic_pattern.h"
#include "sink/rotation_schedule.h"

namespace pinlake {
namespace {

using C = S3SinkConfig;

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

Complaint CheckTopics(const C& config) {
  if (config.topics.empty() != config.topics_regex.has_value())
    return "give exactly one of topics and topics.regex";
  for (const std::string& topic : config.topics) {
    constexpr std::string_view kLegal =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    if (topic.empty() || topic.size() > 249 || topic == "." || topic == ".." ||
        topic.find_first_not_of(kLegal) != std::string::npos)
      return fmt::format(
          "'{}' is no topic name (allowed: 1 to 249 of letters, digits, '.', '_', '-')", topic);
  }
  return {};
}

Complaint CheckTopicsRegex(const C& config) {
  if (!config.topics_regex) return {};
  const auto pattern = TopicPattern::Compile(*config.topics_regex);
  if (!pattern) return pattern.error().message();
  return {};
}

Complaint CheckSchedule(const C& config) {
  if (config.rotate_schedule_ms <= 0) return {};
  if (config.timezone.empty()) return "needs timezone";
  const auto schedule = RotationSchedule::Make(config.rotate_schedule_ms, config.timezone);
  if (!schedule) return schedule.error().message();
  return {};
}

Complaint CheckPartitioner(const C& config) {
  const auto made = MakePartitioner(config.partitioning());
  return made ? Complaint{} : Complaint{made.error().message()};
}

Complaint CheckCredentials(const C& config) {
  if (config.access_key_id.empty() == config.secret_access_key.empty()) return {};
  return "give both or neither of aws.access.key.id and aws.secret.access.key";
}

Complaint Joined(const std::vector<std::string>& problems) {
  if (problems.empty()) return {};
  std::string text;
  for (const std::string& problem : problems) text.append(text.empty() ? "" : "; ").append(problem);
  return text;
}

Complaint CheckValueConverter(const C& config) {
  std::vector<std::string> ignored;
  return Joined(CheckConverter(config.value_converter(), &ignored));
}

Complaint CheckKeyConverter(const C& config) {
  std::vector<std::string> ignored;
  const auto converter = config.key_converter();
  return converter ? Joined(CheckConverter(*converter, &ignored)) : Complaint{};
}

Complaint CheckStoreUrl(const C& config) {
  const std::string& url = config.store_url;
  if (url.empty()) return {};
  const size_t colon = url.find("://");
  const std::string scheme = colon == std::string::npos ? "https" : Lower(url.substr(0, colon));
  const std::string rest = colon == std::string::npos ? url : url.substr(colon + 3);
  if (scheme == "file")
    return rest.starts_with('/') ? Complaint{} : "needs an absolute path: file:///directory";
  if (scheme != "http" && scheme != "https")
    return fmt::format("'{}' is not supported (allowed: http, https, file)", scheme);
  if (rest.empty() || rest.front() == '/') return "names no host";
  return {};
}

}  // namespace

std::vector<Rule<S3SinkConfig>> S3SinkRules() {
  return {
      {"topics", CheckTopics},
      {"topics.regex", CheckTopicsRegex},
      {"rotate.schedule.interval.ms", CheckSchedule},
      {"partitioner.class", CheckPartitioner},
      {"aws.secret.access.key", CheckCredentials},
      {"value.converter", CheckValueConverter},
      {"key.converter", CheckKeyConverter},
      {"store.url", CheckStoreUrl},
  };
}

std::optional<ConverterConfig> S3SinkConfig::key_converter() const {
  if (!key_converter_class) return std::nullopt;
  return ConverterConfig{*key_converter_class, key_converter_properties};
}

PartitionerConfig S3SinkConfig::partitioning() const {
  PartitionerConfig config = partitioner;
  config.directory_delim = directory_delim;
  config.timezone = timezone;
  return config;
}

ObjectNaming S3SinkConfig::naming() const {
  ObjectNaming naming;
  naming.topics_dir = topics_dir;
  naming.directory_delim = directory_delim;
  naming.file_delim = file_delim;
  naming.offset_pad_width = offset_pad_width;
  naming.value_extension = ".json";
  return naming;
}

}  // namespace pinlake
