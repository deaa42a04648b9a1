// Appends to Kafka: one idempotent producer, a delivery report a record.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "log/event_log.h"
#include "log/kafka/handle.h"

namespace pinlake::kafka {

/// Thread-safe.
class Producer {
 public:
  static Result<std::unique_ptr<Producer>> Open(const Properties& properties, TokenSource tokens);
  /// Waits up to \p flush_ms for what is under way; the rest is answered with kUnknownOutcome or
  /// kUnavailable.
  ~Producer();

  /// As EventLog::Append.
  void Append(const TopicName& topic, RecordBatch batch, AppendDone done);
  /// Waits until all is answered, at most \p span.
  void Flush(Millis span);
  /// The last trouble with a connection to any broker; none: there was none.
  std::optional<Error> connection_error() const;
  /// Asks the brokers how many partitions with a leader \p topic has; appends know them from then
  /// on. 0: nobody answers.
  int32_t KnownPartitions(const TopicName& topic) const;
  rd_kafka_t* client() const { return client_.get(); }

 private:
  Producer() = default;
  void Note(rd_kafka_resp_err_t error, const char* text);
  ClientContext context_;
  mutable std::mutex mutex_;
  std::optional<Error> connection_error_;  // mutex_
  std::string connection_failure_;         // mutex_; counts while there is no error
  ClientPtr client_;
  std::jthread poller_;
};

}  // namespace pinlake::kafka
