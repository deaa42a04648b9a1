#include "log/kafka/producer.h"

#include <atomic>

#include "log/kafka/diagnosis.h"

namespace pinlake::kafka {
namespace {

// One Append on its way. Ends itself when the last of its records is answered.
class AppendCall {
 public:
  AppendCall(RecordBatch batch, AppendDone done)
      : batch_(std::move(batch)), done_(std::move(done)), pending_(batch_.records.size() + 1) {
    results_.reserve(batch_.records.size());
    for (size_t i = 0; i < batch_.records.size(); ++i) {
      results_.push_back(Fail(ErrorKind::kUnknownOutcome, "no delivery report"));
      slots_.push_back({this, i});
    }
  }

  struct Slot {
    AppendCall* call;
    size_t index;
    void Answer(Result<Appended> result) {
      call->results_[index] = std::move(result);
      call->Done();
    }
  };

  const std::vector<NewRecord>& records() const { return batch_.records; }
  Slot* slot(size_t index) { return &slots_[index]; }
  // Also called once by the one who started it, so that it outlives the loop that hands records
  // over.
  void Done() {
    if (pending_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    done_(std::move(results_));
    delete this;
  }

 private:
  RecordBatch batch_;
  AppendDone done_;
  std::vector<Result<Appended>> results_;
  std::vector<Slot> slots_;
  std::atomic<size_t> pending_;
};

Result<Appended> ResultOf(const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    rd_kafka_timestamp_type_t type;
    return Appended{PartitionId(message.partition), Offset(message.offset),
                    rd_kafka_message_timestamp(&message, &type)};
  }
  const std::string tried = fmt::format(
      "append to {}", message.rkt != nullptr ? rd_kafka_topic_name(message.rkt) : "a topic");
  Error error = ToError(message.err, tried);
  // A record that may have reached the broker before the answer was lost is not to be called a
  // failure.
  if (error.kind() == ErrorKind::kUnavailable &&
      rd_kafka_message_status(&message) == RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED) {
    return Fail(ErrorKind::kUnknownOutcome, "{}", error.message());
  }
  return Fail(std::move(error));
}

void OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  static_cast<AppendCall::Slot*>(message->_private)->Answer(ResultOf(*message));
}

rd_kafka_headers_t* HeadersOf(const NewRecord& record) {
  if (record.headers.empty()) return nullptr;
  auto* headers = rd_kafka_headers_new(record.headers.size());
  for (const auto& header : record.headers) {
    rd_kafka_header_add(headers, header.key.data(), static_cast<ssize_t>(header.key.size()),
                        header.value ? header.value->data() : nullptr,
                        header.value ? static_cast<ssize_t>(header.value->size()) : 0);
  }
  return headers;
}

// librdkafka takes a null pointer for a null value, so an empty one needs an address.
const char* DataOf(const MaybeBytes& bytes) {
  if (!bytes) return nullptr;
  return bytes->data() != nullptr ? bytes->data() : "";
}

void Send(rd_kafka_t* client, const TopicName& topic, const NewRecord& record,
          AppendCall::Slot* slot) {
  rd_kafka_vu_t arguments[7];
  size_t count = 0;
  auto next = [&](rd_kafka_vtype_t type) -> rd_kafka_vu_t& {
    arguments[count].vtype = type;
    return arguments[count++];
  };
  next(RD_KAFKA_VTYPE_TOPIC).u.cstr = topic.value().c_str();
  next(RD_KAFKA_VTYPE_PARTITION).u.i32 =
      record.partition ? record.partition->value() : RD_KAFKA_PARTITION_UA;
  auto& value =
      next(RD_KAFKA_VTYPE_VALUE);  // not copied: the batch's owner keeps it until the report
  value.u.mem.ptr = const_cast<char*>(DataOf(record.value));
  value.u.mem.size = record.value ? record.value->size() : 0;
  auto& key = next(RD_KAFKA_VTYPE_KEY);
  key.u.mem.ptr = const_cast<char*>(DataOf(record.key));
  key.u.mem.size = record.key ? record.key->size() : 0;
  next(RD_KAFKA_VTYPE_TIMESTAMP).u.i64 = record.timestamp.value_or(0);
  next(RD_KAFKA_VTYPE_OPAQUE).u.ptr = slot;
  auto* headers = HeadersOf(record);
  if (headers != nullptr) next(RD_KAFKA_VTYPE_HEADERS).u.headers = headers;
  const ErrorPtr error(rd_kafka_produceva(client, arguments, count));
  if (!error) return;
  if (headers != nullptr) rd_kafka_headers_destroy(headers);
  slot->Answer(Fail(ToError(*error, fmt::format("append to {}", topic.value()))));
}

}  // namespace

