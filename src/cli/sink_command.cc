#include <cstdio>

#include "base/byte_budget.h"
#include "cli/commands.h"
#include "cli/connector_store.h"
#include "cli/kafka_connection.h"
#include "cli/pipeline.h"
#include "cli/signals.h"
#include "config/config_file.h"
#include "log/embedded/embedded_log.h"
#include "observe/metrics.h"
#include "sink/connect_settings.h"
#include "sink/run_sink.h"

namespace pinlake {
namespace {

/// Exit code if a task failed; 0: done.
constexpr int kTaskFailed = 2;

struct Flags {
  std::optional<std::string> log_dir, worker, bootstrap_server, command_config, name, instance_id;
  bool exit_at_end = false;
  int64_t memory_budget = 0;
};

const OptionTable<Flags>& Table() {
  using C = Flags;
  static const OptionTable<C> table{
      {.name = "log-dir",
       .field = Text(&C::log_dir, 1),
       .doc = "Read the embedded log in this directory."},
      {.name = "worker",
       .field = Text(&C::worker, 1),
       .doc = "Properties of a Connect worker: where Kafka is, and converters for what the "
              "connector leaves to it."},
      {.name = "bootstrap-server", .field = Text(&C::bootstrap_server, 1), .doc = "Read Kafka."},
      {.name = "command-config",
       .field = Text(&C::command_config, 1),
       .doc = "With --bootstrap-server: properties of the Kafka client."},
      {.name = "name",
       .field = Text(&C::name, 1),
       .doc = "Name of the connector; the group is connect-NAME. None: the file's, else S3-sink."},
      {.name = "instance-id",
       .field = Text(&C::instance_id, 1),
       .doc = "Static membership: task i is the member ID-i of the group and has its partitions "
              "again after a restart. The file's consumer.override.group.instance.id, given here."},
      {.name = "exit-at-end",
       .field = Bool(&C::exit_at_end),
       .fallback = "false",
       .doc = "End once all that is in the log now is read, and what the file's rules close of it "
              "is stored."},
      {.name = "memory-budget",
       .field = Bytes(&C::memory_budget, 1 << 20),
       .fallback = "256MiB",
       .doc = "For open objects and those under way. A pipeline's memory.budget counts instead."},
  };
  return table;
}

/// What to run, and where.
struct Plan {
  SinkJob job;
  S3SinkConfig config;
  std::optional<Pipeline> pipeline;
  std::string log_dir;
  std::optional<KafkaLogOptions> kafka;
  int64_t memory_budget = 0;
};

/// Where Kafka is, if it is read; a worker's converters too.
Status AddKafka(const Flags& flags, Plan* plan) {
  std::vector<std::string> warnings;
  if (flags.bootstrap_server) {
    ASSIGN_OR_RETURN(plan->kafka,
                     KafkaOptionsOfFlags(*flags.bootstrap_server, flags.command_config, &warnings));
  }
  if (flags.worker) {
    ASSIGN_OR_RETURN(const ConfigEntries worker, LoadConfigFile(*flags.worker));
    ASSIGN_OR_RETURN(plan->kafka, KafkaOptionsOfWorker(worker, &warnings));
    plan->job.connector = WithWorkerDefaults(std::move(plan->job.connector), worker);
  }
  LogWarnings(warnings);
  return {};
}

Status CheckSource(const Flags& flags, bool has_pipeline) {
  const int sources = (flags.log_dir ? 1 : 0) + (flags.worker ? 1 : 0) +
                      (flags.bootstrap_server ? 1 : 0) + (has_pipeline ? 1 : 0);
  if (sources != 1) {
    return Fail(ErrorKind::kInvalidArgument,
                "where to read from: give exactly one of --log-dir, --pipeline, --worker, "
                "--bootstrap-server");
  }
  if (flags.command_config && !flags.bootstrap_server)
    return Fail(ErrorKind::kInvalidArgument, "--command-config: only with --bootstrap-server");
  return {};
}

/// A pipeline's store holds what a connector's bucket says, or the two contradict each other.
Status CheckBucket(const Pipeline& pipeline, const S3SinkConfig& config) {
  const std::string& url = pipeline.store.url;
  if (!url.starts_with("s3://")) return {};
  const std::string bucket = url.substr(5, url.find('/', 5) - 5);
  if (bucket == config.bucket) return {};
  return Fail(ErrorKind::kInvalidArgument,
              "s3.bucket.name: '{}', but the pipeline's store.url is {}; write the same bucket",
              config.bucket, url);
}

Result<Plan> MakePlan(const CommandCall& call, const Flags& flags) {
  Plan plan;
  RETURN_IF_ERROR(CheckSource(flags, !call.pipeline_file.empty()));
  ASSIGN_OR_RETURN(plan.job.connector, LoadConnectorFile(call.positionals.front()));
  RETURN_IF_ERROR(AddKafka(flags, &plan));
  if (flags.name) plan.job.connector.Set("name", *flags.name, "--name");
  if (flags.instance_id) {
    plan.job.connector.Set("consumer.override.group.instance.id", *flags.instance_id,
                           "--instance-id");
  }
  plan.job.exit_at_end = flags.exit_at_end;
  ASSIGN_OR_RETURN(auto parsed, ParseS3SinkProperties(plan.job.connector));
  RETURN_IF_ERROR(MakeSinkTaskOptions(parsed, plan.job.connector));
  plan.config = std::move(parsed.config);
  plan.log_dir = flags.log_dir.value_or("");
  plan.memory_budget = flags.memory_budget;
  if (call.pipeline_file.empty()) return plan;
  ASSIGN_OR_RETURN(plan.pipeline, LoadPipeline(call));
  RETURN_IF_ERROR(CheckBucket(*plan.pipeline, plan.config));
  plan.memory_budget = plan.pipeline->general.memory_budget;
  return plan;
}

Result<std::unique_ptr<EventLog>> OpenLog(const Plan& plan) {
  if (plan.pipeline) return OpenPipelineLog(*plan.pipeline);
  if (plan.kafka) return OpenKafka(*plan.kafka);
  EmbeddedLogOptions options;
  options.dir = plan.log_dir;
  ASSIGN_OR_RETURN(std::unique_ptr<EventLog> log,
                   EmbeddedLog::Open(options, RealDisk(), SystemClock()));
  return log;
}

Result<std::unique_ptr<ObjectStore>> OpenStoreOf(const Plan& plan, const std::stop_token& stop) {
  if (plan.pipeline) return OpenPipelineStore(*plan.pipeline);
  return OpenConnectorStore(plan.config, stop);
}

int Run(const CommandCall& call) {
  const auto flags = Table().Parse(call.flags);
  if (!flags) return WrongUsage(call, flags.error());
  const auto plan = MakePlan(call, flags->config);
  if (!plan) return WrongUsage(call, plan.error());
  const std::stop_token stop = StopOnSignals();
  const auto log = OpenLog(*plan);
  if (!log) return Failed(call, log.error());
  const auto store = OpenStoreOf(*plan, stop);
  if (!store) return Failed(call, store.error());
  std::fprintf(stdout, "sink %s: group %s, store %s\n", plan->config.name.c_str(),
               plan->config.group().c_str(), (*store)->Describe().c_str());
  std::fflush(stdout);
  ByteBudget budget(plan->memory_budget);
  MetricsRegistry metrics;
  const Status ran = RunSink(plan->job, {**log, **store, SystemClock(), budget, metrics}, stop);
  (*log)->Close();
  if (ran) return 0;
  Failed(call, ran.error());
  return kTaskFailed;
}

}  // namespace

Command SinkCommand() {
  return {.name = "sink",
          .summary = "Runs a Connect S3 sink: topics to objects, each record in exactly one.",
          .arguments = "connector.properties",
          .details =
              "The file is that of the Confluent S3 sink connector, or the JSON of Connect's REST "
              "API.\nWhat it says and is not honoured is refused or named at start. Exit code 0: "
              "done, 2: a task failed.\n\n"
              "  pinlake sink s3-sink.properties --log-dir data/log --exit-at-end\n"
              "  pinlake sink s3-sink.properties --pipeline pipeline.yaml\n"
              "  pinlake sink s3-sink.properties --worker connect-distributed.properties",
          .options = []() -> const OptionRows& { return Table().rows(); },
          .positionals_min = 1,
          .positionals_max = 1,
          .pipeline = true,
          .run = Run};
}

}  // namespace pinlake
