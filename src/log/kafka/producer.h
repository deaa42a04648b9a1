// Appends to Kafka: one idempotent producer, a delivery report a record.
#pragma once

#include <memory>
#include <stop_token>
#include <thread>

#include "log/event_log.h"
#include "log/kafka/handle.h"

namespace pinlake::kafka {

/// Thread-safe.
class Producer {
 public:
  static Result<std::unique_ptr<Producer>> Open(const Properties& properties);
  /// Waits up to \p flush_ms for what is under way; the rest is answered with kUnknownOutcome or
  /// kUnavailable.
  ~Producer();

  /// As EventLog::Append.
  void Append(const TopicName& topic, RecordBatch batch, AppendDone done);
  /// Waits until all is answered, at most \p span.
  void Flush(Millis span);
  rd_kafka_t* client() const { return client_.get(); }

 private:
  explicit Producer(ClientPtr client);
  ClientPtr client_;
  std::jthread poller_;
};

}  // namespace pinlake::kafka
