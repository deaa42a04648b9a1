#include "lake/object_metadata.h"

#include <charconv>
#include <limits>

#include "lake/percent.h"

namespace pinlake {
namespace {

constexpr std::string_view kVersion = "pinlake-version";
constexpr std::string_view kExtraPrefix = "pinlake-x-";

Result<std::string> Text(const ObjectMetadata& metadata, const std::string& name) {
  const auto it = metadata.find(name);
  if (it == metadata.end()) return Fail(ErrorKind::kCorruption, "object metadata lacks {}", name);
  auto decoded = PercentDecode(it->second);
  if (!decoded)
    return Fail(ErrorKind::kCorruption, "object metadata {}: '{}' has a broken escape", name,
                it->second);
  return *std::move(decoded);
}

Result<int64_t> Number(const ObjectMetadata& metadata, const std::string& name) {
  ASSIGN_OR_RETURN(const std::string text, Text(metadata, name));
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < 0)
    return Fail(ErrorKind::kCorruption, "object metadata {}: '{}' is no count", name, text);
  return number;
}

Result<RecordDigest> Digest(const ObjectMetadata& metadata, const std::string& name) {
  ASSIGN_OR_RETURN(const std::string text, Text(metadata, name));
  const auto digest = RecordDigest::FromHex(text);
  if (!digest)
    return Fail(ErrorKind::kCorruption, "object metadata {}: '{}' is no digest", name, text);
  return *digest;
}

bool IsExtraName(std::string_view name) {
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

/// The order that every object keeps: cut_start <= first <= last < cut_end, and no more records
/// than offsets.
bool InOrder(const ObjectFacts& facts) {
  return facts.cut_start.value() >= 0 && facts.cut_start <= facts.first &&
         facts.first <= facts.last && facts.last < facts.cut_end && facts.count >= 1 &&
         facts.count <= facts.last - facts.first + 1 && facts.skipped >= 0 &&
         facts.skipped <= facts.cut_end - facts.cut_start - facts.count &&
         facts.tp.partition.value() >= 0;
}

std::string Describe(const ObjectFacts& facts) {
  return fmt::format("{}: cut {}..{}, records {}..{}, count {}, skipped {}", ToString(facts.tp),
                     facts.cut_start.value(), facts.cut_end.value(), facts.first.value(),
                     facts.last.value(), facts.count, facts.skipped);
}

Status ReadExtra(const ObjectMetadata& metadata, ObjectFacts* facts) {
  for (const auto& [name, value] : metadata) {
    if (!name.starts_with(kExtraPrefix)) continue;
    ASSIGN_OR_RETURN(facts->extra[name.substr(kExtraPrefix.size())], Text(metadata, name));
  }
  return {};
}

}  // namespace

Result<ObjectMetadata> RenderObjectMetadata(const ObjectFacts& facts) {
  if (!InOrder(facts))
    return Fail(ErrorKind::kInvalidArgument, "object facts out of order, {}", Describe(facts));
  ObjectMetadata metadata{
      {std::string(kVersion), std::to_string(kObjectMetadataVersion)},
      {"pinlake-log-id", PercentEncode(facts.log_id.value())},
      {"pinlake-topic", PercentEncode(facts.tp.topic.value())},
      {"pinlake-partition", std::to_string(facts.tp.partition.value())},
      {"pinlake-cut-start", std::to_string(facts.cut_start.value())},
      {"pinlake-cut-end", std::to_string(facts.cut_end.value())},
      {"pinlake-first", std::to_string(facts.first.value())},
      {"pinlake-last", std::to_string(facts.last.value())},
      {"pinlake-count", std::to_string(facts.count)},
      {"pinlake-skipped", std::to_string(facts.skipped)},
      {"pinlake-digest", facts.digest.ToHex()},
  };
  for (const auto& [name, value] : facts.extra) {
    if (!IsExtraName(name))
      return Fail(ErrorKind::kInvalidArgument, "object metadata name '{}' is not [a-z0-9-]", name);
    metadata[std::string(kExtraPrefix) + name] = PercentEncode(value);
  }
  size_t bytes = 0;
  for (const auto& [name, value] : metadata) bytes += name.size() + value.size();
  if (bytes > kObjectMetadataBytesMax)
    return Fail(ErrorKind::kOutOfSpace, "object metadata of {} bytes is over {}, {}", bytes,
                kObjectMetadataBytesMax, Describe(facts));
  return metadata;
}

bool HasObjectFacts(const ObjectMetadata& metadata) {
  return metadata.contains(std::string(kVersion));
}

Result<ObjectFacts> ParseObjectMetadata(const ObjectMetadata& metadata) {
  if (!HasObjectFacts(metadata))
    return Fail(ErrorKind::kNotFound, "the object says nothing of its records");
  ASSIGN_OR_RETURN(const int64_t version, Number(metadata, std::string(kVersion)));
  if (version != kObjectMetadataVersion)
    return Fail(ErrorKind::kUnsupported, "object metadata version {}, this program reads {}",
                version, kObjectMetadataVersion);
  ObjectFacts facts;
  ASSIGN_OR_RETURN(std::string log_id, Text(metadata, "pinlake-log-id"));
  facts.log_id = LogId(std::move(log_id));
  ASSIGN_OR_RETURN(std::string topic, Text(metadata, "pinlake-topic"));
  facts.tp.topic = TopicName(std::move(topic));
  ASSIGN_OR_RETURN(const int64_t partition, Number(metadata, "pinlake-partition"));
  if (partition > std::numeric_limits<int32_t>::max())
    return Fail(ErrorKind::kCorruption, "object metadata pinlake-partition: {} is too large",
                partition);
  facts.tp.partition = PartitionId(static_cast<int32_t>(partition));
  const auto offset = [&](const char* name, Offset* out) -> Status {
    ASSIGN_OR_RETURN(const int64_t number, Number(metadata, name));
    *out = Offset(number);
    return {};
  };
  RETURN_IF_ERROR(offset("pinlake-cut-start", &facts.cut_start));
  RETURN_IF_ERROR(offset("pinlake-cut-end", &facts.cut_end));
  RETURN_IF_ERROR(offset("pinlake-first", &facts.first));
  RETURN_IF_ERROR(offset("pinlake-last", &facts.last));
  ASSIGN_OR_RETURN(facts.count, Number(metadata, "pinlake-count"));
  ASSIGN_OR_RETURN(facts.skipped, Number(metadata, "pinlake-skipped"));
  ASSIGN_OR_RETURN(facts.digest, Digest(metadata, "pinlake-digest"));
  RETURN_IF_ERROR(ReadExtra(metadata, &facts));
  if (!InOrder(facts))
    return Fail(ErrorKind::kCorruption, "object metadata out of order, {}", Describe(facts));
  return facts;
}

}  // namespace pinlake
