#include "log/kafka/handle.h"

#include <fmt/format.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <algorithm>

#include "log/kafka/diagnosis.h"
#include "observe/log.h"

namespace pinlake::kafka {

ErrorKind KindOf(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_ID:
    case RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
      return ErrorKind::kNotFound;
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_INVALID_REQUEST:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR_INVALID_GROUP_ID:
    case RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
      return ErrorKind::kInvalidArgument;
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
      return ErrorKind::kAlreadyExists;
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
    case RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED:
      return ErrorKind::kThrottled;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return ErrorKind::kPermissionDenied;
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
      return ErrorKind::kUnauthenticated;
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST:
    case RD_KAFKA_RESP_ERR_STALE_MEMBER_EPOCH:
    case RD_KAFKA_RESP_ERR_FENCED_MEMBER_EPOCH:
      return ErrorKind::kFenced;
    case RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP:
      return ErrorKind::kConflict;
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
      return ErrorKind::kUnsupported;
    case RD_KAFKA_RESP_ERR__DESTROY:
      return ErrorKind::kCancelled;
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
      return ErrorKind::kCorruption;
    default:
      return ErrorKind::kUnavailable;  // brokers, leaders, replicas, time-outs: all pass
  }
}

Error ToError(rd_kafka_resp_err_t error, std::string_view tried) {
  return Error(KindOf(error), fmt::format("{}: {} ({})", tried, rd_kafka_err2str(error),
                                          rd_kafka_err2name(error)));
}

Error ToError(const rd_kafka_error_t& error, std::string_view tried) {
  return Error(KindOf(rd_kafka_error_code(&error)),
               fmt::format("{}: {} ({})", tried, rd_kafka_error_string(&error),
                           rd_kafka_error_name(&error)));
}

namespace {

// librdkafka's lines among ours. Its levels are syslog's.
void OnLogLine(const rd_kafka_t* client, int level, const char* facility, const char* text) {
  constexpr int kSyslogWarning = 4;
  constexpr int kSyslogInfo = 6;
  const LogLevel ours = level <= kSyslogWarning ? LogLevel::kWarn
                        : level <= kSyslogInfo  ? LogLevel::kInfo
                                                : LogLevel::kDebug;
  const auto* context = static_cast<const ClientContext*>(rd_kafka_opaque(client));
  if (context != nullptr && context->on_failure && std::string_view(facility) == "FAIL") {
    const std::string_view line = text;  // "[thrd:…]: broker: what happened"
    const auto at = line.find("]: ");
    context->on_failure(at == std::string_view::npos ? line : line.substr(at + 3));
  }
  Log(ours, "Kafka client.",
      {F("client", rd_kafka_name(client)), F("facility", facility), F("text", text)});
}

void OnError(rd_kafka_t*, int error, const char* text, void* context) {
  static_cast<ClientContext*>(context)->on_error(static_cast<rd_kafka_resp_err_t>(error), text);
}

// Says what is wrong with a broker's certificate, which librdkafka keeps to itself. Never takes one
// that OpenSSL refuses.
int OnCertificate(rd_kafka_t*, const char* broker, int32_t, int* error, int, const char*, size_t,
                  char* text, size_t size, void* context) {
  if (*error == X509_V_OK) return 1;
  const std::string why =
      fmt::format("{}{} ({})", kCertificateRefused, X509_verify_cert_error_string(*error), broker);
  *fmt::format_to_n(text, size - 1, "{}", why).out = '\0';
  const auto* client = static_cast<ClientContext*>(context);
  if (client->on_error) client->on_error(RD_KAFKA_RESP_ERR__SSL, why.c_str());
  return 0;
}

// librdkafka asks again ten seconds after a failure, and in time before a token ends.
void OnTokenWanted(rd_kafka_t* client, const char*, void* context) {
  const auto token = static_cast<ClientContext*>(context)->tokens();
  if (!token) {
    rd_kafka_oauthbearer_set_token_failure(client, token.error().message().c_str());
    return;
  }
  char why[512];
  if (rd_kafka_oauthbearer_set_token(client, token->token.reveal().c_str(), token->expires_ms,
                                     "kafka-cluster", nullptr, 0, why,
                                     sizeof why) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    rd_kafka_oauthbearer_set_token_failure(client, why);
  }
}

}  // namespace

