#include "protocol/rest_v2_produce.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "codec/json.h"
#include "protocol/base64.h"
#include "protocol/json_scanner.h"

namespace pinlake {
namespace {

constexpr size_t kShownBytesMax = 1000;

// The original's validation messages begin with the name of the method that was called.
std::string_view MethodName(RestV2Body format) {
  switch (format) {
    case RestV2Body::kJson:
      return "produceJson";
    case RestV2Body::kAvro:
      return "produceAvro";
    case RestV2Body::kJsonSchema:
      return "produceJsonSchema";
    case RestV2Body::kProtobuf:
      return "produceProtobuf";
    case RestV2Body::kNone:
    case RestV2Body::kBinary:
    case RestV2Body::kPlain:
    case RestV2Body::kOther:
    case RestV2Body::kNotAType:
      return "produceBinary";
  }
  return "produceBinary";
}

std::string_view SchemaFormatName(RestV2Body format) {
  if (format == RestV2Body::kAvro) return "AVRO";
  return format == RestV2Body::kProtobuf ? "PROTOBUF" : "JSON";
}

bool NeedsSchema(RestV2Body format) {
  return format == RestV2Body::kAvro || format == RestV2Body::kJsonSchema ||
         format == RestV2Body::kProtobuf;
}

// A message may show a value, but not megabytes of it. Cut between characters.
std::string Shown(std::string_view text) {
  if (text.size() <= kShownBytesMax) return std::string(text);
  size_t end = kShownBytesMax;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

/// An integer as Jackson coerces one: numbers lose their fraction, strings are read, "" is none.
/// \return false if it is no integer of 32 bits.
bool ReadInt(std::string_view compact, std::optional<int32_t>* out) {
  *out = std::nullopt;
  if (compact == "null") return true;
  bool text = false;
  if (compact.front() == '"') {
    text = true;
    compact = compact.substr(1, compact.size() - 2);
    while (compact.starts_with(' ')) compact.remove_prefix(1);
    while (compact.ends_with(' ')) compact.remove_suffix(1);
    if (compact.empty()) return true;
    if (compact.front() == '+') compact.remove_prefix(1);
  }
  int32_t number = 0;
  const char* const end = compact.data() + compact.size();
  const auto read = std::from_chars(compact.data(), end, number);
  if (read.ec == std::errc() && read.ptr == end) {
    *out = number;
    return true;
  }
  if (text) return false;
  double real = 0;
  const auto read_real = std::from_chars(compact.data(), end, real);
  if (read_real.ec != std::errc() || read_real.ptr != end) return false;
  real = std::trunc(real);
  if (real < std::numeric_limits<int32_t>::min() || real > std::numeric_limits<int32_t>::max()) {
    return false;
  }
  *out = static_cast<int32_t>(real);
  return true;
}

class ProduceParser {
 public:
  ProduceParser(RestV2Body format, std::string& body, size_t records_max)
      : format_(format), records_max_(records_max), scanner_(body) {}

  tl::expected<ProduceV2, RestError> Parse() {
    if (!ParseRequest() || !CheckRequest() || !ConvertAll()) {
      return tl::unexpected<RestError>(std::move(error_));
    }
    return std::move(request_);
  }

 private:
  bool Refuse(int status, int code, std::string message) {
    error_ = {status, code, std::move(message)};
    return false;
  }
  bool Malformed() { return Refuse(400, 400, scanner_.error()); }
  bool WrongType(std::string_view field, std::string_view wanted) {
    return Refuse(400, 400, fmt::format("{} must be {}", field, wanted));
  }

  bool ParseRequest() {
    const char first = scanner_.Peek();
    if (scanner_.AtEnd()) return NullRequest();
    if (first != '{') {
      std::string_view value;
      if (!scanner_.Value(&value)) return Malformed();
      return value == "null" ? NullRequest() : WrongType("the request", "an object");
    }
    scanner_.Expect('{');
    if (scanner_.TryTake('}')) return true;
    do {
      std::string_view name;
      if (!scanner_.Name(&name)) return Malformed();
      if (!ParseMember(name)) return false;
    } while (scanner_.TryTake(','));
    // What follows the closing brace is not looked at, as in the original.
    return scanner_.Expect('}') || Malformed();
  }
  bool NullRequest() {
    return Refuse(422, 422,
                  fmt::format("{}.request must not be null (was null)", MethodName(format_)));
  }

  bool ParseMember(std::string_view name) {
    if (name == "records") return ParseRecords();
    if (name == "key_schema") return ParseSchemaText(&key_schema_);
    if (name == "value_schema") return ParseSchemaText(&value_schema_);
    if (name == "key_schema_id") return ParseSchemaId(&key_schema_id_);
    if (name == "value_schema_id") return ParseSchemaId(&value_schema_id_);
    return Unrecognized(name);
  }
  bool Unrecognized(std::string_view name) {
    return Refuse(422, 422, "Unrecognized field: " + Shown(name));
  }
  bool ParseSchemaText(bool* given) {
    std::string_view value;
    if (!scanner_.Value(&value)) return Malformed();
    if (value.front() == '{' || value.front() == '[') return WrongType("a schema", "a string");
    *given = value != "null";
    return true;
  }
  bool ParseSchemaId(bool* given) {
    std::string_view value;
    if (!scanner_.Value(&value)) return Malformed();
    std::optional<int32_t> id;
    if (!ReadInt(value, &id)) return WrongType("a schema id", "an integer of 32 bits");
    *given = id.has_value();
    return true;
  }

  bool ParseRecords() {
    request_.records.clear();  // given twice, the last counts
    null_record_.reset();
    if (scanner_.Peek() != '[') {
      std::string_view value;
      if (!scanner_.Value(&value)) return Malformed();
      return value == "null" || WrongType("records", "an array");
    }
    scanner_.Expect('[');
    if (scanner_.TryTake(']')) return true;
    do {
      if (request_.records.size() == records_max_) {
        return Refuse(413, 413, fmt::format("A request may have {} records.", records_max_));
      }
      if (!ParseRecord()) return false;
    } while (scanner_.TryTake(','));
    return scanner_.Expect(']') || Malformed();
  }

  bool ParseRecord() {
    auto& record = request_.records.emplace_back();
    if (scanner_.Peek() != '{') {
      std::string_view value;
      if (!scanner_.Value(&value)) return Malformed();
      if (value != "null") return WrongType("a record", "an object");
      if (!null_record_) null_record_ = request_.records.size() - 1;
      return true;
    }
    scanner_.Expect('{');
    if (scanner_.TryTake('}')) return true;
    do {
      std::string_view name;
      if (!scanner_.Name(&name)) return Malformed();
      if (name == "value") {
        if (!ParseData(&record.value)) return false;
      } else if (name == "key") {
        if (!ParseData(&record.key)) return false;
      } else if (name == "partition") {
        if (!ParsePartition(&record)) return false;
      } else {
        return Unrecognized(name);
      }
    } while (scanner_.TryTake(','));
    return scanner_.Expect('}') || Malformed();
  }
  bool ParseData(MaybeBytes* data) {
    std::string_view value;
    if (!scanner_.Value(&value)) return Malformed();
    *data = value == "null" ? MaybeBytes() : MaybeBytes(value);
    return true;
  }
  bool ParsePartition(NewRecord* record) {
    std::string_view value;
    if (!scanner_.Value(&value)) return Malformed();
    std::optional<int32_t> partition;
    if (!ReadInt(value, &partition)) return WrongType("partition", "an integer of 32 bits");
    record->partition.reset();
    if (partition) record->partition = PartitionId(*partition);
    return true;
  }

  bool CheckRequest() {
    if (request_.records.empty()) {
      return Refuse(
          422, 422,
          fmt::format("{}.request.records must not be empty (was [])", MethodName(format_)));
    }
    if (null_record_) {
      return Refuse(422, 422,
                    fmt::format("{}.request.records[{}] must not be null (was null)",
                                MethodName(format_), *null_record_));
    }
    for (size_t i = 0; i < request_.records.size(); ++i) {
      const auto& partition = request_.records[i].partition;
      if (partition && partition->value() < 0) {
        return Refuse(422, 422,
                      fmt::format("{}.request.records[{}].partition must be at least 0 "
                                  "(was {})",
                                  MethodName(format_), i, partition->value()));
      }
    }
    return true;
  }

  // Before anything is produced: one bad record fails the request.
  bool ConvertAll() {
    if (format_ == RestV2Body::kJson) return true;
    if (NeedsSchema(format_)) return CheckSchemas();
    for (auto& record : request_.records) {
      if (!DecodeBinary(&record.key) || !DecodeBinary(&record.value)) return false;
    }
    return true;
  }

  bool DecodeBinary(MaybeBytes* data) {
    if (!*data) return true;
    const std::string_view text = **data;
    if (text.front() != '"') {
      return Refuse(400, 400,
                    fmt::format("Bad Request: data={} is not a base64 string.", Shown(text)));
    }
    const std::string_view letters = text.substr(1, text.size() - 2);
    if (!IsBase64(letters)) {
      return Refuse(400, 400,
                    fmt::format("Bad Request: data={} is not a valid base64 string.", Shown(text)));
    }
    // The views point into the body, which is ours to change.
    const size_t bytes = DecodeBase64InPlace(const_cast<char*>(letters.data()), letters.size());
    *data = letters.substr(0, bytes);
    return true;
  }

  bool CheckSchemas() {
    if ((key_schema_ && key_schema_id_) || (value_schema_ && value_schema_id_)) {
      return Refuse(422, 422, "A schema is given by its text or by its id, not by both.");
    }
    for (const auto& record : request_.records) {
      if (record.key && !key_schema_ && !key_schema_id_) {
        return Refuse(422, 42201, "Request includes keys but does not include key schema");
      }
      if (record.value && !value_schema_ && !value_schema_id_) {
        return Refuse(422, 42202, "Request includes values but does not include value schema");
      }
      if (record.key || record.value) {
        return Refuse(
            422, 42207,
            fmt::format("Error serializing message. Schemas are not supported here: there "
                        "is no registry for format = {}. Use the json or binary format.",
                        SchemaFormatName(format_)));
      }
    }
    return true;
  }

  const RestV2Body format_;
  const size_t records_max_;
  JsonScanner scanner_;
  ProduceV2 request_;
  std::optional<size_t> null_record_;
  bool key_schema_ = false, value_schema_ = false;
  bool key_schema_id_ = false, value_schema_id_ = false;
  RestError error_;
};

void AppendInt(std::string& out, int64_t number) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void AppendData(std::string& out, RestV2Body format, const MaybeBytes& data) {
  if (!data) {
    out += "null";
  } else if (format == RestV2Body::kBinary) {
    out += '"';
    AppendBase64(*data, &out);
    out += '"';
  } else {
    out += *data;
  }
}

}  // namespace

tl::expected<ProduceV2, RestError> ParseProduceV2(RestV2Body format, std::string& body,
                                                  size_t records_max) {
  return ProduceParser(format, body, records_max).Parse();
}

std::string RenderProduceV2(RestV2Body format, const ProduceV2& request) {
  std::string out = "{\"records\":[";
  for (const auto& record : request.records) {
    if (out.back() != '[') out += ',';
    out += "{\"key\":";
    AppendData(out, format, record.key);
    out += ",\"value\":";
    AppendData(out, format, record.value);
    if (record.partition) out += fmt::format(",\"partition\":{}", record.partition->value());
    out += '}';
  }
  return out += "]}";
}

std::string RenderProducedV2(std::span<const ProducedV2> results) {
  std::string out;
  out.reserve(80 + results.size() * 72);
  out += "{\"offsets\":[";
  for (const auto& result : results) {
    if (out.back() != '[') out += ',';
    if (result) {
      out += "{\"partition\":";
      AppendInt(out, result->partition.value());
      out += ",\"offset\":";
      AppendInt(out, result->offset.value());
      out += ",\"error_code\":null,\"error\":null}";
    } else {
      out += "{\"partition\":null,\"offset\":null,\"error_code\":";
      AppendInt(out, result.error().code);
      out += ",\"error\":";
      AppendJsonString(result.error().message, &out);
      out += '}';
    }
  }
  return out += "],\"key_schema_id\":null,\"value_schema_id\":null}";
}

}  // namespace pinlake
