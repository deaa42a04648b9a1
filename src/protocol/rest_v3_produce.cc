#include "protocol/rest_v3_produce.h"

#include <fmt/format.h>

#include <array>

#include "protocol/base64.h"
#include "protocol/iso_time.h"
#include "protocol/json_body.h"

namespace pinlake {
namespace {

constexpr size_t kShownBytesMax = 200;

RestError Bad(std::string message) { return {400, 400, std::move(message)}; }

std::string Shown(JsonValue value) {
  std::string text = value.ToText();
  if (text.size() <= kShownBytesMax) return text;
  size_t end = kShownBytesMax;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

BodyProblem DecodeBase64(JsonValue value, std::optional<std::string>* out) {
  const auto text = value.AsString();
  if (!text) {
    return Bad(fmt::format("Bad Request: data={} is not a base64 string.", Shown(value)));
  }
  if (!IsBase64(*text)) {
    return Bad(fmt::format("Bad Request: data={} is not a valid base64 string.", Shown(value)));
  }
  std::string bytes(*text);
  bytes.resize(DecodeBase64InPlace(bytes.data(), bytes.size()));
  *out = std::move(bytes);
  return std::nullopt;
}

RestError NoRegistry(std::string_view type) {
  return {422, 422,
          fmt::format("Error: 42207 : Error serializing message. There is no schema registry here "
                      "for {}; give type JSON or BINARY.",
                      type.empty() ? "data without a type" : type)};
}

BodyProblem Convert(const std::string& type, std::optional<JsonValue> data, DataV3* out) {
  out->type = type;
  if (type == "AVRO" || type == "PROTOBUF" || type == "JSONSCHEMA" || type.empty()) {
    return NoRegistry(type);
  }
  if (type != "JSON" && type != "BINARY") {
    return Bad(fmt::format("type '{}' is not one of JSON, BINARY, AVRO, PROTOBUF, JSONSCHEMA",
                           type.substr(0, kShownBytesMax)));
  }
  if (!data) return Bad("data must be given");
  if (data->is_null()) return std::nullopt;
  if (type == "BINARY") return DecodeBase64(*data, &out->bytes);
  out->bytes = data->ToText();
  return std::nullopt;
}

BodyProblem ReadData(JsonValue value, std::string_view what, std::optional<DataV3>* out) {
  out->reset();
  if (value.is_null()) return std::nullopt;
  std::optional<std::string> type, ignored;
  std::optional<JsonValue> data;
  bool schema = false;
  const auto note_schema = [&](JsonValue v) -> BodyProblem {
    schema |= !v.is_null();
    return std::nullopt;
  };
  const std::array fields{
      BodyField{"type", [&](JsonValue v) { return ReadText(v, "type", &type); }},
      BodyField{"data",
                [&](JsonValue v) -> BodyProblem {
                  data = v;
                  return std::nullopt;
                }},
      BodyField{"schema", note_schema},
      BodyField{"schema_id", note_schema},
      BodyField{"schema_version", note_schema},
      BodyField{"subject", note_schema},
      BodyField{"subject_name_strategy", note_schema}};
  if (auto problem = ReadObject(value, what, fields)) return problem;
  if (schema && (!type || *type == "JSON" || *type == "BINARY")) {
    return type ? Bad(fmt::format("{}: type {} has no schema", what, *type)) : NoRegistry("");
  }
  return Convert(type.value_or(""), data, &out->emplace());
}

BodyProblem ReadHeader(JsonValue value, std::vector<HeaderV3>* out) {
  std::optional<std::string> name;
  HeaderV3 header;
  const std::array fields{
      BodyField{"name", [&](JsonValue v) { return ReadText(v, "headers[].name", &name); }},
      BodyField{"value", [&](JsonValue v) -> BodyProblem {
                  header.value.reset();
                  return v.is_null() ? std::nullopt : DecodeBase64(v, &header.value);
                }}};
  if (auto problem = ReadObject(value, "headers[]", fields)) return problem;
  if (!name) return Bad("headers[]: name must not be null");
  header.name = std::move(*name);
  out->push_back(std::move(header));
  return std::nullopt;
}

BodyProblem ReadPartition(JsonValue value, std::optional<PartitionId>* out) {
  std::optional<int32_t> partition;
  if (auto problem = ReadInt32(value, "partition_id", &partition)) return problem;
  out->reset();
  if (!partition) return std::nullopt;
  if (*partition < 0) {
    return Bad(fmt::format("partition_id must be at least 0 (was {})", *partition));
  }
  *out = PartitionId(*partition);
  return std::nullopt;
}

BodyProblem ReadTimestamp(JsonValue value, std::optional<TimestampMs>* out) {
  out->reset();
  if (value.is_null()) return std::nullopt;
  *out = value.AsString() ? ParseIsoInstant(*value.AsString()) : std::nullopt;
  if (*out && **out >= 0) return std::nullopt;
  return Bad("timestamp must be an ISO 8601 instant since 1970 such as \"2024-03-01T12:00:00Z\"");
}

void RenderData(JsonWriter& json, std::string_view member, const std::optional<DataV3>& data) {
  if (!data) return;
  json.Key(member).BeginObject().Key("type").String(data->type).Key("data");
  if (!data->bytes) {
    json.Null();
  } else if (data->type == "JSON") {
    json.Raw(*data->bytes);
  } else {
    std::string text;
    AppendBase64(*data->bytes, &text);
    json.String(text);
  }
  json.EndObject();
}

void RenderSize(JsonWriter& json, std::string_view member, const std::optional<DataV3>& data) {
  if (!data) return;
  json.Key(member).BeginObject().Key("type").String(data->type);
  json.Key("size").Int(data->bytes ? static_cast<int64_t>(data->bytes->size()) : -1).EndObject();
}

}  // namespace

NewRecord ProduceV3::Record(std::vector<HeaderView>* views) const {
  const auto bytes = [](const std::optional<DataV3>& data) {
    return data && data->bytes ? MaybeBytes(*data->bytes) : MaybeBytes();
  };
  for (const auto& header : headers) {
    views->push_back({header.name, header.value ? MaybeBytes(*header.value) : MaybeBytes()});
  }
  return {.key = bytes(key),
          .value = bytes(value),
          .headers = *views,
          .timestamp = timestamp,
          .partition = partition};
}

tl::expected<ProduceV3, RestError> ParseProduceV3(std::string_view text) {
  const auto document = JsonDocument::Parse(std::string(text));
  if (!document) {
    return tl::unexpected<RestError>(RestError{400, kSyntaxV3, document.error().message()});
  }
  ProduceV3 record;
  const std::array fields{
      BodyField{"partition_id", [&](JsonValue v) { return ReadPartition(v, &record.partition); }},
      BodyField{"headers",
                [&](JsonValue v) {
                  record.headers.clear();
                  return ReadArray(v, "headers", [&](JsonValue element) {
                    return ReadHeader(element, &record.headers);
                  });
                }},
      BodyField{"key", [&](JsonValue v) { return ReadData(v, "key", &record.key); }},
      BodyField{"value", [&](JsonValue v) { return ReadData(v, "value", &record.value); }},
      BodyField{"timestamp", [&](JsonValue v) { return ReadTimestamp(v, &record.timestamp); }}};
  if (auto problem = ReadObject(document->root(), "a record", fields)) {
    if (problem->code == 422 && problem->message.starts_with("Unrecognized field")) {
      problem->status = problem->code = 400;
    }
    return tl::unexpected<RestError>(std::move(*problem));
  }
  return record;
}

std::string RenderProduceV3(const ProduceV3& record) {
  JsonWriter json;
  json.BeginObject();
  if (record.partition) json.Key("partition_id").Int(record.partition->value());
  json.Key("headers").BeginArray();
  for (const auto& header : record.headers) {
    json.BeginObject().Key("name").String(header.name).Key("value");
    std::string text;
    if (header.value) AppendBase64(*header.value, &text);
    if (header.value) {
      json.String(text);
    } else {
      json.Null();
    }
    json.EndObject();
  }
  json.EndArray();
  RenderData(json, "key", record.key);
  RenderData(json, "value", record.value);
  if (record.timestamp) json.Key("timestamp").String(FormatIsoInstant(*record.timestamp));
  json.EndObject();
  return json.Take();
}

std::string RenderProducedV3(std::string_view cluster, std::string_view topic,
                             const Appended& appended, const ProduceV3& record) {
  JsonWriter json;
  json.BeginObject().Key("cluster_id").String(cluster).Key("topic_name").String(topic);
  json.Key("partition_id").Int(appended.partition.value());
  json.Key("offset").Int(appended.offset.value());
  json.Key("timestamp").String(FormatIsoInstant(appended.timestamp));
  RenderSize(json, "key", record.key);
  RenderSize(json, "value", record.value);
  json.EndObject();
  return json.Take() + "\r\n";
}

std::string RenderRefusedV3(int code, std::string_view message) {
  JsonWriter json;
  json.BeginObject().Key("error_code").Int(code).Key("message").String(message).EndObject();
  return json.Take() + "\r\n";
}

}  // namespace pinlake
