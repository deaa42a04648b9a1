// \see FieldPartitioner and TimeBasedPartitioner of kafka-connect-storage-common
#include "sink/partitioner.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "codec/json.h"
#include "sink/iso_timestamp.h"
#include "sink/path_pattern.h"

namespace pinlake {
namespace {

/// Beyond it (the year 287,396) local times are no use.
constexpr TimestampMs kTimestampMax = 9'000'000'000'000'000;

Result<JsonDocument> ParseValue(const RecordView& record) {
  if (!record.value) return Fail(ErrorKind::kInvalidArgument, "the value is null");
  return JsonDocument::Parse(std::string(*record.value));
}

/// A field by its dotted path; none if a step of it is not there.
std::optional<JsonValue> FindPath(JsonValue at, std::string_view path) {
  while (true) {
    const size_t dot = std::min(path.find('.'), path.size());
    if (!at.is_object()) return {};
    const auto next = at.Find(path.substr(0, dot));
    if (!next || dot == path.size()) return next;
    at = *next;
    path.remove_prefix(dot + 1);
  }
}

/// A field's text must not lead out of its directory where objects are files.
std::string WithoutDotSegments(std::string_view text) {
  std::string out;
  while (true) {
    const size_t slash = std::min(text.find('/'), text.size());
    const std::string_view segment = text.substr(0, slash);
    if (segment == "..") {
      out += "%2E%2E";
    } else {
      out += segment == "." ? std::string_view("%2E") : segment;
    }
    if (slash == text.size()) return out;
    out += '/';
    text.remove_prefix(slash + 1);
  }
}

class FieldPartitioner final : public Partitioner {
 public:
  explicit FieldPartitioner(PartitionerConfig config) : config_(std::move(config)) {}

  Result<RecordPlace> Place(const RecordView& record, TimestampMs) override {
    if (!config_.schemaless_fields) {
      return Fail(ErrorKind::kInvalidArgument,
                  "FieldPartitioner needs values with a schema; "
                  "pinlake.partition.schemaless.fields=true takes fields of JSON as it is");
    }
    ASSIGN_OR_RETURN(const auto document, ParseValue(record));
    RecordPlace place{{}, record.timestamp};
    for (const auto& name : config_.fields) {
      const auto field = FindPath(document.root(), name);
      if (!field) {
        if (!config_.missing) return Fail(ErrorKind::kUnsupported, "field '{}' is missing", name);
        return RecordPlace{*config_.missing, record.timestamp};
      }
      ASSIGN_OR_RETURN(const std::string text, TextOf(*field, name));
      if (!place.encoded_partition.empty()) place.encoded_partition += config_.directory_delim;
      place.encoded_partition += name + "=" + text;
    }
    return place;
  }

 private:
  static Result<std::string> TextOf(JsonValue field, const std::string& name) {
    if (field.is_null()) return "null";
    if (const auto flag = field.AsBool()) return *flag ? "true" : "false";
    if (const auto text = field.AsString()) return WithoutDotSegments(*text);
    if (const auto number = field.AsInt()) return std::to_string(*number);
    return Fail(ErrorKind::kInvalidArgument,
                "field '{}' is no string, integer, boolean or null: it can't name a directory",
                name);
  }

  const PartitionerConfig config_;
};

/// `YYYY-MM-DD HH:MM:SS` as the ISO text it nearly is.
std::optional<int64_t> ParseSpaced(std::string_view text) {
  if (text.size() < 19 || text[10] != ' ') return {};
  std::string iso(text);
  iso[10] = 'T';
  return ParseIsoTimestamp(iso);
}

/// An optional minus and 1 to 19 digits: a count of milliseconds.
std::optional<int64_t> ParseMillis(std::string_view text) {
  const size_t digits = text.size() - (text.starts_with('-') ? 1 : 0);
  int64_t ms = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (digits < 1 || digits > 19 || error != std::errc() || stop != text.data() + text.size())
    return {};
  return ms;
}

class TimePartitioner final : public Partitioner {
 public:
  TimePartitioner(PartitionerConfig config, LocalZone zone, PathPattern pattern)
      : config_(std::move(config)), zone_(std::move(zone)), pattern_(std::move(pattern)) {}

  bool wallclock() const override { return config_.extractor == TimestampExtractor::kWallclock; }

  Result<RecordPlace> Place(const RecordView& record, TimestampMs wall_ms) override {
    switch (config_.extractor) {
      case TimestampExtractor::kWallclock:
        return At(wall_ms);
      case TimestampExtractor::kRecord:
        if (record.timestamp < 0)
          return Fail(ErrorKind::kInvalidArgument, "the record has no timestamp");
        return At(record.timestamp);
      case TimestampExtractor::kRecordField:
        return OfField(record);
    }
    return Fail(ErrorKind::kInternal, "no such extractor");
  }

