#include "observe/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "base/result.h"

namespace pinlake {
namespace {

std::string_view Word(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return "counter";
    case MetricType::kGauge:
      return "gauge";
    case MetricType::kHistogram:
      return "histogram";
  }
  return "untyped";
}

void AppendEscaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

std::string Number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  if (value == std::floor(value) && std::abs(value) < 1e15) return fmt::format("{:.0f}", value);
  return fmt::format("{}", value);
}

// name{a="x",le="0.5"} value
void AppendSample(std::string& out, std::string_view name, std::string_view suffix,
                  const MetricDef& def, const std::vector<std::string>& values, std::string_view le,
                  std::string_view number) {
  out += name;
  out += suffix;
  std::string_view before = "{";
  const auto label = [&](std::string_view key, std::string_view value) {
    out += before;
    before = ",";
    out += key;
    out += "=\"";
    AppendEscaped(out, value, true);
    out += '"';
  };
  for (size_t i = 0; i < values.size(); ++i) label(def.labels[i], values[i]);
  if (!le.empty()) label("le", le);
  if (before == ",") out += '}';
  out += ' ';
  out += number;
  out += '\n';
}

}  // namespace

Histogram::Histogram(std::span<const double> bounds)
    : bounds_(bounds), counts_(std::make_unique<std::atomic<uint64_t>[]>(bounds.size() + 1)) {}

void Histogram::Observe(double value) {
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  counts_[static_cast<size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  count_.fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

MetricsRegistry::Series& MetricsRegistry::FindLocked(const MetricDef& def, MetricType type,
                                                     LabelValues values) {
  CHECK(def.type == type, "a metric is used as the type of its row");
  CHECK(def.label_count() == values.size(), "a metric gets a value for each label of its row");
  auto family = families_.find(def.name);
  if (family == families_.end()) {
    family = families_.emplace(std::string(def.name), Family{def, {}}).first;
  }
  std::vector<std::string> key(values.begin(), values.end());
  auto& series = family->second.series;
  if (!series.contains(key) && !key.empty() && series.size() >= def.series_max) {
    std::fill(key.begin(), key.end(), "other");
  }
  auto& found = series[key];
  found.values = std::move(key);
  return found;
}

Counter& MetricsRegistry::GetCounter(const MetricDef& def, LabelValues values) {
  const std::lock_guard lock(mutex_);
  auto& series = FindLocked(def, MetricType::kCounter, values);
  if (!series.counter) series.counter = std::make_unique<Counter>();
  return *series.counter;
}

Gauge& MetricsRegistry::GetGauge(const MetricDef& def, LabelValues values) {
  const std::lock_guard lock(mutex_);
  auto& series = FindLocked(def, MetricType::kGauge, values);
  if (!series.gauge) series.gauge = std::make_unique<Gauge>();
  return *series.gauge;
}

Histogram& MetricsRegistry::GetHistogram(const MetricDef& def, LabelValues values) {
  const std::lock_guard lock(mutex_);
  auto& series = FindLocked(def, MetricType::kHistogram, values);
  if (!series.histogram) series.histogram = std::make_unique<Histogram>(def.buckets);
  return *series.histogram;
}

std::shared_ptr<const void> MetricsRegistry::AddGaugeSource(const MetricDef& def,
                                                            LabelValues values,
                                                            std::function<double()> read) {
  const std::lock_guard lock(mutex_);
  auto& series = FindLocked(def, MetricType::kGauge, values);
  series.source = std::move(read);
  return {&series, [this](Series* asked) {
            const std::lock_guard lock(mutex_);
            asked->source = nullptr;
          }};
}

void MetricsRegistry::RenderSeries(std::string& out, const MetricDef& def, const Series& series) {
  const auto sample = [&](std::string_view suffix, std::string_view le, std::string_view number) {
    AppendSample(out, def.name, suffix, def, series.values, le, number);
  };
  if (series.source) {
    sample("", "", Number(series.source()));
  } else if (series.gauge) {
    sample("", "", Number(series.gauge->value()));
  } else if (series.counter) {
    sample("", "", std::to_string(series.counter->value()));
  } else if (series.histogram) {
    const Histogram& histogram = *series.histogram;
    uint64_t below = 0;
    for (size_t i = 0; i < histogram.bounds().size(); ++i) {
      below += histogram.in_bucket(i);
      sample("_bucket", Number(histogram.bounds()[i]), std::to_string(below));
    }
    // The total is the sum of what was just read, so that the buckets never exceed it.
    below += histogram.in_bucket(histogram.bounds().size());
    sample("_bucket", "+Inf", std::to_string(below));
    sample("_sum", "", Number(histogram.sum()));
    sample("_count", "", std::to_string(below));
  }
}

std::string MetricsRegistry::Render() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& [name, family] : families_) {
    out += fmt::format("# HELP {} ", name);
    AppendEscaped(out, family.def.help, false);
    out += fmt::format("\n# TYPE {} {}\n", name, Word(family.def.type));
    for (const auto& [values, series] : family.series) RenderSeries(out, family.def, series);
  }
  return out;
}

}  // namespace pinlake
