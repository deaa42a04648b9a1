#include "sink/s3_sink_rules.h"

#include <algorithm>
#include <cctype>

#include "model/topic_pattern.h"
#include "sink/rotation_schedule.h"
#include "store/s3/s3_object_settings.h"

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

Complaint CheckRole(const C& config) {
  if (!config.assume_role) return {};
  if (!config.role_arn.empty() && !config.role_session_name.empty()) return {};
  return "AwsAssumeRoleCredentialsProvider needs s3.credentials.provider.sts.role.arn and "
         "s3.credentials.provider.sts.role.session.name";
}

Complaint CheckEncryption(const C& config) {
  const Status checked = CheckS3ObjectSettings({.encryption = config.encryption,
                                                .kms_key_id = config.kms_key_id,
                                                .customer_key = config.customer_key});
  return checked ? Complaint{} : Complaint{checked.error().message()};
}

Complaint CheckWan(const C& config) {
  if (!config.accelerate || !config.path_style) return {};
  return "needs s3.path.style.access.enabled=false";
}

Complaint CheckTags(const C& config) {
  const auto tags = config.tags();
  if (!tags) return tags.error().message();
  return {};
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
      {"s3.credentials.provider.class", CheckRole},
      {"s3.ssea.name, s3.sse.kms.key.id, s3.sse.customer.key", CheckEncryption},
      {"s3.wan.mode", CheckWan},
      {"s3.object.tagging.key.value.pairs", CheckTags},
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

Result<std::vector<std::pair<std::string, std::string>>> S3SinkConfig::tags() const {
  constexpr size_t kExtraTagsMax = 7;  // of S3's 10 an object; three are the offsets and the count
  constexpr size_t kTagNameBytesMax = 128, kTagValueBytesMax = 256;
  std::vector<std::pair<std::string, std::string>> tags;
  for (const std::string& pair : extra_tags) {
    const size_t colon = pair.find(':');
    if (colon == std::string::npos || colon == 0 || colon > kTagNameBytesMax ||
        pair.size() - colon - 1 > kTagValueBytesMax) {
      return Fail(ErrorKind::kInvalidArgument,
                  "'{}' is not name:value (a name of 1 to {} bytes, a value of up to {})", pair,
                  kTagNameBytesMax, kTagValueBytesMax);
    }
    std::string name = pair.substr(0, colon);
    const bool taken =
        name == "startOffset" || name == "endOffset" || name == "recordCount" ||
        std::ranges::any_of(tags, [&](const auto& tag) { return tag.first == name; });
    if (taken) return Fail(ErrorKind::kInvalidArgument, "tag '{}' is there already", name);
    tags.emplace_back(std::move(name), pair.substr(colon + 1));
  }
  if (tags.size() <= kExtraTagsMax) return tags;
  return Fail(ErrorKind::kInvalidArgument, "{} tags; at most {}", tags.size(), kExtraTagsMax);
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
