#include "emulator/emulate.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "emulator/acked_file.h"
#include "emulator/kafka_rest_target.h"
#include "emulator/post_schedule.h"
#include "observe/log.h"

namespace pinlake {
namespace {

constexpr Millis kFirstPause{50};
constexpr Millis kLongestPause{5'000};
constexpr int kConcurrencyMax = 256;
constexpr int kBatchMax = 10'000;
constexpr size_t kTopicBytesMax = 249;

bool IsTopicName(std::string_view name) {
  return !name.empty() && name.size() <= kTopicBytesMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

Status Check(const EmulateOptions& options, const RowSource& source) {
  const auto wrong = [](std::string_view what) {
    return Fail(ErrorKind::kInvalidArgument, "{}", what);
  };
  for (const auto& suffix : source.topic_suffixes()) {
    if (!IsTopicName(fmt::format("{}.{}", options.id, suffix))) {
      return Fail(ErrorKind::kInvalidArgument,
                  "id {}: {}.{} is no topic name (at most 249 of a-z A-Z 0-9 . _ -)", options.id,
                  options.id, suffix);
    }
  }
  if (options.rate && !(*options.rate > 0)) return wrong("the rate must be more than 0");
  if (options.count && *options.count < 0) return wrong("the count must not be negative");
  if (options.concurrency < 1 || options.concurrency > kConcurrencyMax) {
    return Fail(ErrorKind::kInvalidArgument, "concurrency {} is not in 1 … {}", options.concurrency,
                kConcurrencyMax);
  }
  if (options.batch < 1 || options.batch > kBatchMax) {
    return Fail(ErrorKind::kInvalidArgument, "batch {} is not in 1 … {}", options.batch, kBatchMax);
  }
  return {};
}

/// What the threads of one run share.
struct Run {
  const EmulateOptions& options;
  RowSource& source;
  PostTarget& target;
  Clock& clock;
  std::stop_token stop;
  EmulateProgress& progress;
  const std::function<void(const std::string&)>& show;
  PostSchedule schedule;
  std::vector<std::string> topics;
  std::unique_ptr<AckedFile> acked;

  std::stop_source failed_stop = {};  ///< ends the other threads after an error of one
  std::mutex mutex = {};
  std::optional<Error> error = {};
  std::string first_failure = {};

  void Give(const Error& why) {
    std::lock_guard lock(mutex);
    if (!error) error = why;
    failed_stop.request_stop();
  }
  void NoteFailure(const std::string& topic, const std::string& why) {
    std::lock_guard lock(mutex);
    if (!first_failure.empty()) return;
    first_failure = fmt::format("post to {}: {}", topic, why);
    LogWarn("A record was not acknowledged; further ones are only counted.", F("topic", topic),
            F("why", why));
  }
};

/// One thread's work.
class Poster {
 public:
  Poster(Run& run, uint64_t seed) : run_(run), rng_(seed) {}

  Status Work() {
    ASSIGN_OR_RETURN(reader_, run_.source.NewReader(run_.stop));
    while (!run_.failed_stop.stop_requested()) {
      const auto numbers = run_.schedule.Next(run_.stop);
      if (numbers.empty()) return {};
      ASSIGN_OR_RETURN(const auto rounds, reader_->Read(numbers, run_.stop));
      RETURN_IF_ERROR(PostRounds(rounds));
    }
    return {};
  }

 private:
  Status PostRounds(const std::vector<Round>& rounds) {
    int64_t whole = 0;
    for (const auto& round : rounds) whole += round.rows.empty() ? 0 : 1;
    run_.progress.missing += static_cast<int64_t>(rounds.size()) - whole;
    if (whole == 0) return {};
    for (size_t i = 0; i < run_.topics.size(); ++i) {
      std::vector<std::string_view> values;
      values.reserve(rounds.size());
      for (const auto& round : rounds) {
        if (!round.rows.empty()) values.push_back(round.rows[i]);
      }
      if (run_.options.dry_run) {
        if (run_.show) run_.show(run_.target.Show(run_.topics[i], values));
      } else {
        RETURN_IF_ERROR(PostValues(run_.topics[i], std::move(values)));
      }
    }
    run_.progress.rounds += whole;
    return {};
  }

  /// Sends until each value is acknowledged or refused, or the time for trying is over.
  Status PostValues(const std::string& topic, std::vector<std::string_view> values) {
    auto& progress = run_.progress;
    progress.records += static_cast<int64_t>(values.size());
    const Micros start = run_.clock.Steady();
    Millis pause = kFirstPause;
    for (;;) {
      const Micros sent = run_.clock.Steady();
      const PostOutcome outcome = run_.target.Post(topic, values);
      CHECK(outcome.records.size() == values.size(), "a target answers for each record");
      progress.latency.Add(run_.clock.Steady() - sent);
      ++progress.requests;
      if (run_.acked) RETURN_IF_ERROR(run_.acked->Add(topic, outcome.records));
      std::string why;
      values = Unsettled(topic, outcome, values, &why);
      if (values.empty()) return {};
      if (outcome.retry_after) ++progress.throttled;
      const Millis wait = std::max(outcome.retry_after.value_or(Millis(0)), Jittered(pause));
      const bool in_time = run_.clock.Steady() + wait - start <= run_.options.retry_for;
      if (!in_time || !run_.clock.SleepFor(wait, run_.stop)) {
        progress.failed += static_cast<int64_t>(values.size());
        run_.NoteFailure(topic, why);
        return {};
      }
      if (outcome.ambiguous) progress.ambiguous += static_cast<int64_t>(values.size());
      ++progress.retries;
      pause = std::min(pause * 2, kLongestPause);
    }
  }

  /// Counts what is settled; the values to send again.
  std::vector<std::string_view> Unsettled(const std::string& topic, const PostOutcome& outcome,
                                          const std::vector<std::string_view>& values,
                                          std::string* why) {
    std::vector<std::string_view> again;
    for (size_t i = 0; i < values.size(); ++i) {
      const auto& record = outcome.records[i];
      switch (record.kind) {
        case RecordOutcome::Kind::kAcknowledged:
          ++run_.progress.acknowledged;
          break;
        case RecordOutcome::Kind::kRefused:
          ++run_.progress.failed;
          run_.NoteFailure(topic, record.why);
          break;
        case RecordOutcome::Kind::kRetriable:
          again.push_back(values[i]);
          *why = record.why;
          break;
      }
    }
    return again;
  }

  Millis Jittered(Millis pause) {
    return pause / 2 + Millis(rng_.Below(static_cast<uint64_t>(pause.count() / 2) + 1));
  }

  Run& run_;
  Rng rng_;
  std::unique_ptr<RowReader> reader_;
};

EmulateReport ReportOf(const EmulateProgress& progress, Micros took, std::string first_failure) {
  EmulateReport report;
  report.rounds = progress.rounds;
  report.records = progress.records;
  report.acknowledged = progress.acknowledged;
  report.failed = progress.failed;
  report.ambiguous = progress.ambiguous;
  report.missing = progress.missing;
  report.requests = progress.requests;
  report.retries = progress.retries;
  report.throttled = progress.throttled;
  report.seconds = static_cast<double>(took.count()) / 1e6;
  report.latency_p50 = progress.latency.Percentile(50);
  report.latency_p99 = progress.latency.Percentile(99);
  report.first_failure = std::move(first_failure);
  return report;
}

void RunThreads(Run& run, Rng& rng) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < run.options.concurrency; ++i) {
    threads.emplace_back([&run, seed = rng.Next()] {
      Poster poster(run, seed);
      const auto status = poster.Work();
      // Being asked to stop is how a run without a count ends.
      if (!status && !run.stop.stop_requested()) run.Give(status.error());
    });
  }
}

}  // namespace

Result<EmulateReport> EmulateTo(const EmulateOptions& options, RowSource& source,
                                PostTarget& target, Clock& clock, std::stop_token stop,
                                EmulateProgress* progress,
                                const std::function<void(const std::string&)>& show) {
  RETURN_IF_ERROR(Check(options, source));
  Rng rng = options.seed ? Rng(*options.seed) : Rng::FromSystem();
  EmulateProgress own;
  const Micros start = clock.Steady();
  // An error of one thread stops the waits of the others too.
  std::stop_source either;
  Run run{options,
          source,
          target,
          clock,
          either.get_token(),
          progress != nullptr ? *progress : own,
          show,
          PostSchedule({source.first_number(), source.last_number(), options.rate, options.count,
                        options.duration, options.batch},
                       rng.Fork(), clock)};
  std::stop_callback from_caller(stop, [&] { either.request_stop(); });
  std::stop_callback from_thread(run.failed_stop.get_token(), [&] { either.request_stop(); });
  for (const auto& suffix : source.topic_suffixes()) {
    run.topics.push_back(fmt::format("{}.{}", options.id, suffix));
  }
  if (!options.acked_file.empty()) {
    ASSIGN_OR_RETURN(run.acked, AckedFile::Open(options.acked_file, RealDisk()));
  }
  RunThreads(run, rng);
  if (run.error) return Fail(*run.error);
  return ReportOf(run.progress, clock.Steady() - start, run.first_failure);
}

Result<EmulateReport> Emulate(const EmulateOptions& options, RowSource& source, HttpClient& client,
                              std::stop_token stop, EmulateProgress* progress) {
  ASSIGN_OR_RETURN(auto base, ParseHttpUrl(options.to));
  KafkaRestTarget target(client, std::move(base));
  return EmulateTo(options, source, target, SystemClock(), std::move(stop), progress);
}

}  // namespace pinlake
