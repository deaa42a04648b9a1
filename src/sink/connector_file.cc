#include <algorithm>

#include "codec/json.h"
#include "config/config_file.h"
#include "config/interpolation.h"
#include "sink/s3_sink_options.h"

namespace pinlake {
namespace {

/// Properties that decide which records an object holds, how it is called, and what is in it.
constexpr std::string_view kDeciding[] = {
    "behavior.on.null.values",
    "directory.delim",
    "errors.tolerance",
    "file.delim",
    "filename.offset.zero.pad.width",
    "flush.size",
    "format.class",
    "key.converter",
    "locale",
    "partition.duration.ms",
    "partition.field.name",
    "partitioner.class",
    "path.format",
    "pinlake.partition.missing",
    "pinlake.partition.schemaless.fields",
    "pinlake.timestamp.spaced",
    "rotate.schedule.interval.ms",
    "timestamp.extractor",
    "timestamp.field",
    "timezone",
    "topics.dir",
    "value.converter",
};

bool IsConverterProperty(std::string_view key, std::string_view converter) {
  return key.starts_with(converter) && key.size() > converter.size() &&
         key[converter.size()] == '.';
}

bool Decides(std::string_view key) {
  return std::find(std::begin(kDeciding), std::end(kDeciding), key) != std::end(kDeciding) ||
         IsConverterProperty(key, "value.converter") || IsConverterProperty(key, "key.converter");
}

Result<std::string> TextOf(JsonValue value, std::string_view key) {
  switch (value.kind()) {
    case JsonKind::kString:
      return std::string(*value.AsString());
    case JsonKind::kNumber:
    case JsonKind::kBool:
      return value.ToText();
    case JsonKind::kNull:
    case JsonKind::kArray:
    case JsonKind::kObject:
      break;
  }
  return Fail(ErrorKind::kInvalidArgument, "{}: a value must be text, not {}", key,
              Name(value.kind()));
}

/// What of the converter's properties has no effect.
void WarnIgnored(std::string_view name, const std::optional<ConverterConfig>& converter,
                 std::vector<std::string>* warnings) {
  if (!converter) return;
  std::vector<std::string> ignored;
  CheckConverter(*converter, &ignored);
  for (const std::string& property : ignored)
    warnings->push_back(fmt::format("{}.{}: is ignored: it has no effect here", name, property));
}

}  // namespace

Result<ConfigEntries> ParseConnectorJson(std::string text, const std::string& file) {
  auto document = JsonDocument::Parse(std::move(text));
  if (!document) return Fail(std::move(document).error().In(file));
  const JsonValue root = document->root();
  if (!root.is_object())
    return Fail(ErrorKind::kInvalidArgument, "{}: a connector is a JSON object, not {}", file,
                Name(root.kind()));
  const auto config = root.Find("config");
  const bool wrapped = config && config->is_object();
  ConfigEntries entries;
  entries.file = file;
  for (const JsonMember member : (wrapped ? *config : root).members()) {
    auto value = TextOf(member.value, member.name);
    if (!value) return Fail(std::move(value).error().In(file));
    entries.Set(std::string(member.name), *std::move(value), file);
  }
  if (const auto name = root.Find("name"); wrapped && name && name->is_string())
    entries.Set("name", std::string(*name->AsString()), file);
  return entries;
}

Result<ConfigEntries> LoadConnectorFile(const std::string& path) {
  if (!path.ends_with(".json")) return LoadConfigFile(path);
  ASSIGN_OR_RETURN(std::string text, ReadConfigFile(path));
  ASSIGN_OR_RETURN(ConfigEntries entries, ParseConnectorJson(std::move(text), path));
  Interpolate(entries, DirectoryOf(path), ProcessEnvironment());
  return entries;
}

ConfigEntries WithWorkerDefaults(ConfigEntries connector, const ConfigEntries& worker) {
  std::vector<ConfigEntry> taken;
  for (const std::string converter : {"key.converter", "value.converter", "header.converter"}) {
    if (connector.Find(converter) != nullptr) continue;
    for (const ConfigEntry& entry : worker.entries)
      if (entry.key == converter || IsConverterProperty(entry.key, converter))
        taken.push_back(entry);
  }
  for (ConfigEntry entry : worker.entries) {
    if (!entry.key.starts_with("consumer.")) continue;
    entry.key.replace(0, std::string_view("consumer").size(), "consumer.override");
    taken.push_back(std::move(entry));
  }
  // In front: the connector's own come later and win.
  connector.entries.insert(connector.entries.begin(), taken.begin(), taken.end());
  return connector;
}

Result<Parsed<S3SinkConfig>> ParseS3SinkProperties(const ConfigEntries& entries) {
  ASSIGN_OR_RETURN(auto parsed, S3SinkOptions().Parse(entries, UnknownPolicy::kWarn));
  WarnIgnored("value.converter", parsed.config.value_converter(), &parsed.warnings);
  WarnIgnored("key.converter", parsed.config.key_converter(), &parsed.warnings);
  return parsed;
}

std::map<std::string, std::string> RecordedProperties(const Parsed<S3SinkConfig>& parsed) {
  std::map<std::string, std::string> recorded;
  for (const auto& [key, entry] : parsed.given) {
    const OptionRow* const row = S3SinkOptions().Find(key);
    const std::string value(Trim(entry.value));
    if (!Decides(key) || (row->has_fallback && value == row->fallback)) continue;
    recorded[key] = value;
  }
  return recorded;
}

Result<Parsed<S3SinkConfig>> UnderRecorded(const ConfigEntries& today,
                                           const std::map<std::string, std::string>& recorded) {
  ConfigEntries entries = today;
  entries.warnings.clear();
  std::erase_if(entries.entries, [](const ConfigEntry& entry) { return Decides(entry.key); });
  for (const auto& [key, value] : recorded) entries.Set(key, value, "the committed offset");
  auto parsed = ParseS3SinkProperties(entries);
  if (!parsed)
    return Fail(ErrorKind::kUnsupported,
                "cuts under way were made under properties that can't be repeated: {}",
                parsed.error().message());
  return parsed;
}

}  // namespace pinlake