Result<std::unique_ptr<Producer>> Producer::Open(const Properties& properties, TokenSource tokens) {
  const Properties defaults = {
      {"enable.idempotence", "true"},
      {"acks", "all"},
      {"partitioner", "murmur2_random"},
      {"linger.ms", "2"},
      {"batch.size", "1048576"},
      {"message.max.bytes", "1048576"},  // Java's max.request.size
      {"queue.buffering.max.messages", "500000"},
      {"queue.buffering.max.kbytes", "131072"},
      {"delivery.timeout.ms", "30000"},
      {"topic.metadata.propagation.max.ms", "3000"},
      {"topic.metadata.refresh.interval.ms", "10000"},  // partitions that others add
      {"socket.keepalive.enable", "true"},
  };
  std::unique_ptr<Producer> producer(new Producer());
  producer->context_ = {
      .tokens = std::move(tokens),
      .owner = producer.get(),
      .on_error = [self = producer.get()](rd_kafka_resp_err_t error,
                                          const char* text) { self->Note(error, text); },
      .on_failure =
          [self = producer.get()](std::string_view text) {
            const std::lock_guard lock(self->mutex_);
            self->connection_failure_ = text;
          }};
  ASSIGN_OR_RETURN(auto conf, MakeConf(properties, defaults, producer->context_));
  rd_kafka_conf_set_dr_msg_cb(conf.get(), &OnDelivery);
  ASSIGN_OR_RETURN(producer->client_, MakeClient(RD_KAFKA_PRODUCER, std::move(conf)));
  producer->poller_ = std::jthread([client = producer->client()](std::stop_token stop) {
    while (!stop.stop_requested()) rd_kafka_poll(client, 100);
  });
  return producer;
}

void Producer::Note(rd_kafka_resp_err_t error, const char* text) {
  // It only sums up what the brokers' own errors said.
  if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return;
  const std::lock_guard lock(mutex_);
  // What was said of the certificate is more than that it failed.
  if (connection_error_ && connection_error_->message().starts_with(kCertificateRefused) &&
      std::string_view(text).find("certificate verify failed") != std::string_view::npos)
    return;
  // Nor does the end of a connection take the place of the reason that was given for it.
  if (connection_error_ && WasCut(text) && Diagnose(connection_error_->message(), {}).final) return;
  connection_error_ = Error(KindOf(error), text);
}

std::optional<Error> Producer::connection_error() const {
  const std::lock_guard lock(mutex_);
  if (connection_error_ || connection_failure_.empty()) return connection_error_;
  return Error(ErrorKind::kUnavailable, connection_failure_);
}

Producer::~Producer() {
  if (!client_) return;
  Flush(Millis(10000));
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  Flush(Millis(1000));
  poller_.request_stop();
}

void Producer::Flush(Millis span) {
  // The poll thread serves the reports; this only waits.
  const auto until = SystemClock().Steady() + span;
  while (rd_kafka_outq_len(client_.get()) > 0 && SystemClock().Steady() < until) {
    rd_kafka_flush(client_.get(), 50);
  }
}

int32_t Producer::KnownPartitions(const TopicName& topic) const {
  const TopicPtr handle(rd_kafka_topic_new(client_.get(), topic.value().c_str(), nullptr));
  const rd_kafka_metadata_t* metadata = nullptr;
  if (!handle || rd_kafka_metadata(client_.get(), 0, handle.get(), &metadata, 5000) !=
                     RD_KAFKA_RESP_ERR_NO_ERROR)
    return 0;
  int32_t known = 0;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    for (int p = 0; p < metadata->topics[i].partition_cnt; ++p)
      known += metadata->topics[i].partitions[p].leader >= 0 ? 1 : 0;
  }
  rd_kafka_metadata_destroy(metadata);
  return known;
}

void Producer::Append(const TopicName& topic, RecordBatch batch, AppendDone done) {
  auto* call = new AppendCall(std::move(batch), std::move(done));
  for (size_t i = 0; i < call->records().size(); ++i)
    Send(client_.get(), topic, call->records()[i], call->slot(i));
  call->Done();
}

}  // namespace pinlake::kafka