 private:
  Result<RecordPlace> At(TimestampMs ts) {
    if (ts > kTimestampMax || ts < -kTimestampMax)
      return Fail(ErrorKind::kInvalidArgument, "timestamp {} is out of range (±{} ms)", ts,
                  kTimestampMax);
    const int64_t local = ts + zone_.OffsetAt(ts);
    const int64_t bucket = local / config_.duration_ms * config_.duration_ms;
    const int64_t utc = zone_.ToUtc(bucket);
    if (!known_ || known_bucket_ != utc) {
      known_path_ = pattern_.Format(utc);
      known_bucket_ = utc;
      known_ = true;
    }
    return RecordPlace{known_path_, ts};
  }

  Result<RecordPlace> OfField(const RecordView& record) {
    ASSIGN_OR_RETURN(const auto document, ParseValue(record));
    const auto field = FindPath(document.root(), config_.timestamp_field);
    if (!field || field->is_null()) {
      if (config_.missing) return RecordPlace{*config_.missing, record.timestamp};
      return Fail(ErrorKind::kUnsupported, "field '{}' is missing", config_.timestamp_field);
    }
    if (field->is_number()) {
      if (const auto ms = field->AsInt()) return At(*ms);
      const auto real = field->AsDouble();
      const auto limit = static_cast<double>(kTimestampMax);
      if (real && *real >= -limit && *real <= limit) return At(static_cast<int64_t>(*real));
      return Fail(ErrorKind::kInvalidArgument, "field '{}' is out of range",
                  config_.timestamp_field);
    }
    const auto text = field->AsString();
    if (!text) {
      return Fail(ErrorKind::kInvalidArgument, "field '{}' is neither a number nor a text",
                  config_.timestamp_field);
    }
    if (const auto ms = ParseMillis(*text)) return At(*ms);
    if (const auto ms = ParseIsoTimestamp(*text)) return At(*ms);
    if (const auto ms = config_.spaced_timestamps ? ParseSpaced(*text) : std::nullopt)
      return At(*ms);
    return Fail(ErrorKind::kUnsupported,
                "field '{}' is no ISO-8601 time; pinlake.timestamp.spaced=true takes "
                "YYYY-MM-DD HH:MM:SS too",
                config_.timestamp_field);
  }

  const PartitionerConfig config_;
  const LocalZone zone_;
  const PathPattern pattern_;
  bool known_ = false;  ///< the last bucket's path
  int64_t known_bucket_ = 0;
  std::string known_path_;
};

/// The fixed patterns of Daily and Hourly.
void FillIn(PartitionerConfig* config) {
  const std::string& d = config->directory_delim;
  const std::string day = "'year'=YYYY" + d + "'month'=MM" + d + "'day'=dd";
  if (config->partitioner == PartitionerClass::kDaily) {
    config->duration_ms = 86'400'000;
    config->path_format = day;
  } else if (config->partitioner == PartitionerClass::kHourly) {
    config->duration_ms = 3'600'000;
    config->path_format = day + d + "'hour'=HH";
  }
}

}  // namespace

Result<std::unique_ptr<Partitioner>> MakePartitioner(const PartitionerConfig& given) {
  PartitionerConfig config = given;
  if (config.partitioner == PartitionerClass::kDefault) return std::unique_ptr<Partitioner>();
  if (config.partitioner == PartitionerClass::kField) {
    if (config.fields.empty())
      return Fail(ErrorKind::kInvalidArgument, "partition.field.name: FieldPartitioner needs it");
    return std::make_unique<FieldPartitioner>(std::move(config));
  }
  FillIn(&config);
  if (config.path_format.ends_with(config.directory_delim))
    config.path_format.resize(config.path_format.size() - config.directory_delim.size());
  std::vector<std::string> problems;
  if (config.locale.empty()) problems.emplace_back("locale: time-based partitioners need it (en)");
  if (config.duration_ms < 1) {
    problems.push_back(fmt::format(
        "partition.duration.ms: {} is below 1; TimeBasedPartitioner needs it", config.duration_ms));
  }
  auto zone = LocalZone::Make(config.timezone.empty() ? "UTC" : config.timezone);
  if (config.timezone.empty())
    problems.emplace_back("timezone: time-based partitioners need it (UTC)");
  if (!zone) {
    problems.push_back(zone.error().message());
    zone = LocalZone::Make("UTC");
  }
  auto pattern = PathPattern::Make(config.path_format, *zone, config.locale);
  if (config.path_format.empty()) {
    problems.emplace_back("path.format: TimeBasedPartitioner needs it");
  } else if (!pattern) {
    problems.push_back(pattern.error().message());
  }
  if (!problems.empty()) return Fail(ErrorKind::kInvalidArgument, "{}", fmt::join(problems, "; "));
  return std::make_unique<TimePartitioner>(std::move(config), *std::move(zone),
                                           *std::move(pattern));
}

}  // namespace pinlake
