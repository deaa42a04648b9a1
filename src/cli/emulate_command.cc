#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <limits>
#include <thread>

#include "cli/commands.h"
#include "cli/mysql_flags.h"
#include "cli/signals.h"
#include "codec/json.h"
#include "emulator/emulate.h"
#include "emulator/generated_source.h"
#include "emulator/kafka_rest_target.h"
#include "emulator/mysql_source.h"
#include "http/client.h"
#include "observe/log.h"

namespace pinlake {
namespace {

enum class Target { kRest, kKinesis };

struct Flags : MySqlFlags {
  std::string source, to, id, rate, acked, to_ca;
  std::vector<std::string> tables;
  Target target = Target::kRest;
  std::optional<int64_t> count;
  std::optional<Millis> duration;
  std::optional<uint64_t> seed;
  int concurrency = 1;
  int batch = 1;
  Millis retry_for{0};
  Millis request_timeout{0};
  bool dry_run = false;
  bool json = false;
};

const OptionTable<Flags>& Table() {
  using C = Flags;
  static const OptionTable<C> table{
      {.name = "source",
       .field = Text(&C::source, 1),
       .fallback = "generated:",
       .doc =
           "mysql://user@host[:port]/database[?socket=/path], or generated:[rows][?seed=number]."},
      {.name = "to",
       .field = Url(&C::to, {"http", "https"}),
       .fallback = "http://127.0.0.1:8082",
       .doc = "Address of the gateway, with a path prefix if it has one."},
      {.name = "to-ca",
       .field = Text(&C::to_ca),
       .fallback = "",
       .doc = "PEM file of the authorities that the gateway's certificate is checked against."},
      {.name = "target",
       .field = Enum(&C::target,
                     {{"rest", Target::kRest},
                      {"kinesis", Target::kKinesis, "this version posts to Kafka REST only"}}),
       .fallback = "rest",
       .doc = "What the gateway speaks."},
      {.name = "id",
       .field = Text(&C::id, 1),
       .fallback = "129a67850695",
       .doc = "Rows go to the topics <id>.pin, <id>.geo and <id>.user."},
      {.name = "table",
       .field = Repeated(&C::tables),
       .doc = "table:column=suffix of a database with other tables: rows with the same number in "
              "column go to <id>.<suffix>."},
      {.name = "rate",
       .field = Text(&C::rate),
       .fallback = "",
       .doc =
           "Posts (rounds of three rows) a second: 5000/s, 30/m, or max. None: a pause of 0 to 1 "
           "s at random before each, as in the reference's script."},
      {.name = "count", .field = Int(&C::count, 0), .doc = "Posts in all; none: without end."},
      {.name = "duration", .field = Duration(&C::duration), .doc = "How long; none: without end."},
      {.name = "seed",
       .field = Int(&C::seed),
       .doc = "Draws the same rows each time; none: others each time."},
      {.name = "concurrency",
       .field = Int(&C::concurrency, 1, 256),
       .fallback = "1",
       .doc = "Requests under way at once."},
      {.name = "batch",
       .field = Int(&C::batch, 1, 10'000),
       .fallback = "1",
       .doc = "Posts in a request."},
      {.name = "retry-for",
       .field = Duration(&C::retry_for),
       .fallback = "60s",
       .doc = "How long a request is sent again before its records count as failed."},
      {.name = "request-timeout",
       .field = Duration(&C::request_timeout, Millis(1)),
       .fallback = "30s",
       .doc = "How long one request may take."},
      {.name = "acked",
       .field = Text(&C::acked),
       .fallback = "",
       .doc = "File that gets a line topic,partition,offset for each acknowledged record."},
      {.name = "dry-run",
       .field = Bool(&C::dry_run),
       .fallback = "false",
       .doc = "Print the requests instead of sending them; one post unless --count says more."},
      PasswordFileRow<C>(),
      PasswordEnvRow<C>(),
      TlsRow<C>(),
      TlsCaRow<C>(),
      {.name = "json",
       .field = Bool(&C::json),
       .fallback = "false",
       .doc = "Print the final count as JSON."},
  };
  return table;
}

Result<std::optional<double>> ReadRate(std::string_view text) {
  if (text.empty()) return std::optional<double>();
  if (text == "max") return std::optional(std::numeric_limits<double>::infinity());
  const auto number = text.substr(0, text.find('/'));
  const auto unit = text.substr(number.size());
  double rate = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), rate);
  const bool good_unit = unit.empty() || unit == "/s" || unit == "/m";
  if (error != std::errc() || end != number.data() + number.size() || !(rate > 0) || !good_unit) {
    return Fail(ErrorKind::kInvalidArgument, "rate {}: write 5000/s, 30/m or max", text);
  }
  return std::optional(unit == "/m" ? rate / 60 : rate);
}

Result<EmulateOptions> OptionsOf(const Flags& flags) {
  EmulateOptions options;
  options.to = flags.to;
  options.id = flags.id;
  ASSIGN_OR_RETURN(options.rate, ReadRate(flags.rate));
  options.count = flags.count;
  if (flags.dry_run && !options.count && !flags.duration) options.count = 1;
  options.duration = flags.duration;
  options.seed = flags.seed;
  options.concurrency = flags.concurrency;
  options.batch = flags.batch;
  options.retry_for = flags.retry_for;
  options.acked_file = flags.acked;
  options.dry_run = flags.dry_run;
  return options;
}

Result<std::unique_ptr<RowSource>> OpenSource(const Flags& flags, std::stop_token stop) {
  if (!flags.source.starts_with("mysql:")) {
    if (!flags.source.starts_with("generated:")) {
      return Fail(ErrorKind::kInvalidArgument, "source {}: write mysql://… or generated:…",
                  flags.source);
    }
    ASSIGN_OR_RETURN(auto generated, GeneratedSource::Parse(flags.source));
    return generated;
  }
  MySqlSourceOptions options;
  ASSIGN_OR_RETURN(options.address, MySqlAddressOf(flags.source, flags));
  options.tables = DatasetMySqlTables();
  if (!flags.tables.empty()) {
    ASSIGN_OR_RETURN(options.tables, ParseMySqlTables(flags.tables));
  }
  options.reconnect_for = flags.retry_for;
  ASSIGN_OR_RETURN(auto source,
                   MySqlSource::Open(std::move(options), SystemClock(), std::move(stop)));
  return source;
}

/// Says on stderr how it goes: one line that is written over on a terminal, else a line every few
/// seconds.
void ShowProgress(const EmulateProgress& progress, std::stop_token stop) {
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const Millis every(terminal ? 500 : 5'000);
  const Micros start = SystemClock().Steady();
  Micros last = start;
  int64_t last_rounds = 0;
  while (SystemClock().SleepFor(every, stop)) {
    const Micros now = SystemClock().Steady();
    const int64_t rounds = progress.rounds;
    const double rate =
        static_cast<double>(rounds - last_rounds) * 1e6 / static_cast<double>((now - last).count());
    const auto line = fmt::format(
        "{} posts ({:.0f}/s), {} records acknowledged, {} failed, {} sent again; p50 {:.1f} ms, "
        "p99 {:.1f} ms",
        rounds, rate, progress.acknowledged.load(), progress.failed.load(), progress.retries.load(),
        static_cast<double>(progress.latency.Percentile(50).count()) / 1000,
        static_cast<double>(progress.latency.Percentile(99).count()) / 1000);
    if (terminal) {
      fmt::print(stderr, "\r\033[K{}", line);
      std::fflush(stderr);
    } else {
      fmt::print(stderr, "{}\n", line);
    }
    last = now;
    last_rounds = rounds;
  }
  if (terminal) fmt::print(stderr, "\r\033[K");
}

void PrintJson(const EmulateReport& report) {
  JsonWriter json;
  json.BeginObject().Key("posts").Int(report.rounds).Key("records").Int(report.records);
  json.Key("acknowledged").Int(report.acknowledged).Key("failed").Int(report.failed);
  json.Key("maybe_doubled").Int(report.ambiguous).Key("missing_numbers").Int(report.missing);
  json.Key("requests").Int(report.requests).Key("retries").Int(report.retries);
  json.Key("throttled").Int(report.throttled).Key("seconds").Double(report.seconds);
  json.Key("latency_ms_p50").Double(static_cast<double>(report.latency_p50.count()) / 1000);
  json.Key("latency_ms_p99").Double(static_cast<double>(report.latency_p99.count()) / 1000);
  if (!report.first_failure.empty()) json.Key("first_failure").String(report.first_failure);
  json.EndObject();
  fmt::print("{}\n", json.text());
}

void PrintText(const EmulateReport& report) {
  fmt::print("posts: {}, records: {}, acknowledged: {}, failed: {}\n", report.rounds,
             report.records, report.acknowledged, report.failed);
  if (report.ambiguous > 0) {
    fmt::print("sent again after an unknown outcome, may be doubled: {} records\n",
               report.ambiguous);
  }
  if (report.missing > 0) fmt::print("numbers that a table lacks: {}\n", report.missing);
  fmt::print(
      "{:.1f} s, {:.0f} posts/s, {} requests, {} of them repeats, p50 {:.1f} ms, p99 {:.1f} ms\n",
      report.seconds,
      report.seconds > 0 ? static_cast<double>(report.rounds) / report.seconds : 0.0,
      report.requests, report.retries, static_cast<double>(report.latency_p50.count()) / 1000,
      static_cast<double>(report.latency_p99.count()) / 1000);
  if (!report.first_failure.empty()) fmt::print("first failure: {}\n", report.first_failure);
}

Result<EmulateReport> Post(const Flags& flags, const EmulateOptions& options, RowSource& source,
                           std::stop_token stop) {
  HttpClient client({.request_timeout = flags.request_timeout,
                     .progress_timeout = flags.request_timeout,
                     .idle_per_origin_max = static_cast<size_t>(flags.concurrency),
                     .ca_file = flags.to_ca,
                     .user_agent = "pinlake-emulate"});
  ASSIGN_OR_RETURN(auto base, ParseHttpUrl(options.to));
  KafkaRestTarget target(client, std::move(base));
  EmulateProgress progress;
  std::jthread reporter;
  if (!options.dry_run) {
    reporter = std::jthread([&](std::stop_token done) { ShowProgress(progress, std::move(done)); });
  }
  return EmulateTo(options, source, target, SystemClock(), std::move(stop), &progress,
                   [](const std::string& request) { fmt::print("{}\n", request); });
}

int Run(const CommandCall& call) {
  const auto flags = Table().Parse(call.flags);
  if (!flags) return WrongUsage(call, flags.error());
  const auto stop = StopOnSignals();
  const auto options = OptionsOf(flags->config);
  if (!options) return WrongUsage(call, options.error());
  const auto source = OpenSource(flags->config, stop);
  if (!source) {
    return source.error().kind() == ErrorKind::kInvalidArgument ? WrongUsage(call, source.error())
                                                                : Failed(call, source.error());
  }
  const auto report = Post(flags->config, *options, **source, stop);
  if (!report) return Failed(call, report.error());
  if (flags->config.json) {
    PrintJson(*report);
  } else if (!options->dry_run) {
    PrintText(*report);
  }
  return report->failed > 0 ? ExitCode(ErrorKind::kUnavailable) : 0;
}

}  // namespace

Command EmulateCommand() {
  return {
      .name = "emulate",
      .summary = "Posts random rows at random moments, or at a rate, as users would.",
      .details =
          "Draws a row number and posts the three rows with that number to the topics <id>.pin, "
          "<id>.geo and\n"
          "<id>.user of a Kafka REST gateway. Ends with a count of what was sent, acknowledged and "
          "failed;\n"
          "exit code 4 if a record was never acknowledged.\n\n"
          "  pinlake emulate --source mysql://pinlake@127.0.0.1/pinterest_data --to "
          "http://127.0.0.1:8082\n"
          "  pinlake emulate --rate 5000/s --batch 50 --count 100000 --to http://127.0.0.1:8082\n"
          "  pinlake emulate --dry-run --seed 1",
      .options = []() -> const OptionRows& { return Table().rows(); },
      .run = Run};
}

}  // namespace pinlake
