#include "protocol/rest_v3_topics.h"

#include <fmt/format.h>

#include <array>

#include "protocol/json_body.h"

namespace pinlake {
namespace {

tl::unexpected<RestError> Refuse(RestError error) {
  return tl::unexpected<RestError>(std::move(error));
}

RestError NoBody() { return {422, 42206, "Payload error. The request has no body."}; }

struct RawConfig {
  std::optional<std::string> name, value, operation;
};

BodyProblem ReadConfig(JsonValue element, std::string_view what, bool with_operation,
                       RawConfig* out) {
  std::vector<BodyField> fields{
      {"name", [&](JsonValue v) { return ReadText(v, "name", &out->name); }},
      {"value", [&](JsonValue v) { return ReadText(v, "value", &out->value); }}};
  if (with_operation) {
    fields.push_back(
        {"operation", [&](JsonValue v) { return ReadText(v, "operation", &out->operation); }});
  }
  if (auto problem = ReadObject(element, what, fields)) return problem;
  if (out->name && !out->name->empty()) return std::nullopt;
  return RestError{400, 400, fmt::format("{}: name must not be empty", what)};
}

BodyProblem ReadChange(JsonValue element, ConfigChangesV3* out) {
  RawConfig raw;
  if (auto problem = ReadConfig(element, "data[]", true, &raw)) return problem;
  const std::string operation = raw.operation.value_or("SET");
  if (operation != "SET" && operation != "DELETE") {
    return RestError{400, 400, "data[]: operation must be SET or DELETE"};
  }
  if (operation == "DELETE") raw.value.reset();
  out->emplace_back(std::move(*raw.name), std::move(raw.value));
  return std::nullopt;
}

}  // namespace

tl::expected<NewTopicV3, RestError> ParseNewTopicV3(std::string_view body) {
  auto document = ParseJsonBody(body);
  if (!document) return Refuse(std::move(document.error()));
  if (!*document) return Refuse(NoBody());
  NewTopicV3 topic;
  std::optional<std::string> name;
  const std::array fields{
      BodyField{"topic_name", [&](JsonValue v) { return ReadText(v, "topic_name", &name); }},
      BodyField{"partitions_count",
                [&](JsonValue v) { return ReadInt32(v, "partitions_count", &topic.partitions); }},
      BodyField{"replication_factor",
                [&](JsonValue v) {
                  return ReadInt32(v, "replication_factor", &topic.replication_factor);
                }},
      BodyField{"replicas_assignments",
                [](JsonValue v) -> BodyProblem {
                  if (v.is_null() || v.size() == 0) return std::nullopt;
                  return RestError{400, 40002,
                                   "replicas_assignments is not supported; give "
                                   "partitions_count and replication_factor"};
                }},
      BodyField{"configs", [&](JsonValue v) {
                  return ReadArray(v, "configs", [&](JsonValue element) -> BodyProblem {
                    RawConfig raw;
                    if (auto problem = ReadConfig(element, "configs[]", false, &raw)) {
                      return problem;
                    }
                    if (raw.value) topic.configs.emplace_back(*raw.name, *raw.value);
                    return std::nullopt;
                  });
                }}};
  if (auto problem = ReadObject((*document)->root(), "the request", fields)) {
    return Refuse(std::move(*problem));
  }
  if (!name) return Refuse({400, 400, "topic_name must not be null"});
  constexpr int32_t kReplicationMax = 32767;
  if (topic.replication_factor && *topic.replication_factor > kReplicationMax) {
    return Refuse(
        {400, 400, fmt::format("replication_factor must be at most {}", kReplicationMax)});
  }
  // -1 would be the brokers' default.
  if (topic.partitions && *topic.partitions < 1) {
    return Refuse({400, 40002, "Number of partitions was set to an invalid non-positive value."});
  }
  if (topic.replication_factor && *topic.replication_factor < 1) {
    return Refuse({400, 40002, "Replication factor was set to an invalid non-positive value."});
  }
  topic.topic = std::move(*name);
  return topic;
}

tl::expected<std::optional<std::string>, RestError> ParseConfigValueV3(std::string_view body) {
  auto document = ParseJsonBody(body);
  if (!document) return Refuse(std::move(document.error()));
  if (!*document) return Refuse(NoBody());
  std::optional<std::string> value;
  const std::array fields{
      BodyField{"value", [&](JsonValue v) { return ReadText(v, "value", &value); }}};
  if (auto problem = ReadObject((*document)->root(), "the request", fields)) {
    return Refuse(std::move(*problem));
  }
  return value;
}

tl::expected<ConfigChangesV3, RestError> ParseAlterConfigsV3(std::string_view body) {
  auto document = ParseJsonBody(body);
  if (!document) return Refuse(std::move(document.error()));
  if (!*document) return Refuse(NoBody());
  ConfigChangesV3 changes;
  bool given = false;
  const std::array fields{BodyField{"data", [&](JsonValue v) {
                                      given = v.is_array();
                                      return ReadArray(v, "data", [&](JsonValue element) {
                                        return ReadChange(element, &changes);
                                      });
                                    }}};
  if (auto problem = ReadObject((*document)->root(), "the request", fields)) {
    return Refuse(std::move(*problem));
  }
  if (!given) return Refuse({400, 400, "data must not be null"});
  return changes;
}

}  // namespace pinlake
