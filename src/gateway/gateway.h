// The HTTP front door: Kafka REST v2 produce and metadata, health, metrics.
#pragma once

#include <cstdint>
#include <memory>

#include "base/byte_budget.h"
#include "base/clock.h"
#include "base/result.h"
#include "gateway/gateway_options.h"
#include "log/event_log.h"
#include "observe/metrics.h"

namespace pinlake {

/// A running gateway. Thread-safe.
class Gateway {
 public:
  /// Binds and serves. \p log, \p budget and \p metrics outlive the gateway.
  /// kConflict: the port is taken. kInvalidArgument: no such address here, or it is not a loopback
  /// one and `insecure` is false.
  static Result<std::unique_ptr<Gateway>> Start(const GatewayOptions& options, EventLog& log,
                                                ByteBudget& budget, MetricsRegistry& metrics);
  virtual ~Gateway() = default;

  virtual uint16_t port() const = 0;
  /// Not ready from now on; stops accepting, answers the requests under way until \p deadline is
  /// over, closes the rest. Close the log only afterwards: answers wait for it. Idempotent.
  /// \return false: requests were cut off.
  virtual bool Stop(Millis deadline) = 0;
};

}  // namespace pinlake
