#include "lake/object_key.h"

#include <charconv>
#include <utility>

namespace pinlake {
namespace {

std::string_view KindInfix(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kValue:
      return "";
    case ObjectKind::kKeys:
      return ".keys";
    case ObjectKind::kHeaders:
      return ".headers";
  }
  return "";
}

const std::string& ExtensionOf(const ObjectNaming& naming, ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kKeys:
      return naming.keys_extension;
    case ObjectKind::kHeaders:
      return naming.headers_extension;
    case ObjectKind::kValue:
      break;
  }
  return naming.value_extension;
}

std::string Prefix(const ObjectNaming& naming) {
  return naming.topics_dir.empty() ? "" : naming.topics_dir + naming.directory_delim;
}

bool EatSuffix(std::string_view suffix, std::string_view* text) {
  if (!text->ends_with(suffix)) return false;
  text->remove_suffix(suffix.size());
  return true;
}

/// Takes the decimal number at the end of \p text.
std::optional<int64_t> EatNumber(std::string_view* text) {
  const size_t last = text->find_last_not_of("0123456789");
  const size_t begin = last == std::string_view::npos ? 0 : last + 1;
  int64_t number = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data() + begin, end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  text->remove_suffix(text->size() - begin);
  return number;
}

/// \p rest is `topic DD encoded DD topic`: the readings by length of the topic, shortest first.
template <typename Accept>
std::optional<ObjectName> SplitTopic(std::string_view rest, std::string_view delim, ObjectName name,
                                     const Accept& accept) {
  for (size_t at = rest.find(delim); at != std::string_view::npos; at = rest.find(delim, at + 1)) {
    const std::string_view topic = rest.substr(0, at);
    const size_t around = 2 * (topic.size() + delim.size());
    if (rest.size() <= around) return std::nullopt;
    if (!rest.ends_with(topic) ||
        rest.substr(rest.size() - topic.size() - delim.size(), delim.size()) != delim)
      continue;
    name.tp.topic = TopicName(std::string(topic));
    name.encoded_partition = rest.substr(topic.size() + delim.size(), rest.size() - around);
    if (accept(name)) return name;
  }
  return std::nullopt;
}

std::optional<ObjectName> ParseKind(const ObjectNaming& naming, const ObjectKey& key,
                                    ObjectKind kind, const std::optional<TopicName>& topic) {
  std::string_view rest = key.value();
  const std::string prefix = Prefix(naming);
  if (!rest.starts_with(prefix) || !EatSuffix(ExtensionOf(naming, kind), &rest) ||
      !EatSuffix(KindInfix(kind), &rest) || rest.size() < prefix.size())
    return std::nullopt;
  rest.remove_prefix(prefix.size());
  const auto first = EatNumber(&rest);
  if (!first || !EatSuffix(naming.file_delim, &rest)) return std::nullopt;
  const auto partition = EatNumber(&rest);
  if (!partition || *partition > INT32_MAX || !EatSuffix(naming.file_delim, &rest))
    return std::nullopt;

  ObjectName name;
  name.tp.partition = PartitionId(static_cast<int32_t>(*partition));
  name.first = Offset(*first);
  name.kind = kind;
  return SplitTopic(rest, naming.directory_delim, name, [&](const ObjectName& candidate) {
    if (topic && candidate.tp.topic != *topic) return false;
    const auto made = MakeObjectKey(naming, candidate);
    return made && *made == key;
  });
}

}  // namespace

Result<std::string> ObjectExtension(const ExtensionParts& parts) {
  const std::string gz = parts.gzip ? ".gz" : "";
  switch (parts.format) {
    case ObjectFormat::kJson:
      return ".json" + gz;
    case ObjectFormat::kBytes:
      return parts.bytes_extension + gz;
    case ObjectFormat::kAvro:
      return ".avro";
    case ObjectFormat::kParquet:
      break;
  }
  static constexpr std::pair<std::string_view, std::string_view> kCodecs[] = {
      {"none", ""},          {"snappy", ".snappy"},  {"gzip", ".gz"},   {"zstd", ".zstd"},
      {"lz4", ".lz4hadoop"}, {"lz4_raw", ".lz4raw"}, {"brotli", ".br"}, {"lzo", ".lzo"}};
  for (const auto& [codec, extension] : kCodecs)
    if (codec == parts.parquet_codec) return std::string(extension) + ".parquet";
  return Fail(ErrorKind::kInvalidArgument, "unknown Parquet codec '{}'", parts.parquet_codec);
}

std::string TopicPrefix(const ObjectNaming& naming, const TopicName& topic) {
  return Prefix(naming) + topic.value() + naming.directory_delim;
}

Result<ObjectKey> MakeObjectKey(const ObjectNaming& naming, const ObjectName& name) {
  const std::string& topic = name.tp.topic.value();
  std::string key =
      fmt::format("{}{}{}{}{}{}{}{:0{}}{}{}", TopicPrefix(naming, name.tp.topic),
                  name.encoded_partition, naming.directory_delim, topic, naming.file_delim,
                  name.tp.partition.value(), naming.file_delim, name.first.value(),
                  naming.offset_pad_width, KindInfix(name.kind), ExtensionOf(naming, name.kind));
  if (key.size() > kObjectKeyBytesMax)
    return Fail(ErrorKind::kInvalidArgument, "object key of {} bytes is over {}: {}", key.size(),
                kObjectKeyBytesMax, key);
  return ObjectKey(std::move(key));
}

std::optional<ObjectName> ParseObjectKey(const ObjectNaming& naming, const ObjectKey& key,
                                         const std::optional<TopicName>& topic) {
  for (const ObjectKind kind : {ObjectKind::kKeys, ObjectKind::kHeaders, ObjectKind::kValue})
    if (auto name = ParseKind(naming, key, kind, topic)) return name;
  return std::nullopt;
}

}  // namespace pinlake
