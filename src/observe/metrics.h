// Counters, gauges and histograms, each defined by a row, read by Prometheus as text.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pinlake {

enum class MetricType { kCounter, kGauge, kHistogram };

/// Upper bounds in seconds for the time that requests, commits and stores take.
inline constexpr std::array<double, 14> kSecondsBuckets{
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10};
/// Upper bounds in bytes for bodies and objects.
inline constexpr std::array<double, 10> kBytesBuckets{256,    1024,    4096,    16384,    65536,
                                                      262144, 1048576, 4194304, 16777216, 67108864};

/// One metric; a row beside the component that counts it.
///
///     inline constexpr MetricDef kSinkObjectsTotal{
///         .name = "pinlake_sink_objects_total",
///         .type = MetricType::kCounter,
///         .labels = {"topic", "reason"},
///         .help = "Objects stored, by what caused the rotation."};
struct MetricDef {
  /// `pinlake_<part>_<what>_<unit>[_total]`
  std::string_view name;
  MetricType type = MetricType::kCounter;
  /// Names of at most four labels, each with few values.
  std::array<std::string_view, 4> labels{};
  /// What one unit counts.
  std::string_view help;
  /// Of a histogram: upper bounds, ascending.
  std::span<const double> buckets = kSecondsBuckets;
  /// Label combinations kept apart; all later ones are counted as the value `other`.
  size_t series_max = 200;

  constexpr size_t label_count() const {
    size_t count = 0;
    while (count < labels.size() && !labels[count].empty()) ++count;
    return count;
  }
};

/// Only grows. Thread-safe, one atomic addition.
class alignas(64) Counter {
 public:
  void Add(uint64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

/// Goes up and down. Thread-safe.
class alignas(64) Gauge {
 public:
  void Set(double value) { value_.store(value, std::memory_order_relaxed); }
  void Add(double delta) { value_.fetch_add(delta, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

/// Counts observations by upper bound. Thread-safe; a reading taken during observations may be a
/// few of them apart.
class Histogram {
 public:
  explicit Histogram(std::span<const double> bounds);
  void Observe(double value);
  uint64_t count() const { return count_.load(std::memory_order_relaxed); }
  double sum() const { return sum_.load(std::memory_order_relaxed); }
  /// Observations at most the bound number \p bucket, not cumulated.
  uint64_t in_bucket(size_t bucket) const {
    return counts_[bucket].load(std::memory_order_relaxed);
  }
  std::span<const double> bounds() const { return bounds_; }

 private:
  const std::span<const double> bounds_;
  std::unique_ptr<std::atomic<uint64_t>[]> counts_;
  std::atomic<uint64_t> count_{0};
  std::atomic<double> sum_{0};
};

using LabelValues = std::initializer_list<std::string_view>;

/// All metrics of a process. Thread-safe. The references it gives live as long as it does: look up
/// once and keep them, a look-up takes a lock.
///
/// The number of label values must be the row's; a row's name belongs to one row.
class MetricsRegistry {
 public:
  MetricsRegistry() = default;
  MetricsRegistry(const MetricsRegistry&) = delete;
  MetricsRegistry& operator=(const MetricsRegistry&) = delete;

  Counter& GetCounter(const MetricDef& def, LabelValues values = {});
  Gauge& GetGauge(const MetricDef& def, LabelValues values = {});
  Histogram& GetHistogram(const MetricDef& def, LabelValues values = {});

  /// Asks \p read for a gauge's value at every rendering, until the returned handle is destroyed;
  /// that waits for a rendering under way. The handle must go before this registry. \p read may be
  /// called from any thread and must not use this registry.
  std::shared_ptr<const void> AddGaugeSource(const MetricDef& def, LabelValues values,
                                             std::function<double()> read);

  /// All metrics in the text exposition format 0.0.4, sorted by name.
  std::string Render() const;

 private:
  struct Series {
    std::vector<std::string> values;
    std::unique_ptr<Counter> counter;
    std::unique_ptr<Gauge> gauge;
    std::unique_ptr<Histogram> histogram;
    std::function<double()> source;
  };
  struct Family {
    MetricDef def;
    std::map<std::vector<std::string>, Series> series;
  };

  Series& FindLocked(const MetricDef& def, MetricType type, LabelValues values);
  static void RenderSeries(std::string& out, const MetricDef& def, const Series& series);

  mutable std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;
};

/// Content-Type of Render()'s text.
inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace pinlake
