#include "observe/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace pinlake {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr MetricDef kRecords{.name = "pinlake_test_records_total",
                             .type = MetricType::kCounter,
                             .labels = {"topic", "outcome"},
                             .help = "Records \\ by\noutcome."};
constexpr MetricDef kDepth{
    .name = "pinlake_test_depth_records", .type = MetricType::kGauge, .help = "Records waiting."};
constexpr std::array<double, 2> kTwoBounds{0.5, 2};
constexpr MetricDef kTook{.name = "pinlake_test_took_seconds",
                          .type = MetricType::kHistogram,
                          .help = "Time.",
                          .buckets = kTwoBounds};

TEST(MetricsTest, RendersACounterWithEscapedLabelsAndHelp) {
  MetricsRegistry registry;
  registry.GetCounter(kRecords, {"a\"b\\c\nd", "ok"}).Add(3);
  EXPECT_EQ(registry.Render(),
            "# HELP pinlake_test_records_total Records \\\\ by\\noutcome.\n"
            "# TYPE pinlake_test_records_total counter\n"
            "pinlake_test_records_total{topic=\"a\\\"b\\\\c\\nd\",outcome=\"ok\"} 3\n");
}

TEST(MetricsTest, TheSameLabelsGiveTheSameCounter) {
  MetricsRegistry registry;
  auto& first = registry.GetCounter(kRecords, {"t", "ok"});
  first.Add(1);
  registry.GetCounter(kRecords, {"t", "ok"}).Add(2);
  EXPECT_EQ(first.value(), 3u);
}

TEST(MetricsTest, LabelValuesOverTheBoundAreCountedAsOther) {
  MetricsRegistry registry;
  MetricDef def = kRecords;
  def.series_max = 2;
  for (const char* topic : {"a", "b", "c", "d"}) registry.GetCounter(def, {topic, "ok"}).Add(1);
  registry.GetCounter(def, {"a", "ok"}).Add(1);
  const auto text = registry.Render();
  EXPECT_THAT(text, HasSubstr("{topic=\"a\",outcome=\"ok\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("{topic=\"other\",outcome=\"other\"} 2\n"));
  EXPECT_THAT(text, Not(HasSubstr("\"c\"")));
}

TEST(MetricsTest, HistogramBucketsAreCumulative) {
  MetricsRegistry registry;
  auto& took = registry.GetHistogram(kTook);
  for (const double value : {0.25, 0.5, 1.0, 4.0}) took.Observe(value);
  EXPECT_THAT(registry.Render(), HasSubstr("pinlake_test_took_seconds_bucket{le=\"0.5\"} 2\n"
                                           "pinlake_test_took_seconds_bucket{le=\"2\"} 3\n"
                                           "pinlake_test_took_seconds_bucket{le=\"+Inf\"} 4\n"
                                           "pinlake_test_took_seconds_sum 5.75\n"
                                           "pinlake_test_took_seconds_count 4\n"));
}

TEST(MetricsTest, AGaugeSourceIsAskedUntilItsHandleIsGone) {
  MetricsRegistry registry;
  double depth = 7;
  auto handle = registry.AddGaugeSource(kDepth, {}, [&] { return depth; });
  depth = 8;
  EXPECT_THAT(registry.Render(), HasSubstr("pinlake_test_depth_records 8\n"));
  handle.reset();
  EXPECT_THAT(registry.Render(), Not(HasSubstr("pinlake_test_depth_records 8")));
  registry.GetGauge(kDepth).Set(-1.5);
  EXPECT_THAT(registry.Render(), HasSubstr("pinlake_test_depth_records -1.5\n"));
}

TEST(MetricsTest, NoAdditionOfManyThreadsIsLost) {
  MetricsRegistry registry;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 10'000; ++n) registry.GetCounter(kRecords, {"t", "ok"}).Add();
      });
    }
  }
  EXPECT_EQ(registry.GetCounter(kRecords, {"t", "ok"}).value(), 40'000u);
}

}  // namespace
}  // namespace pinlake
