#include <cstdio>

#include "cli/commands.h"
#include "cli/pipeline.h"
#include "log/embedded/embedded_log_reader.h"

namespace pinlake {
namespace {

struct Flags {
  bool create = false, list = false, describe = false, remove = false, if_not_exists = false;
  std::optional<std::string> topic, log_dir;
  int32_t partitions = 1;
  std::vector<std::string> configs;
};

const OptionTable<Flags>& Table() {
  using C = Flags;
  constexpr std::string_view kKafka =
      "this version has its embedded log only; write --log-dir or --pipeline";
  static const OptionTable<C> table(
      {
          {.name = "create",
           .field = Bool(&C::create),
           .fallback = "false",
           .doc = "Makes the topic."},
          {.name = "list",
           .field = Bool(&C::list),
           .fallback = "false",
           .doc = "Names all topics."},
          {.name = "describe",
           .field = Bool(&C::describe),
           .fallback = "false",
           .doc = "Partitions, offsets and configs of the topic, or of all."},
          {.name = "delete",
           .field = Bool(&C::remove),
           .fallback = "false",
           .doc = "Deletes the topic and its records."},
          {.name = "topic", .field = Text(&C::topic, 1), .doc = "Name of the topic."},
          {.name = "partitions",
           .field = Int(&C::partitions, 1, 10'000),
           .fallback = "1",
           .doc = "Partitions of a topic to make."},
          {.name = "config",
           .field = Repeated(&C::configs),
           .doc = "name=value: a config of a topic to make, such as retention.ms=60000."},
          {.name = "if-not-exists",
           .field = Bool(&C::if_not_exists),
           .fallback = "false",
           .doc = "With --create: a topic that is there is no error."},
          {.name = "replication-factor", .ignored = "the embedded log is one directory"},
          {.name = "log-dir",
           .field = Text(&C::log_dir, 1),
           .doc = "Directory of the embedded log; else the pipeline's."},
          {.name = "bootstrap-server", .unsupported = kKafka},
          {.name = "command-config", .unsupported = kKafka},
          {.name = "zookeeper", .unsupported = kKafka},
      },
      {{"create",
        [](const C& c) -> Complaint {
          if (c.create + c.list + c.describe + c.remove == 1) return {};
          return "give exactly one of --create, --list, --describe, --delete";
        }},
       {"topic", [](const C& c) -> Complaint {
          if (c.topic || c.list || c.describe) return {};
          return "required";
        }}});
  return table;
}

Result<TopicSpec> SpecOf(const Flags& flags) {
  TopicSpec spec;
  spec.topic = TopicName(*flags.topic);
  spec.partitions = flags.partitions;
  for (const std::string& config : flags.configs) {
    const size_t equals = config.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Fail(ErrorKind::kInvalidArgument, "--config: '{}' is not name=value", config);
    }
    spec.configs[config.substr(0, equals)] = config.substr(equals + 1);
  }
  return spec;
}

Status Describe(EventLog& log, const TopicName& topic) {
  ASSIGN_OR_RETURN(const TopicInfo info, log.DescribeTopic(topic));
  std::string configs;
  for (const auto& [name, value] : info.configs) {
    configs.append(configs.empty() ? "" : ",").append(name).append("=").append(value);
  }
  std::printf("Topic: %s\tPartitionCount: %zu\tConfigs: %s\n", topic.value().c_str(),
              info.partitions.size(), configs.c_str());
  for (const PartitionInfo& partition : info.partitions) {
    ASSIGN_OR_RETURN(const OffsetRange offsets, log.Offsets({topic, partition.partition}));
    std::printf("\tPartition: %d\tLowWatermark: %lld\tEndOffset: %lld\n",
                partition.partition.value(), static_cast<long long>(offsets.low.value()),
                static_cast<long long>(offsets.end.value()));
  }
  return {};
}

Status Create(EventLog& log, const Flags& flags) {
  ASSIGN_OR_RETURN(const TopicSpec spec, SpecOf(flags));
  auto made = log.CreateTopic(spec);
  if (made) {
    std::printf("Created topic %s.\n", flags.topic->c_str());
    return {};
  }
  if (flags.if_not_exists && made.error().kind() == ErrorKind::kAlreadyExists) return {};
  return Fail(std::move(made).error());
}

Status Act(EventLog& log, const Flags& flags) {
  if (flags.create) return Create(log, flags);
  if (flags.remove) return log.DeleteTopic(TopicName(*flags.topic));
  if (flags.describe && flags.topic) return Describe(log, TopicName(*flags.topic));
  ASSIGN_OR_RETURN(const auto topics, log.ListTopics());
  for (const TopicName& topic : topics) {
    if (flags.describe) {
      RETURN_IF_ERROR(Describe(log, topic));
    } else {
      std::printf("%s\n", topic.value().c_str());
    }
  }
  return {};
}

Result<Pipeline> PipelineOf(const CommandCall& call, const Flags& flags) {
  if (!flags.log_dir) return LoadPipeline(call);
  ConfigEntries sets;
  sets.Set("log.dir", *flags.log_dir, "--log-dir");
  ASSIGN_OR_RETURN(const PipelineFile file,
                   ParsePipelineFile("", "command line", sets, ProcessEnvironment()));
  return MakePipeline(file);
}

/// Looking needs no lock and makes nothing.
Result<std::unique_ptr<EventLog>> OpenLog(const Pipeline& pipeline, const Flags& flags) {
  if (flags.create || flags.remove) return OpenPipelineLog(pipeline);
  ASSIGN_OR_RETURN(std::unique_ptr<EventLog> log,
                   EmbeddedLogReader::Open(pipeline.log.embedded.dir, RealDisk(), SystemClock()));
  return log;
}

int Run(const CommandCall& call) {
  const auto flags = Table().Parse(call.flags);
  if (!flags) return WrongUsage(call, flags.error());
  LogWarnings(flags->warnings);
  auto pipeline = PipelineOf(call, flags->config);
  if (!pipeline) return WrongUsage(call, pipeline.error());
  pipeline->topics.clear();
  auto log = OpenLog(*pipeline, flags->config);
  if (!log) return Failed(call, log.error());
  const Status done = Act(**log, flags->config);
  (*log)->Close();
  return done ? 0 : Failed(call, done.error());
}

}  // namespace

Command TopicsCommand() {
  return {
      .name = "topics",
      .summary = "Makes, lists, describes and deletes topics of the embedded log.",
      .details =
          "The flags are those of kafka-topics.sh. --create and --delete are refused while another "
          "process has\nthe log open; --list and --describe are not.\n\n"
          "  pinlake topics --create --topic orders --partitions 3 --log-dir data/log",
      .options = []() -> const OptionRows& { return Table().rows(); },
      .pipeline = true,
      .log_level = LogLevel::kWarn,
      .run = Run};
}

}  // namespace pinlake
