#include <chrono>
#include <cstdio>

#include "cli/commands.h"
#include "cli/connector_store.h"
#include "cli/kafka_connection.h"
#include "cli/signals.h"
#include "cli/verify_sinks.h"
#include "log/embedded/embedded_log_reader.h"

namespace pinlake {
namespace {

struct Flags {
  std::optional<std::string> log_dir, worker, name, since, bootstrap_server, command_config;
  bool deep = false;
  bool json = false;
};

const OptionTable<Flags>& Table() {
  using C = Flags;
  static const OptionTable<C> table{
      {.name = "log-dir",
       .field = Text(&C::log_dir, 1),
       .doc = "With a connector file: directory of the embedded log; else the pipeline's."},
      {.name = "worker",
       .field = Text(&C::worker, 1),
       .doc = "With a connector file: the worker's properties, for converters, and for Kafka "
              "where nothing else says where the log is."},
      {.name = "name",
       .field = Text(&C::name, 1),
       .doc = "With a connector file: name of the connector, as given to sink; else the file's."},
      {.name = "deep",
       .field = Bool(&C::deep),
       .fallback = "false",
       .doc = "Read log and objects again and compare them record by record."},
      {.name = "since",
       .field = Text(&C::since, 1),
       .doc = "Only records from then on: 2026-11-22T18:00:00Z, or how long ago (90m, 2d)."},
      {.name = "json",
       .field = Bool(&C::json),
       .fallback = "false",
       .doc = "Print the report as JSON."},
      {.name = "bootstrap-server",
       .field = Text(&C::bootstrap_server, 1),
       .doc = "With a connector file: its log is Kafka."},
      {.name = "command-config",
       .field = Text(&C::command_config, 1),
       .doc = "With --bootstrap-server: properties of the Kafka client."},
  };
  return table;
}

/// "2026-11-22T18:00:00Z", "2026-11-22", or a span before \p now_ms.
Result<TimestampMs> ParseSince(const std::string& text, int64_t now_ms) {
  using namespace std::chrono;
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, length = 0;
  const int fields = std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &year, &month, &day,
                                 &hour, &minute, &second, &length);
  const bool whole = fields == 6 && length == static_cast<int>(text.size());
  const bool date = fields == 3 && text.size() == 10;
  const year_month_day at{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                          std::chrono::day(static_cast<unsigned>(day))};
  if ((whole || date) && at.ok() && hour < 24 && minute < 60 && second < 60) {
    const auto time = sys_days(at) + hours(hour) + minutes(minute) + seconds(second);
    return duration_cast<milliseconds>(time.time_since_epoch()).count();
  }
  const auto ago = ReadDuration(text, microseconds(0), microseconds::max());
  if (ago) return now_ms - duration_cast<milliseconds>(*ago).count();
  return Fail(ErrorKind::kInvalidArgument,
              "--since: '{}' is neither a time (2026-11-22T18:00:00Z) nor a span (90m)", text);
}

bool IsPipeline(const std::string& path) {
  return path.ends_with(".yaml") || path.ends_with(".yml");
}

/// Of a file: what to verify, and where.
struct Target {
  std::optional<Pipeline> pipeline;       ///< of the log, and of the sinks unless there is
  std::optional<S3SinkConfig> connector;  ///< a connector file
  std::optional<KafkaLogOptions> kafka;
};

Result<Target> LoadTarget(CommandCall call, const Flags& flags) {
  Target target;
  std::string file = call.positionals.empty() ? "" : call.positionals.front();
  if (IsPipeline(file)) {
    if (!call.pipeline_file.empty())
      return Fail(ErrorKind::kInvalidArgument, "two pipeline files: {} and {}", call.pipeline_file,
                  file);
    call.pipeline_file = std::exchange(file, "");
  }
  if (!file.empty()) {
    ASSIGN_OR_RETURN(ConfigEntries entries, LoadConnectorFile(file));
    if (flags.worker) {
      ASSIGN_OR_RETURN(const ConfigEntries worker, LoadConfigFile(*flags.worker));
      entries = WithWorkerDefaults(std::move(entries), worker);
    }
    if (flags.name) entries.Set("name", *flags.name, "--name");
    ASSIGN_OR_RETURN(auto parsed, ParseS3SinkProperties(entries));
    target.connector = std::move(parsed.config);
  }
  if (flags.log_dir && (!target.connector || !call.pipeline_file.empty()))
    return Fail(ErrorKind::kInvalidArgument,
                "--log-dir: only with a connector file, and without --pipeline");
  if (flags.command_config && !flags.bootstrap_server)
    return Fail(ErrorKind::kInvalidArgument, "--command-config: only with --bootstrap-server");
  if (flags.bootstrap_server && (!target.connector || flags.log_dir || !call.pipeline_file.empty()))
    return Fail(ErrorKind::kInvalidArgument,
                "--bootstrap-server: only with a connector file, and without --log-dir and "
                "--pipeline");
  if (flags.log_dir) return target;
  std::vector<std::string> warnings;
  if (flags.bootstrap_server) {
    ASSIGN_OR_RETURN(target.kafka,
                     KafkaOptionsOfFlags(*flags.bootstrap_server, flags.command_config, &warnings));
    return target;
  }
  if (flags.worker && call.pipeline_file.empty()) {
    ASSIGN_OR_RETURN(const ConfigEntries worker, LoadConfigFile(*flags.worker));
    ASSIGN_OR_RETURN(target.kafka, KafkaOptionsOfWorker(worker, &warnings));
    return target;
  }
  ASSIGN_OR_RETURN(target.pipeline, LoadPipeline(call));
  return target;
}

Result<std::unique_ptr<EventLog>> OpenForReading(const Target& target, const Flags& flags) {
  if (target.kafka) return OpenKafka(*target.kafka);
  if (target.pipeline) return OpenPipelineLogToRead(*target.pipeline);
  ASSIGN_OR_RETURN(std::unique_ptr<EventLog> log,
                   EmbeddedLogReader::Open(*flags.log_dir, RealDisk(), SystemClock()));
  return log;
}

Result<VerifyReport> VerifyTarget(const Target& target, const Flags& flags,
                                  const VerifyScope& scope, std::stop_token stop) {
  ASSIGN_OR_RETURN(const std::unique_ptr<EventLog> log, OpenForReading(target, flags));
  // Where there is a pipeline its store counts, as for `pinlake sink`.
  ASSIGN_OR_RETURN(const auto store, target.pipeline ? OpenPipelineStore(*target.pipeline)
                                                     : OpenConnectorStore(*target.connector, stop));
  if (!target.connector) return VerifySinks(*target.pipeline, *log, *store, scope, stop);
  return Verify(*log, *store, VerifyOptionsOf(*target.connector, scope), stop);
}

int Run(const CommandCall& call) {
  const auto flags = Table().Parse(call.flags);
  if (!flags) return WrongUsage(call, flags.error());
  VerifyScope scope{.deep = flags->config.deep};
  if (flags->config.since) {
    const auto since = ParseSince(*flags->config.since, SystemClock().WallMs());
    if (!since) return WrongUsage(call, since.error());
    scope.since = *since;
  }
  const auto target = LoadTarget(call, flags->config);
  if (!target) return WrongUsage(call, target.error());
  const auto report = VerifyTarget(*target, flags->config, scope, StopOnSignals());
  if (!report) return Failed(call, report.error());
  std::fputs((flags->config.json ? RenderJson(*report) : RenderText(*report)).c_str(), stdout);
  return report->clean() ? 0 : ExitCode(ErrorKind::kCorruption);
}

}  // namespace

Command VerifyCommand() {
  return {.name = "verify",
          .summary = "Proves that every committed record is in exactly one object.",
          .arguments = "[FILE]",
          .details =
              "FILE is a connector file (then --log-dir or --pipeline says where its log is) or a "
              "pipeline file.\nCompares what the objects say of themselves with the committed "
              "offsets and the log; may run beside\nthe sink. Exit code 0: complete, 5: records "
              "are missing, doubled or changed.\n\n"
              "  pinlake verify --pipeline examples/pinterest/pipeline.yaml\n"
              "  pinlake verify s3-sink.properties --log-dir data/log --deep",
          .options = []() -> const OptionRows& { return Table().rows(); },
          .positionals_max = 1,
          .pipeline = true,
          .log_level = LogLevel::kWarn,
          .run = Run};
}

}  // namespace pinlake
