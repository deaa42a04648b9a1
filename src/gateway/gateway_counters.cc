#include "gateway/gateway_counters.h"

#include <mutex>
#include <utility>

#include "gateway/gateway_metrics.h"
#include "gateway/routes.h"

namespace pinlake {
namespace {

constexpr size_t kStatusEnd = 600;
// Far above the labels that the metric keeps apart; deleted topics are forgotten with it.
constexpr size_t kTopicsKeptMax = 10'000;

}  // namespace

struct GatewayCounters::OfRoute {
  std::string name;
  Histogram* seconds = nullptr;
  std::array<std::atomic<Counter*>, kStatusEnd> by_status{};
};

GatewayCounters::GatewayCounters(MetricsRegistry& metrics)
    : metrics_(metrics), routes_(std::make_unique<OfRoute[]>(Routes().size() + 1)) {
  for (size_t i = 0; i <= Routes().size(); ++i) {
    routes_[i].name = i == Routes().size() ? "none"
                                           : std::string(Routes()[i].method) + " " +
                                                 std::string(Routes()[i].pattern);
    routes_[i].seconds = &metrics.GetHistogram(kGatewayRequestSeconds, {routes_[i].name});
  }
}

GatewayCounters::~GatewayCounters() = default;

void GatewayCounters::Answered(const Route* route, int status, Micros took) {
  const auto index =
      route == nullptr ? Routes().size() : static_cast<size_t>(route - Routes().data());
  OfRoute& of_route = routes_[index];
  of_route.seconds->Observe(static_cast<double>(took.count()) * 1e-6);
  auto& counter = of_route.by_status[static_cast<size_t>(status) % kStatusEnd];
  Counter* known = counter.load(std::memory_order_acquire);
  if (known == nullptr) {
    known = &metrics_.GetCounter(kGatewayRequestsTotal, {of_route.name, std::to_string(status)});
    counter.store(known, std::memory_order_release);
  }
  known->Add();
}

Counter& GatewayCounters::Records(const std::string& topic) {
  {
    const std::shared_lock lock(topics_mutex_);
    const auto found = topics_.find(topic);
    if (found != topics_.end()) return *found->second;
  }
  Counter& counter = metrics_.GetCounter(kGatewayRecordsTotal, {topic});
  const std::lock_guard lock(topics_mutex_);
  if (topics_.size() >= kTopicsKeptMax) topics_.clear();
  topics_[topic] = &counter;
  return counter;
}

}  // namespace pinlake
