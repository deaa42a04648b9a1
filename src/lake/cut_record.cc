#include "lake/cut_record.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <charconv>
#include <utility>

#include "lake/percent.h"

namespace pinlake {
namespace {

constexpr std::string_view kMagic = "pinlake-cut/";
constexpr std::string_view kSum = ";sum=";
constexpr std::string_view kReserved = ";=";

struct ReasonRow {
  RotationReason reason;
  std::string_view name;
  bool pure;
};
constexpr ReasonRow kReasons[] = {
    {RotationReason::kFlushSize, "flush_size", true},
    {RotationReason::kRotateInterval, "rotate_interval", true},
    {RotationReason::kPartitionChange, "partition_change", true},
    {RotationReason::kSchemaChange, "schema_change", true},
    {RotationReason::kOpenObjects, "open_objects", true},
    {RotationReason::kSchedule, "schedule", false},
    {RotationReason::kWallclock, "wallclock", false},
    {RotationReason::kBytes, "bytes", false},
    {RotationReason::kMemory, "memory", false},
    {RotationReason::kStop, "stop", false},
    {RotationReason::kRevocation, "revocation", false},
};

const ReasonRow& RowOf(RotationReason reason) { return kReasons[static_cast<size_t>(reason)]; }

std::string SumOf(std::string_view text) {
  return fmt::format("{:08x}", static_cast<uint32_t>(XXH3_64bits(text.data(), text.size())));
}

template <typename Item, typename OffsetOf>
bool Ascending(const std::vector<Item>& items, OffsetOf offset_of) {
  for (size_t i = 0; i < items.size(); ++i)
    if (offset_of(items[i]).value() < 0 ||
        (i > 0 && offset_of(items[i]) <= offset_of(items[i - 1])))
      return false;
  return true;
}

Status CheckOrder(const CutRecord& record, ErrorKind kind) {
  if (record.start.value() < 0)
    return Fail(kind, "cut record: start {} is negative", record.start.value());
  if (record.skipped && (record.skipped->from.value() < 0 || record.skipped->count < 1))
    return Fail(kind, "cut record: {} records skipped from {}", record.skipped->count,
                record.skipped->from.value());
  if (!Ascending(record.ends, [](const CutEnd& cut) { return cut.end; }))
    return Fail(kind, "cut record: ends are not ascending");
  if (!Ascending(record.switches, [](const BucketSwitch& change) { return change.from; }))
    return Fail(kind, "cut record: bucket switches are not ascending");
  return {};
}

std::optional<int64_t> ParseNumber(std::string_view text) {
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || text.empty()) return std::nullopt;
  return number;
}

std::optional<CutEnd> ParseEnd(std::string_view value) {
  const size_t colon = value.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto end = ParseNumber(value.substr(0, colon));
  const auto reason = RotationReasonNamed(value.substr(colon + 1));
  if (!end || !reason) return std::nullopt;
  return CutEnd{Offset(*end), *reason};
}

/// "<offset>:<number>".
std::optional<std::pair<Offset, int64_t>> ParsePair(std::string_view value) {
  const size_t colon = value.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto offset = ParseNumber(value.substr(0, colon));
  const auto number = ParseNumber(value.substr(colon + 1));
  if (!offset || !number) return std::nullopt;
  return std::pair(Offset(*offset), *number);
}

/// One `name=value`. False: not of version 1.
bool ReadField(std::string_view name, std::string_view value, CutRecord* record) {
  if (name == "log") {
    auto log_id = PercentDecode(value);
    if (log_id) record->log_id = LogId(*std::move(log_id));
    return log_id.has_value();
  }
  if (name == "clean") {
    record->clean = value == "1";
    return value == "0" || value == "1";
  }
  if (name == "start") {
    const auto start = ParseNumber(value);
    if (start) record->start = Offset(*start);
    return start.has_value();
  }
  if (name == "end") {
    const auto end = ParseEnd(value);
    if (end) record->ends.push_back(*end);
    return end.has_value();
  }
  if (name == "skipped") {
    const auto skipped = ParsePair(value);
    if (!skipped || record->skipped) return false;
    record->skipped = SkippedBefore{skipped->first, skipped->second};
    return true;
  }
  if (name == "bucket") {
    const auto change = ParsePair(value);
    if (change) record->switches.push_back({change->first, change->second});
    return change.has_value();
  }
  if (!name.starts_with("p.")) return false;
  auto property = PercentDecode(name.substr(2)), setting = PercentDecode(value);
  return property && setting && record->properties.emplace(*property, *setting).second;
}

Result<CutRecord> ParseFields(std::string_view fields) {
  CutRecord record;
  while (!fields.empty()) {
    const size_t length = std::min(fields.find(';'), fields.size());
    const std::string_view field = fields.substr(0, length);
    fields.remove_prefix(std::min(length + 1, fields.size()));
    const size_t equals = field.find('=');
    if (equals == std::string_view::npos ||
        !ReadField(field.substr(0, equals), field.substr(equals + 1), &record))
      return Fail(ErrorKind::kCorruption, "cut record: cannot read '{}'", field);
  }
  RETURN_IF_ERROR(CheckOrder(record, ErrorKind::kCorruption));
  return record;
}

}  // namespace

