#include "emulator/emulate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <limits>
#include <map>

#include "emulator/generated_source.h"
#include "emulator/post_schedule.h"

namespace pinlake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Acknowledges everything, unless told what to do with a request.
class FakeTarget final : public PostTarget {
 public:
  PostOutcome Post(std::string_view topic, const std::vector<std::string_view>& values) override {
    std::lock_guard lock(mutex);
    topics.emplace_back(topic);
    auto& got = records[std::string(topic)];
    const auto next = scripted.empty()
                          ? Acknowledge(values.size(), static_cast<int64_t>(got.size()))
                          : scripted.front();
    if (!scripted.empty()) scripted.pop_front();
    for (const auto value : values) got.emplace_back(value);
    return next;
  }
  std::string Show(std::string_view topic, const std::vector<std::string_view>&) const override {
    return std::string(topic);
  }
  static PostOutcome Acknowledge(size_t count, int64_t first) {
    PostOutcome outcome;
    for (size_t i = 0; i < count; ++i) {
      outcome.records.push_back(
          {RecordOutcome::Kind::kAcknowledged, 0, first + static_cast<int64_t>(i), ""});
    }
    return outcome;
  }
  static PostOutcome All(RecordOutcome::Kind kind, size_t count, bool ambiguous) {
    PostOutcome outcome;
    outcome.records.assign(count, {kind, 0, 0, "scripted"});
    outcome.ambiguous = ambiguous;
    return outcome;
  }

  std::mutex mutex;
  std::vector<std::string> topics;
  std::map<std::string, std::vector<std::string>> records;
  std::deque<PostOutcome> scripted;
};

class EmulateTest : public testing::Test {
 protected:
  EmulateReport Run(std::stop_token stop = {}) {
    auto report = EmulateTo(options, source, target, clock, stop);
    EXPECT_TRUE(report) << report.error().message();
    return report ? *report : EmulateReport{};
  }
  EmulateOptions options{.count = 1, .seed = 1};
  GeneratedSource source{100, 1};
  FakeTarget target;
  ManualClock clock;
};

TEST_F(EmulateTest, ARoundIsTheRowsOfOneNumberToThreeTopics) {
  const auto report = Run();
  EXPECT_THAT(target.topics,
              ElementsAre("129a67850695.pin", "129a67850695.geo", "129a67850695.user"));
  EXPECT_EQ(report.rounds, 1);
  EXPECT_EQ(report.records, 3);
  EXPECT_EQ(report.acknowledged, 3);
  const auto number = [](const std::string& json) {
    const auto colon = json.find(": ");
    return json.substr(colon + 2, json.find(',') - colon - 2);
  };
  const auto pin = number(target.records["129a67850695.pin"][0]);
  EXPECT_EQ(number(target.records["129a67850695.geo"][0]), pin);
  EXPECT_EQ(number(target.records["129a67850695.user"][0]), pin);
}

TEST_F(EmulateTest, WithoutARateItPausesUpToASecondBeforeEachRound) {
  options.count = 1000;
  const auto start = clock.Steady();
  Run();
  const auto took = clock.Steady() - start;
  EXPECT_GT(took, Micros(450'000'000));
  EXPECT_LT(took, Micros(550'000'000));
}

TEST_F(EmulateTest, ARateSpreadsTheRounds) {
  options.count = 1000;
  options.rate = 50;
  const auto start = clock.Steady();
  Run();
  EXPECT_NEAR(static_cast<double>((clock.Steady() - start).count()), 19.98e6, 0.2e6);
}

TEST_F(EmulateTest, ADurationEndsIt) {
  options.count.reset();
  options.rate = 100;
  options.duration = Millis(2000);
  EXPECT_NEAR(static_cast<double>(Run().rounds), 200, 2);
}

