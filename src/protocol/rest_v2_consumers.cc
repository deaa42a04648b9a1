#include "protocol/rest_v2_consumers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "protocol/base64.h"
#include "protocol/iso_time.h"
#include "protocol/json_body.h"

namespace pinlake {
namespace {

constexpr int32_t kFetchBytesMinMax = 10'000'000;

RestError Invalid(std::string message) { return {422, 422, std::move(message)}; }

template <typename T>
RestParsed<T> Refuse(RestError error) {
  return tl::unexpected<RestError>(std::move(error));
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

std::optional<RestV2Body> FormatOf(const std::string& name) {
  const std::string lower = Lower(name);
  if (lower == "binary") return RestV2Body::kBinary;
  if (lower == "json") return RestV2Body::kJson;
  if (lower == "avro") return RestV2Body::kAvro;
  if (lower == "jsonschema") return RestV2Body::kJsonSchema;
  if (lower == "protobuf") return RestV2Body::kProtobuf;
  return std::nullopt;
}

RestError WrongConfig(std::string_view value, std::string_view name, std::string_view rule) {
  return {422, 42204,
          fmt::format("Invalid consumer configuration: Invalid value {} for configuration {}: {}",
                      value.substr(0, 200), name, rule)};
}
RestError OutOfBounds(int64_t value, std::string_view name, std::string_view rule) {
  return {422, 40001,
          fmt::format("Invalid consumer configuration. It does not abide by the constraints: "
                      "Invalid value {} for configuration {}: {}",
                      value, name, rule)};
}

// The fields as they came, before they are judged.
struct RawConsumer {
  std::optional<std::string> id, name, format, reset, auto_commit;
  std::optional<int32_t> fetch_bytes_min, request_timeout_ms;
  bool has_format = false;
};

RestParsed<ConsumerV2> Judge(RawConsumer raw) {
  ConsumerV2 consumer;
  consumer.name = raw.id ? std::move(raw.id) : std::move(raw.name);
  if (consumer.name && consumer.name->find_first_not_of(" \t\r\n") == std::string::npos) {
    return Refuse<ConsumerV2>(Invalid(fmt::format(
        "createGroup.<return value>.instanceId must not be blank (was {})", *consumer.name)));
  }
  if (raw.format) {
    const auto format = FormatOf(*raw.format);
    if (!format) return Refuse<ConsumerV2>(Invalid("Invalid format type."));
    consumer.format = *format;
  }
  if (raw.fetch_bytes_min) {
    constexpr std::string_view kName = "fetch.min.bytes";
    if (*raw.fetch_bytes_min < -1) {
      return Refuse<ConsumerV2>(
          OutOfBounds(*raw.fetch_bytes_min, kName, "Value must be at least -1"));
    }
    if (*raw.fetch_bytes_min > kFetchBytesMinMax) {
      return Refuse<ConsumerV2>(OutOfBounds(
          *raw.fetch_bytes_min, kName, fmt::format("Value must be at most {}", kFetchBytesMinMax)));
    }
    consumer.fetch_bytes_min = raw.fetch_bytes_min;
  }
  if (raw.reset) {
    if (*raw.reset != "earliest" && *raw.reset != "latest" && *raw.reset != "none") {
      return Refuse<ConsumerV2>(WrongConfig(*raw.reset, "auto.offset.reset",
                                            "String must be one of: latest, earliest, none"));
    }
    consumer.reset = std::move(raw.reset);
  }
  if (raw.auto_commit) {
    const std::string flag = Lower(*raw.auto_commit);
    if (flag != "true" && flag != "false") {
      return Refuse<ConsumerV2>(WrongConfig(*raw.auto_commit, "enable.auto.commit",
                                            "Expected value to be either true or false"));
    }
    consumer.auto_commit = flag == "true";
  }
  if (raw.request_timeout_ms) {
    consumer.request_timeout = Millis(std::max(*raw.request_timeout_ms, 0));
  }
  return consumer;
}

// Members that entries about a topic partition have.
struct RawEntry {
  std::optional<std::string> topic, metadata, timestamp;
  std::optional<int32_t> partition;
  std::optional<int64_t> offset;
  bool number_as_timestamp = false;
};
enum EntryMember { kOffsetMember = 1, kTimestampMember = 2 };

BodyProblem ReadEntry(JsonValue value, std::string_view what, int members, RawEntry* out) {
  std::vector<BodyField> fields{
      {"topic", [&](JsonValue v) { return ReadText(v, "topic", &out->topic); }},
      {"partition", [&](JsonValue v) { return ReadInt32(v, "partition", &out->partition); }}};
  if ((members & kOffsetMember) != 0) {
    fields.push_back({"offset", [&](JsonValue v) { return ReadInt64(v, "offset", &out->offset); }});
    fields.push_back(
        {"metadata", [&](JsonValue v) { return ReadText(v, "metadata", &out->metadata); }});
  }
  if ((members & kTimestampMember) != 0) {
    fields.push_back({"timestamp", [&](JsonValue v) {
                        out->number_as_timestamp = v.is_number();
                        return ReadText(v, "timestamp", &out->timestamp);
                      }});
    fields.push_back(
        {"metadata", [&](JsonValue v) { return ReadText(v, "metadata", &out->metadata); }});
  }
  if (auto problem = ReadObject(value, what, fields)) return problem;
  if (!out->topic || out->topic->empty()) {
    return Invalid(fmt::format("{}: topic must not be empty", what));
  }
  if (!out->partition) return Invalid(fmt::format("{}: partition must not be null", what));
  return std::nullopt;
}

TopicPartition PlaceOf(const RawEntry& entry) {
  return {TopicName(*entry.topic), PartitionId(*entry.partition)};
}

BodyProblem ReadOffsetEntry(JsonValue value, bool offset_needed, std::vector<OffsetV2>* out) {
  RawEntry entry;
  if (auto problem = ReadEntry(value, "offsets[]", kOffsetMember, &entry)) return problem;
  if (offset_needed && !entry.offset) return Invalid("offsets[]: offset must not be null");
  const int64_t offset = entry.offset.value_or(0);
  if (offset < 0) {
    return Invalid(fmt::format("offsets[]: offset must be at least 0 (was {})", offset));
  }
  out->push_back({PlaceOf(entry), offset, entry.metadata.value_or("")});
  return std::nullopt;
}

BodyProblem ReadTimestampEntry(JsonValue value, std::vector<TimestampV2>* out) {
  RawEntry entry;
  if (auto problem = ReadEntry(value, "timestamps[]", kTimestampMember, &entry)) return problem;
  const auto at = entry.timestamp && !entry.number_as_timestamp ? ParseIsoInstant(*entry.timestamp)
                                                                : std::nullopt;
  if (!at) {
    return Invalid(
        "timestamps[]: timestamp must be an ISO 8601 instant such as \"2024-03-01T12:00:00Z\"");
  }
  out->push_back({PlaceOf(entry), *at});
  return std::nullopt;
}

}  // namespace

RestParsed<ConsumerV2> ParseConsumerV2(std::string_view body) {
  auto document = ParseJsonBody(body);
  if (!document) return Refuse<ConsumerV2>(std::move(document.error()));
  if (!*document) return ConsumerV2{};
  RawConsumer raw;
  const auto text = [](std::string_view name, std::optional<std::string>* out) {
    return BodyField{name, [name, out](JsonValue v) { return ReadText(v, name, out); }};
  };
  const auto number = [](std::string_view name, std::optional<int32_t>* out) {
    return BodyField{name, [name, out](JsonValue v) { return ReadInt32(v, name, out); }};
  };
  const std::array fields{text("id", &raw.id),
                          text("name", &raw.name),
                          text("format", &raw.format),
                          text("auto.offset.reset", &raw.reset),
                          text("auto.commit.enable", &raw.auto_commit),
                          number("fetch.min.bytes", &raw.fetch_bytes_min),
                          number("responseMinBytes", &raw.fetch_bytes_min),
                          number("consumer.request.timeout.ms", &raw.request_timeout_ms),
                          number("requestWaitMs", &raw.request_timeout_ms)};
  if (auto problem = ReadObject((*document)->root(), "the request", fields)) {
    return Refuse<ConsumerV2>(std::move(*problem));
  }
  return Judge(std::move(raw));
}

std::string RenderConsumerV2(std::string_view instance, std::string_view base_uri) {
  JsonWriter json;
  json.BeginObject().Key("instance_id").String(instance);
  json.Key("base_uri").String(base_uri).EndObject();
  return json.Take();
}

RestParsed<SubscriptionV2> ParseSubscriptionV2(std::string_view body) {
  auto document = ParseJsonBody(body);
  if (!document) return Refuse<SubscriptionV2>(std::move(document.error()));
  if (!*document) {
    return Refuse<SubscriptionV2>(Invalid("subscribe.subscription must not be null (was null)"));
  }
  SubscriptionV2 subscription;
  const auto read_topic = [&](JsonValue element) -> BodyProblem {
    std::optional<std::string> topic;
    if (auto problem = ReadText(element, "topics[]", &topic)) return problem;
    if (!topic || topic->empty()) return Invalid("subscribe.topics[] must not be empty");
    subscription.topics->emplace_back(std::move(*topic));
    return std::nullopt;
  };
  const std::array fields{BodyField{"topics",
                                    [&](JsonValue v) {
                                      subscription.topics.reset();
                                      if (!v.is_null()) subscription.topics.emplace();
                                      return ReadArray(v, "topics", read_topic);
                                    }},
                          BodyField{"topic_pattern", [&](JsonValue v) {
                                      return ReadText(v, "topic_pattern", &subscription.pattern);
                                    }}};
  if (auto problem = ReadObject((*document)->root(), "the request", fields)) {
    return Refuse<SubscriptionV2>(std::move(*problem));
  }
  return subscription;
}

std::string RenderSubscriptionV2(std::span<const TopicName> topics) {
  JsonWriter json;
  json.BeginObject().Key("topics").BeginArray();
  for (const auto& topic : topics) json.String(topic.value());
  json.EndArray().EndObject();
  return json.Take();
}

RestParsed<std::optional<std::vector<TopicPartition>>> ParsePartitionsV2(std::string_view body) {
  using Parsed = std::optional<std::vector<TopicPartition>>;
  auto document = ParseJsonBody(body);
  if (!document) return Refuse<Parsed>(std::move(document.error()));
  if (!*document) return std::nullopt;
  std::optional<std::vector<TopicPartition>> partitions;
  const auto read_entry = [&](JsonValue element) -> BodyProblem {
    RawEntry entry;
    if (auto problem = ReadEntry(element, "partitions[]", 0, &entry)) return problem;
    partitions->push_back(PlaceOf(entry));
    return std::nullopt;
  };
  const std::array fields{BodyField{"partitions", [&](JsonValue v) {
                                      partitions.reset();
                                      if (!v.is_null()) partitions.emplace();
                                      return ReadArray(v, "partitions", read_entry);
                                    }}};
  if (auto problem = ReadObject((*document)->root(), "the request", fields)) {
    return Refuse<Parsed>(std::move(*problem));
  }
  if (!partitions) return Refuse<Parsed>(Invalid("partitions must not be null (was null)"));
  return partitions;
}

std::string RenderPartitionsV2(std::span<const TopicPartition> partitions) {
  JsonWriter json;
  json.BeginObject().Key("partitions").BeginArray();
  for (const auto& tp : partitions) {
    json.BeginObject().Key("topic").String(tp.topic.value());
    json.Key("partition").Int(tp.partition.value()).EndObject();
  }
  json.EndArray().EndObject();
  return json.Take();
}

RestParsed<std::optional<PositionsV2>> ParsePositionsV2(std::string_view body) {
  using Parsed = std::optional<PositionsV2>;
  auto document = ParseJsonBody(body);
  if (!document) return Refuse<Parsed>(std::move(document.error()));
  if (!*document) return std::nullopt;
  PositionsV2 positions;
  const std::array fields{BodyField{"offsets",
                                    [&](JsonValue v) {
                                      return ReadArray(v, "offsets", [&](JsonValue element) {
                                        return ReadOffsetEntry(element, false, &positions.offsets);
                                      });
                                    }},
                          BodyField{"timestamps", [&](JsonValue v) {
                                      return ReadArray(v, "timestamps", [&](JsonValue element) {
                                        return ReadTimestampEntry(element, &positions.timestamps);
                                      });
                                    }}};
  if (auto problem = ReadObject((*document)->root(), "the request", fields)) {
    return Refuse<Parsed>(std::move(*problem));
  }
  return positions;
}

RestParsed<std::optional<std::vector<OffsetV2>>> ParseCommitV2(std::string_view body) {
  using Parsed = std::optional<std::vector<OffsetV2>>;
  auto document = ParseJsonBody(body);
  if (!document) return Refuse<Parsed>(std::move(document.error()));
  if (!*document) return std::nullopt;
  std::optional<std::vector<OffsetV2>> offsets;
  const std::array fields{BodyField{"offsets", [&](JsonValue v) {
                                      offsets.reset();
                                      if (!v.is_null()) offsets.emplace();
                                      return ReadArray(v, "offsets", [&](JsonValue element) {
                                        return ReadOffsetEntry(element, true, &*offsets);
                                      });
                                    }}};
  if (auto problem = ReadObject((*document)->root(), "the request", fields)) {
    return Refuse<Parsed>(std::move(*problem));
  }
  return offsets;
}

std::string RenderOffsetsV2(std::span<const OffsetV2> offsets) {
  JsonWriter json;
  json.BeginObject().Key("offsets").BeginArray();
  for (const auto& entry : offsets) {
    json.BeginObject().Key("topic").String(entry.tp.topic.value());
    json.Key("partition").Int(entry.tp.partition.value());
    json.Key("offset").Int(entry.offset).Key("metadata").String(entry.metadata).EndObject();
  }
  json.EndArray().EndObject();
  return json.Take();
}

Status ConsumedV2Writer::AppendData(const MaybeBytes& data) {
  if (!data) {
    text_ += "null";
    return {};
  }
  if (format_ == RestV2Body::kBinary) {
    text_ += '"';
    AppendBase64(*data, &text_);
    text_ += '"';
    return {};
  }
  ASSIGN_OR_RETURN(const bool any, minifier_.Append(*data, &text_));
  if (!any) return Fail(ErrorKind::kCorruption, "it is empty");
  return {};
}

Status ConsumedV2Writer::Add(const TopicPartition& tp, const RecordView& record) {
  const size_t before = text_.size();
  if (records_ > 0) text_ += ',';
  text_ += "{\"topic\":";
  AppendJsonString(tp.topic.value(), &text_);
  text_ += ",\"key\":";
  Status status = AppendData(record.key);
  if (status) {
    text_ += ",\"value\":";
    status = AppendData(record.value);
  }
  if (!status) {
    text_.resize(before);
    return Fail(ErrorKind::kCorruption,
                "Error deserializing record {} of {}: it is not JSON ({}). Read it with a binary "
                "consumer, or go on behind it with positions.",
                record.offset.value(), ToString(tp), status.error().message());
  }
  char digits[24];
  const auto append = [&](std::string_view name, int64_t number) {
    text_ += name;
    text_.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
  };
  append(",\"partition\":", tp.partition.value());
  append(",\"offset\":", record.offset.value());
  text_ += '}';
  ++records_;
  return {};
}

std::string ConsumedV2Writer::Take() {
  text_ += ']';
  return std::move(text_);
}

}  // namespace pinlake
