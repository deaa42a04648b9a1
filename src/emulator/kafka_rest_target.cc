#include "emulator/kafka_rest_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "codec/json.h"

namespace pinlake {
namespace {

constexpr std::string_view kContentType = "application/vnd.kafka.json.v2+json";
/// Kafka's "may succeed later" among the codes of single records.
constexpr int64_t kRetriableRecord = 50003;
constexpr size_t kShownBytesMax = 200;

PostOutcome All(size_t records, RecordOutcome::Kind kind, std::string why, bool ambiguous) {
  PostOutcome outcome;
  outcome.ambiguous = ambiguous;
  outcome.records.assign(records, RecordOutcome{.kind = kind, .why = std::move(why)});
  return outcome;
}

PostOutcome OfError(const Error& error, size_t records) {
  using enum RecordOutcome::Kind;
  switch (error.kind()) {
    case ErrorKind::kThrottled:
    case ErrorKind::kUnavailable:
      return All(records, kRetriable, error.message(), false);
    case ErrorKind::kUnknownOutcome:
    case ErrorKind::kCancelled:
    case ErrorKind::kInternal:
    case ErrorKind::kCorruption:
      return All(records, kRetriable, error.message(), true);
    case ErrorKind::kOutOfSpace:
      return All(records, kRefused, error.message(), true);
    case ErrorKind::kInvalidArgument:
    case ErrorKind::kUnauthenticated:
    case ErrorKind::kPermissionDenied:
    case ErrorKind::kNotFound:
    case ErrorKind::kAlreadyExists:
    case ErrorKind::kConflict:
    case ErrorKind::kFenced:
    case ErrorKind::kUnsupported:
      return All(records, kRefused, error.message(), false);
  }
  return All(records, kRefused, error.message(), false);
}

std::string Shortened(std::string_view text) {
  return text.size() <= kShownBytesMax ? std::string(text)
                                       : std::string(text.substr(0, kShownBytesMax)) + "…";
}

/// Whole seconds only; the form with a date is not what gateways send.
std::optional<Millis> RetryAfter(const HttpFields& fields) {
  const auto text = fields.Find("Retry-After");
  int64_t seconds = 0;
  if (!text ||
      std::from_chars(text->data(), text->data() + text->size(), seconds).ec != std::errc())
    return std::nullopt;
  return Millis(std::clamp<int64_t>(seconds, 0, 60) * 1000);
}

RecordOutcome ReadRecord(JsonValue entry) {
  RecordOutcome outcome;
  const auto number = [&](std::string_view name) -> std::optional<int64_t> {
    const auto value = entry.Find(name);
    return value ? value->AsInt() : std::nullopt;
  };
  if (const auto code = number("error_code")) {
    const auto message = entry.Find("error");
    outcome.kind =
        *code == kRetriableRecord ? RecordOutcome::Kind::kRetriable : RecordOutcome::Kind::kRefused;
    outcome.why = fmt::format("error {}: {}", *code,
                              message ? message->AsString().value_or("no reason") : "no reason");
    return outcome;
  }
  const auto partition = number("partition");
  const auto offset = number("offset");
  if (!partition || !offset) {
    outcome.why = "the answer has neither an offset nor an error for this record";
    return outcome;
  }
  outcome.kind = RecordOutcome::Kind::kAcknowledged;
  outcome.partition = static_cast<int32_t>(*partition);
  outcome.offset = *offset;
  return outcome;
}

/// The outcomes of an answer's "offsets"; none if it has none that fit.
std::optional<std::vector<RecordOutcome>> ReadOffsets(const std::string& body, size_t records) {
  const auto document = JsonDocument::Parse(body);
  if (!document) return std::nullopt;
  const auto offsets = document->root().Find("offsets");
  if (!offsets || !offsets->is_array() || offsets->size() != records) return std::nullopt;
  std::vector<RecordOutcome> outcomes;
  outcomes.reserve(records);
  for (const JsonValue entry : offsets->elements()) outcomes.push_back(ReadRecord(entry));
  return outcomes;
}

}  // namespace

PostOutcome ReadProduceAnswer(const ClientResponse& answer, size_t records) {
  using enum RecordOutcome::Kind;
  if (auto outcomes = ReadOffsets(answer.body, records)) {
    PostOutcome outcome;
    outcome.records = std::move(*outcomes);
    outcome.retry_after = RetryAfter(answer.fields);
    return outcome;
  }
  const auto why = fmt::format("answered {} {}", answer.status, Shortened(answer.body));
  switch (answer.status) {
    case 408:
    case 429:
    case 503: {
      auto outcome = All(records, kRetriable, why, false);
      outcome.retry_after = RetryAfter(answer.fields);
      return outcome;
    }
    default:
      break;
  }
  if (answer.status >= 400 && answer.status < 500) return All(records, kRefused, why, false);
  if (answer.status >= 300 && answer.status < 400) return All(records, kRefused, why, false);
  return All(records, kRetriable, why, true);
}

std::string ProduceBody(const std::vector<std::string_view>& values) {
  size_t size = 32;
  for (const auto value : values) size += value.size() + 16;
  std::string body;
  body.reserve(size);
  body += R"({"records": [)";
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) body += ", ";
    body += R"({"value": )";
    body += values[i];
    body += '}';
  }
  body += "]}";
  return body;
}

KafkaRestTarget::KafkaRestTarget(HttpClient& client, HttpUrl base)
    : client_(client),
      base_(std::move(base)),
      prefix_(base_.target.substr(0, base_.target.find_last_not_of('/') + 1)) {}

ClientRequest KafkaRestTarget::Request(std::string_view topic) const {
  ClientRequest request;
  request.method = "POST";
  request.target = fmt::format("{}/topics/{}", prefix_, topic);
  request.fields.Add("Accept", "*/*");
  request.fields.Add("Content-Type", std::string(kContentType));
  return request;
}

PostOutcome KafkaRestTarget::Post(std::string_view topic,
                                  const std::vector<std::string_view>& values) {
  ClientRequest request = Request(topic);
  const std::string body = ProduceBody(values);
  request.body = {body};
  const auto answer = client_.Send(base_.origin, request);
  if (!answer) return OfError(answer.error(), values.size());
  return ReadProduceAnswer(*answer, values.size());
}

std::string KafkaRestTarget::Show(std::string_view topic,
                                  const std::vector<std::string_view>& values) const {
  const ClientRequest request = Request(topic);
  const std::string body = ProduceBody(values);
  std::string shown = fmt::format("{} {} HTTP/1.1\nHost: {}\n", request.method, request.target,
                                  base_.origin.HostField());
  for (const auto& field : request.fields.all()) {
    shown += fmt::format("{}: {}\n", field.name, field.value);
  }
  shown += fmt::format("Content-Length: {}\n\n{}\n", body.size(), body);
  return shown;
}

}  // namespace pinlake