Result<ConfPtr> MakeConf(const Properties& properties, const Properties& defaults,
                         ClientContext& context) {
  ConfPtr conf(rd_kafka_conf_new());
  std::string problems;
  Properties all = properties;
  all.insert(defaults.begin(), defaults.end());
  // Shorter than librdkafka's 30 s and Java's 10 s: an address without an answer is given up in
  // time to be told of.
  all.emplace("socket.connection.setup.timeout.ms", "6000");
  // MSK takes few sign-ins a second ("Too many connects"); its own client's documentation asks for
  // this.
  if (context.tokens) all.emplace("reconnect.backoff.ms", "1000");
  for (const auto& [name, value] : all) {
    char why[512];
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), why, sizeof why) !=
        RD_KAFKA_CONF_OK) {
      // librdkafka's text may quote the value, so only the name is told.
      problems += fmt::format("{}{}", problems.empty() ? "" : ", ", name);
    }
  }
  if (!problems.empty())
    return Fail(ErrorKind::kInvalidArgument,
                "Kafka properties with unknown names or bad values: {}", problems);
  rd_kafka_conf_set_log_cb(conf.get(), &OnLogLine);
  rd_kafka_conf_set_opaque(conf.get(), &context);
  rd_kafka_conf_set_ssl_cert_verify_cb(conf.get(), &OnCertificate);
  if (context.on_error) rd_kafka_conf_set_error_cb(conf.get(), &OnError);
  if (context.tokens) {
    rd_kafka_conf_set_oauthbearer_token_refresh_cb(conf.get(), &OnTokenWanted);
    rd_kafka_conf_enable_sasl_queue(conf.get(), 1);
  }
  return conf;
}

Result<ClientPtr> MakeClient(rd_kafka_type_t type, ConfPtr conf) {
  char why[512];
  ClientPtr client(rd_kafka_new(type, conf.get(), why, sizeof why));
  if (!client) return Fail(ErrorKind::kInvalidArgument, "make a Kafka client: {}", why);
  conf.release();  // belongs to the client now
  if (static_cast<ClientContext*>(rd_kafka_opaque(client.get()))->tokens) {
    const ErrorPtr error(rd_kafka_sasl_background_callbacks_enable(client.get()));
    if (error) return Fail(ToError(*error, "make a Kafka client"));
  }
  return client;
}

size_t TakeMessages(rd_kafka_queue_t* queue, Millis wait, rd_kafka_message_t** messages,
                    size_t count) {
  // A batch is waited for until it is full: only a batch of one returns with the first message.
  if (rd_kafka_consume_batch_queue(queue, static_cast<int>(wait.count()), messages, 1) < 1)
    return 0;
  const auto more = rd_kafka_consume_batch_queue(queue, 0, messages + 1, count - 1);
  return 1 + static_cast<size_t>(std::max<ssize_t>(more, 0));
}

MessageBatch::~MessageBatch() {
  for (auto* message : messages_) rd_kafka_message_destroy(message);
}

void MessageBatch::Add(rd_kafka_message_t* message) { messages_.push_back(message); }

RecordSet MessageBatch::ToSet(std::shared_ptr<MessageBatch> self) {
  RecordSet set;
  set.records.reserve(self->messages_.size());
  for (auto* message : self->messages_) {
    RecordView record{.offset = Offset(message->offset)};
    rd_kafka_timestamp_type_t type;
    record.timestamp = rd_kafka_message_timestamp(message, &type);
    if (message->key != nullptr)
      record.key.emplace(static_cast<const char*>(message->key), message->key_len);
    if (message->payload != nullptr)
      record.value.emplace(static_cast<const char*>(message->payload), message->len);
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
      auto views = std::make_unique<std::vector<HeaderView>>();
      const char* name = nullptr;
      const void* value = nullptr;
      size_t size = 0;
      for (size_t i = 0;
           rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
           ++i) {
        views->push_back(
            {name, value == nullptr
                       ? MaybeBytes()
                       : MaybeBytes(std::in_place, static_cast<const char*>(value), size)});
      }
      record.headers = *views;
      self->headers_.push_back(std::move(views));
    }
    set.next = record.offset + 1;
    set.records.push_back(record);
  }
  set.owner = std::move(self);
  return set;
}

}  // namespace pinlake::kafka