TEST_F(EmulateTest, TheSameSeedDrawsTheSameRowsWhateverTheConcurrency) {
  options.count = 200;
  options.rate = std::numeric_limits<double>::infinity();
  Run();
  auto first = target.records["129a67850695.pin"];
  FakeTarget other;
  options.concurrency = 4;
  ASSERT_TRUE(EmulateTo(options, source, other, SystemClock(), {}));
  auto second = other.records["129a67850695.pin"];
  std::sort(first.begin(), first.end());
  std::sort(second.begin(), second.end());
  EXPECT_EQ(first, second);
  EXPECT_GT(std::set<std::string>(first.begin(), first.end()).size(), 50u);
}

TEST_F(EmulateTest, ABatchCarriesSeveralRoundsAndTheLastOneTheRest) {
  options.count = 25;
  options.batch = 10;
  const auto report = Run();
  EXPECT_EQ(target.topics.size(), 9u);
  EXPECT_EQ(report.rounds, 25);
  EXPECT_EQ(report.acknowledged, 75);
}

TEST_F(EmulateTest, OnlyWhatWasNotTakenIsSentAgain) {
  options.batch = 2;
  options.count = 2;
  auto half = FakeTarget::Acknowledge(2, 0);
  half.records[1] = {RecordOutcome::Kind::kRetriable, 0, 0, "later"};
  target.scripted = {half};
  const auto report = Run();
  EXPECT_EQ(target.records["129a67850695.pin"].size(), 3u);
  EXPECT_EQ(report.acknowledged, 6);
  EXPECT_EQ(report.retries, 1);
  EXPECT_EQ(report.ambiguous, 0);
  EXPECT_EQ(report.failed, 0);
}

TEST_F(EmulateTest, ARepeatAfterAnUnknownOutcomeIsCountedAsPossiblyDoubled) {
  target.scripted = {FakeTarget::All(RecordOutcome::Kind::kRetriable, 1, true)};
  const auto report = Run();
  EXPECT_EQ(report.ambiguous, 1);
  EXPECT_EQ(report.acknowledged, 3);
}

TEST_F(EmulateTest, ARefusedRecordIsNotSentAgain) {
  target.scripted = {FakeTarget::All(RecordOutcome::Kind::kRefused, 1, false)};
  const auto report = Run();
  EXPECT_EQ(report.failed, 1);
  EXPECT_EQ(report.acknowledged, 2);
  EXPECT_EQ(report.requests, 3);
  EXPECT_EQ(report.first_failure, "post to 129a67850695.pin: scripted");
}

