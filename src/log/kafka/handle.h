// Owners for librdkafka's handles, and its errors as ours. Internal to log/kafka.
#pragma once

#include <librdkafka/rdkafka.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "log/kafka/token_source.h"
#include "model/record.h"

namespace pinlake::kafka {

template <auto Function>
struct Destroy {
  template <typename T>
  void operator()(T* handle) const {
    Function(handle);
  }
};
using ConfPtr = std::unique_ptr<rd_kafka_conf_t, Destroy<rd_kafka_conf_destroy>>;
using ClientPtr = std::unique_ptr<rd_kafka_t, Destroy<rd_kafka_destroy>>;
using QueuePtr = std::unique_ptr<rd_kafka_queue_t, Destroy<rd_kafka_queue_destroy>>;
using EventPtr = std::unique_ptr<rd_kafka_event_t, Destroy<rd_kafka_event_destroy>>;
using PartitionListPtr = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                         Destroy<rd_kafka_topic_partition_list_destroy>>;
using ErrorPtr = std::unique_ptr<rd_kafka_error_t, Destroy<rd_kafka_error_destroy>>;
using TopicPtr = std::unique_ptr<rd_kafka_topic_t, Destroy<rd_kafka_topic_destroy>>;

using Properties = std::map<std::string, std::string>;

/// isolation.level where nothing is said: Java's default, and so that of Connect's consumers. That
/// of librdkafka is another.
inline constexpr const char* kIsolationDefault = "read_uncommitted";

/// What librdkafka's callbacks of one client get; lives longer than the client.
struct ClientContext {
  /// Empty: no OAUTHBEARER tokens of ours.
  TokenSource tokens;
  /// Whose callbacks these are.
  void* owner = nullptr;
  /// Tells of errors of connections; null: nobody wants to know.
  std::function<void(rd_kafka_resp_err_t error, const char* text)> on_error;
  /// Tells of ends of connections that librdkafka only logs, e.g. addresses that do not answer;
  /// null: nobody wants to know.
  std::function<void(std::string_view text)> on_failure;
};

/// What the caller can do about \p error.
ErrorKind KindOf(rd_kafka_resp_err_t error);

/// librdkafka's name and text of \p error, e.g. "Broker: Unknown topic or partition".
Error ToError(rd_kafka_resp_err_t error, std::string_view tried);
Error ToError(const rd_kafka_error_t& error, std::string_view tried);

/// A configuration with \p properties over \p defaults. kInvalidArgument names every property that
/// librdkafka refuses; no values, they may be secrets. \p context becomes the opaque.
Result<ConfPtr> MakeConf(const Properties& properties, const Properties& defaults,
                         ClientContext& context);

/// A client of \p type. Takes \p conf. Its tokens are asked for by a thread of the client, so that
/// a client that nobody polls gets them too.
Result<ClientPtr> MakeClient(rd_kafka_type_t type, ConfPtr conf);

/// Up to \p count messages from \p queue; waits for the first only, at most \p wait. Serves the
/// client's callbacks meanwhile.
size_t TakeMessages(rd_kafka_queue_t* queue, Millis wait, rd_kafka_message_t** messages,
                    size_t count);

/// Records of librdkafka messages with the messages as their owner.
class MessageBatch {
 public:
  ~MessageBatch();
  /// Takes the message.
  void Add(rd_kafka_message_t* message);
  /// The set of what was added; \p self keeps it alive.
  static RecordSet ToSet(std::shared_ptr<MessageBatch> self);
  bool empty() const { return messages_.empty(); }

 private:
  std::vector<rd_kafka_message_t*> messages_;
  std::vector<std::unique_ptr<std::vector<HeaderView>>> headers_;
};

}  // namespace pinlake::kafka
