// The gateway's counters, looked up once.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "observe/metrics.h"

namespace pinlake {

struct Route;

/// Counts on the way of every request, so without the registry's lock. Thread-safe.
class GatewayCounters {
 public:
  explicit GatewayCounters(MetricsRegistry& metrics);
  ~GatewayCounters();

  /// \p route null: no route was found.
  void Answered(const Route* route, int status, Micros took);
  /// Records acknowledged of a topic that exists.
  Counter& Records(const std::string& topic);

 private:
  struct OfRoute;

  MetricsRegistry& metrics_;
  /// One a route of the table, and one for requests without.
  std::unique_ptr<OfRoute[]> routes_;
  std::shared_mutex topics_mutex_;
  std::unordered_map<std::string, Counter*> topics_;
};

}  // namespace pinlake