TEST_F(EmulateTest, TryingEndsWithTheTimeForIt) {
  options.retry_for = Millis(30'000);
  target.scripted.assign(1000, FakeTarget::All(RecordOutcome::Kind::kRetriable, 1, false));
  const auto start = clock.Steady();
  const auto report = Run();
  EXPECT_EQ(report.failed, 3);
  EXPECT_EQ(report.acknowledged, 0);
  EXPECT_LT(report.retries, 60);
  EXPECT_LE(clock.Steady() - start, Micros(91'000'000));
}

TEST_F(EmulateTest, RetryAfterIsHonoured) {
  auto throttled = FakeTarget::All(RecordOutcome::Kind::kRetriable, 1, false);
  throttled.retry_after = Millis(7'000);
  target.scripted = {throttled};
  const auto start = clock.Steady();
  const auto report = Run();
  EXPECT_GE(clock.Steady() - start, Micros(7'000'000));
  EXPECT_EQ(report.throttled, 1);
}

TEST_F(EmulateTest, AStopEndsItWithAReport) {
  std::stop_source stop;
  stop.request_stop();
  options.count.reset();
  const auto report = Run(stop.get_token());
  EXPECT_EQ(report.rounds, 0);
}

TEST_F(EmulateTest, ADryRunShowsAndSendsNothing) {
  options.dry_run = true;
  std::vector<std::string> shown;
  const auto report = EmulateTo(options, source, target, clock, {}, nullptr,
                                [&](const std::string& text) { shown.push_back(text); });
  ASSERT_TRUE(report);
  EXPECT_EQ(shown.size(), 3u);
  EXPECT_TRUE(target.topics.empty());
  EXPECT_EQ(report->requests, 0);
}

TEST_F(EmulateTest, TheAcknowledgementFileHasALineForEachAcknowledgedRecord) {
  options.acked_file = testing::TempDir() + "pinlake-acked-" + std::to_string(getpid());
  options.count = 2;
  Run();
  const auto text = RealDisk().ReadAll(options.acked_file);
  std::filesystem::remove(options.acked_file);
  ASSERT_TRUE(text);
  EXPECT_EQ(*text,
            "129a67850695.pin,0,0\n129a67850695.geo,0,0\n129a67850695.user,0,0\n"
            "129a67850695.pin,0,1\n129a67850695.geo,0,1\n129a67850695.user,0,1\n");
}

TEST_F(EmulateTest, WrongOptionsAreRefusedByName) {
  options.id = "a/b";
  EXPECT_THAT(EmulateTo(options, source, target, clock, {}).error().message(),
              HasSubstr("a/b.pin is no topic name"));
  options.id = "x";
  options.batch = 0;
  EXPECT_THAT(EmulateTo(options, source, target, clock, {}).error().message(),
              HasSubstr("batch 0"));
}

/// Fails after a number of reads.
class BrokenSource final : public RowSource {
 public:
  class Reader final : public RowReader {
    Result<std::vector<Round>> Read(std::span<const int64_t>, std::stop_token) override {
      return Fail(ErrorKind::kUnavailable, "the source is gone");
    }
  };
  const std::vector<std::string>& topic_suffixes() const override { return suffixes_; }
  int64_t first_number() const override { return 0; }
  int64_t last_number() const override { return 9; }
  Result<std::unique_ptr<RowReader>> NewReader(std::stop_token) override {
    return std::make_unique<Reader>();
  }
  std::string Describe() const override { return "broken"; }

 private:
  std::vector<std::string> suffixes_ = {"pin"};
};

TEST_F(EmulateTest, AnErrorOfTheSourceEndsEveryThread) {
  BrokenSource broken;
  options.count.reset();
  options.rate = std::numeric_limits<double>::infinity();
  options.concurrency = 3;
  const auto report = EmulateTo(options, broken, target, SystemClock(), {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().message(), "the source is gone");
}

TEST(LatencyHistogramTest, PercentilesAreWithinASixteenth) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.Percentile(99), Micros(0));
  for (int i = 1; i <= 100'000; ++i) histogram.Add(Micros(i));
  EXPECT_NEAR(static_cast<double>(histogram.Percentile(50).count()), 50'000, 50'000.0 / 16 + 1);
  EXPECT_NEAR(static_cast<double>(histogram.Percentile(99).count()), 99'000, 99'000.0 / 16 + 1);
  histogram.Add(std::chrono::hours(100));
  EXPECT_GT(histogram.Percentile(100), std::chrono::minutes(10));
}

TEST(PostScheduleTest, AGatewayThatWasAwayIsNotHitByAllItMissed) {
  ManualClock clock;
  PostSchedule schedule({.last_number = 9, .rate = 1000.0}, Rng(1), clock);
  ASSERT_FALSE(schedule.Next({}).empty());
  clock.Advance(Millis(60'000));
  int at_once = 0;
  const auto now = clock.Steady();
  while (clock.Steady() == now) {
    schedule.Next({});
    ++at_once;
  }
  EXPECT_LE(at_once, 1002);
}

TEST(GeneratedSourceTest, ReadsItsTextOrSaysWhatIsWrong) {
  EXPECT_EQ((*GeneratedSource::Parse("generated:"))->Describe(), "generated:11000?seed=1");
  EXPECT_EQ((*GeneratedSource::Parse("generated:5?seed=9"))->Describe(), "generated:5?seed=9");
  EXPECT_EQ((*GeneratedSource::Parse("generated:?seed=9"))->last_number(), 10'999);
  for (const auto* wrong :
       {"generated", "generated:0", "generated:x", "generated:5?sed=1", "generated:5?seed=x"}) {
    EXPECT_EQ(GeneratedSource::Parse(wrong).error().kind(), ErrorKind::kInvalidArgument) << wrong;
  }
}

}  // namespace
}  // namespace pinlake
