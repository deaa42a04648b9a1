// The parts of a pipeline in one process, started and stopped in order.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/byte_budget.h"
#include "cli/pipeline.h"
#include "gateway/gateway.h"
#include "observe/metrics.h"

namespace pinlake {

/// A running pipeline: log, sinks, gateway. Not thread-safe.
class PipelineProcess {
 public:
  struct Parts {
    bool gateway = false;
    bool sinks = false;
  };

  /// Starts the log, then the gateway, then the sinks. The store is asked for once: kNotFound,
  /// kUnauthenticated and kPermissionDenied end the start; a store that can't be reached now is
  /// waited for. Whatever fails, what was started is stopped again.
  static Result<std::unique_ptr<PipelineProcess>> Start(const Pipeline& pipeline, Parts parts);
  ~PipelineProcess();

  /// Stops in order: the gateway answers what is in flight, then the sinks, then the log.
  /// Idempotent.
  void Stop();

  /// Of the gateway; 0 without one.
  uint16_t port() const { return gateway_ ? gateway_->port() : 0; }
  /// "http://127.0.0.1:8082"; empty without a gateway.
  std::string gateway_url() const;
  EventLog& log() { return *log_; }
  /// Only with sinks.
  bool has_store() const { return store_ != nullptr; }
  ObjectStore& store() { return *store_; }
  /// The first sink that ended although nobody stopped it, and why.
  std::optional<Error> sink_failure() const;

 private:
  explicit PipelineProcess(const Pipeline& pipeline);
  Status StartParts(Parts parts);
  Status OpenStore();
  void StartSink(const SinkSection& sink);

  const Pipeline pipeline_;
  ByteBudget budget_;
  MetricsRegistry metrics_;
  std::stop_source store_stop_;
  std::unique_ptr<EventLog> log_;
  std::unique_ptr<ObjectStore> store_;
  std::unique_ptr<Gateway> gateway_;
  mutable std::mutex mutex_;
  std::optional<Error> sink_failure_;  // mutex_
  std::vector<std::jthread> sinks_;
};

/// Starts the parts, prints one line `ready gateway=http://… log=… store=…` on stdout, waits for
/// Ctrl-C or SIGTERM and stops in order. \return the exit code: 2 if a sink ended by itself
int ServePipeline(const CommandCall& call, const Pipeline& pipeline, PipelineProcess::Parts parts);

/// "host" of "host:port", and the address to reach it at: 127.0.0.1 for 0.0.0.0.
std::string ReachableHost(const std::string& listen);

}  // namespace pinlake