std::string_view Name(RotationReason reason) { return RowOf(reason).name; }
bool IsPure(RotationReason reason) { return RowOf(reason).pure; }

std::optional<RotationReason> RotationReasonNamed(std::string_view name) {
  for (const ReasonRow& row : kReasons)
    if (row.name == name) return row.reason;
  return std::nullopt;
}

Result<std::string> RenderCutRecord(const CutRecord& record) {
  RETURN_IF_ERROR(CheckOrder(record, ErrorKind::kInvalidArgument));
  std::string text = fmt::format("{}{};log={};clean={};start={}", kMagic, kCutRecordVersion,
                                 PercentEncode(record.log_id.value(), kReserved),
                                 record.clean ? 1 : 0, record.start.value());
  for (const auto& [name, value] : record.properties)
    text +=
        fmt::format(";p.{}={}", PercentEncode(name, kReserved), PercentEncode(value, kReserved));
  for (const CutEnd& cut : record.ends)
    text += fmt::format(";end={}:{}", cut.end.value(), Name(cut.reason));
  if (record.skipped)
    text += fmt::format(";skipped={}:{}", record.skipped->from.value(), record.skipped->count);
  for (const BucketSwitch& change : record.switches)
    text += fmt::format(";bucket={}:{}", change.from.value(), change.bucket_ms);
  const std::string sum = SumOf(text);
  text.append(kSum).append(sum);
  if (text.size() > kCutRecordBytesMax)
    return Fail(ErrorKind::kOutOfSpace, "cut record of {} bytes is over {}", text.size(),
                kCutRecordBytesMax);
  return text;
}

Result<std::optional<CutRecord>> ParseCutRecord(std::string_view metadata) {
  if (!metadata.starts_with(kMagic)) return std::nullopt;
  const size_t head = std::min(metadata.find(';'), metadata.size());
  const std::string_view version = metadata.substr(kMagic.size(), head - kMagic.size());
  if (version != std::to_string(kCutRecordVersion))
    return Fail(ErrorKind::kUnsupported,
                "the committed offset carries a cut record of version '{}', this program reads {}",
                version, kCutRecordVersion);
  const size_t sum = metadata.rfind(kSum);
  if (sum == std::string_view::npos || sum < head ||
      metadata.substr(sum + kSum.size()) != SumOf(metadata.substr(0, sum)))
    return Fail(ErrorKind::kCorruption, "cut record: its sum does not match: {}", metadata);
  const std::string_view fields = sum == head ? "" : metadata.substr(head + 1, sum - head - 1);
  ASSIGN_OR_RETURN(CutRecord record, ParseFields(fields));
  return record;
}

}  // namespace pinlake
