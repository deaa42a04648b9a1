#include <cstdio>

#include "cli/commands.h"
#include "cli/kafka_connection.h"
#include "cli/pipeline.h"

namespace pinlake {
namespace {

struct Flags {
  bool create = false, list = false, describe = false, remove = false, alter = false;
  bool if_exists = false, if_not_exists = false;
  std::optional<std::string> topic, log_dir, bootstrap_server, command_config;
  std::optional<int32_t> partitions, replication_factor;
  std::vector<std::string> configs;
};

const OptionTable<Flags>& Table() {
  using C = Flags;
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
          {.name = "alter",
           .field = Bool(&C::alter),
           .fallback = "false",
           .doc = "Grows the topic to --partitions in all."},
          {.name = "topic", .field = Text(&C::topic, 1), .doc = "Name of the topic."},
          {.name = "partitions",
           .field = Int(&C::partitions, 1, 10'000),
           .doc = "Partitions of a topic to make or grow. None: 1, on Kafka the brokers' default."},
          {.name = "config",
           .field = Repeated(&C::configs),
           .doc = "name=value: a config of a topic to make, such as retention.ms=60000."},
          {.name = "if-not-exists",
           .field = Bool(&C::if_not_exists),
           .fallback = "false",
           .doc = "With --create: a topic that is there is no error."},
          {.name = "if-exists",
           .field = Bool(&C::if_exists),
           .fallback = "false",
           .doc = "With --alter, --delete, --describe: a topic that is not there is no error."},
          {.name = "replication-factor",
           .field = Int(&C::replication_factor, 1, 32'767),
           .doc = "Replicas of a topic to make. None: the brokers' default. The embedded log has "
                  "one."},
          {.name = "log-dir",
           .field = Text(&C::log_dir, 1),
           .doc = "Directory of the embedded log; else the pipeline's."},
          {.name = "bootstrap-server",
           .field = Text(&C::bootstrap_server, 1),
           .doc = "Topics of Kafka: brokers as host:port, one or several."},
          {.name = "command-config",
           .field = Text(&C::command_config, 1),
           .doc = "With --bootstrap-server: properties of the Kafka client."},
          {.name = "zookeeper", .unsupported = "write --bootstrap-server host:port"},
      },
      {{"create",
        [](const C& c) -> Complaint {
          if (c.create + c.list + c.describe + c.remove + c.alter == 1) return {};
          return "give exactly one of --create, --list, --describe, --delete, --alter";
        }},
       {"command-config",
        [](const C& c) -> Complaint {
          if (!c.command_config || c.bootstrap_server) return {};
          return "only with --bootstrap-server";
        }},
       {"log-dir",
        [](const C& c) -> Complaint {
          if (!c.log_dir || !c.bootstrap_server) return {};
          return "not with --bootstrap-server";
        }},
       {"partitions",
        [](const C& c) -> Complaint {
          if (!c.alter || c.partitions) return {};
          return "required with --alter, which changes nothing else";
        }},
       {"topic", [](const C& c) -> Complaint {
          if (c.topic || c.list || c.describe) return {};
          return "required";
        }}});
  return table;
}

Result<TopicSpec> SpecOf(const Flags& flags, bool kafka) {
  TopicSpec spec;
  spec.topic = TopicName(*flags.topic);
  // -1: as the brokers do by themselves.
  spec.partitions = flags.partitions.value_or(kafka ? -1 : 1);
  spec.replication_factor = static_cast<int16_t>(flags.replication_factor.value_or(kafka ? -1 : 1));
  if (!kafka && spec.replication_factor > 1)
    LogWarn("The embedded log is one directory; --replication-factor is ignored.");
  for (const std::string& config : flags.configs) {
    const size_t equals = config.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Fail(ErrorKind::kInvalidArgument, "--config: '{}' is not name=value", config);
    }
    spec.configs[config.substr(0, equals)] = config.substr(equals + 1);
  }
  return spec;
}

std::string Joined(const TopicConfigs& configs) {
  std::string text;
  for (const auto& [name, value] : configs)
    text.append(text.empty() ? "" : ",").append(name).append("=").append(value);
  return text;
}

std::string Joined(const std::vector<int32_t>& brokers) {
  std::string text;
  for (const int32_t broker : brokers)
    text.append(text.empty() ? "" : ",").append(std::to_string(broker));
  return text;
}

/// As kafka-topics.sh prints it.
void PrintKafkaTopic(const TopicInfo& info) {
  const std::string& topic = info.topic.value();
  const std::string& log_id = info.log_id.value();
  const size_t replicas = info.partitions.empty() ? 0 : info.partitions.front().replicas.size();
  std::printf("Topic: %s\tTopicId: %s\tPartitionCount: %zu\tReplicationFactor: %zu\tConfigs: %s\n",
              topic.c_str(), log_id.substr(log_id.rfind('/') + 1).c_str(), info.partitions.size(),
              replicas, Joined(info.overrides).c_str());
  for (const PartitionInfo& partition : info.partitions) {
    const std::string leader = partition.leader < 0 ? "none" : std::to_string(partition.leader);
    std::printf("\tTopic: %s\tPartition: %d\tLeader: %s\tReplicas: %s\tIsr: %s\n", topic.c_str(),
                partition.partition.value(), leader.c_str(), Joined(partition.replicas).c_str(),
                Joined(partition.in_sync).c_str());
  }
}

Status Describe(EventLog& log, const TopicName& topic, bool kafka) {
  ASSIGN_OR_RETURN(const TopicInfo info, log.DescribeTopic(topic));
  if (kafka) {
    PrintKafkaTopic(info);
    return {};
  }
  const std::string configs = Joined(info.configs);
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

Status Create(EventLog& log, const Flags& flags, bool kafka) {
  ASSIGN_OR_RETURN(const TopicSpec spec, SpecOf(flags, kafka));
  auto made = log.CreateTopic(spec);
  if (made) {
    std::printf("Created topic %s.\n", flags.topic->c_str());
    return {};
  }
  if (flags.if_not_exists && made.error().kind() == ErrorKind::kAlreadyExists) return {};
  return Fail(std::move(made).error());
}

Status ActOnOne(EventLog& log, const Flags& flags, bool kafka) {
  const TopicName topic(*flags.topic);
  Status done = flags.remove  ? log.DeleteTopic(topic)
                : flags.alter ? log.AddPartitions(topic, *flags.partitions)
                              : Describe(log, topic, kafka);
  if (!done && flags.if_exists && done.error().kind() == ErrorKind::kNotFound) return {};
  return done;
}

Status Act(EventLog& log, const Flags& flags, bool kafka) {
  if (flags.create) return Create(log, flags, kafka);
  if (flags.topic && !flags.list) return ActOnOne(log, flags, kafka);
  ASSIGN_OR_RETURN(const auto topics, log.ListTopics());
  for (const TopicName& topic : topics) {
    if (flags.describe) {
      RETURN_IF_ERROR(Describe(log, topic, kafka));
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

/// Where the topics are.
struct Source {
  std::optional<Pipeline> pipeline;
  std::optional<KafkaLogOptions> kafka;
};

Result<Source> SourceOf(const CommandCall& call, const Flags& flags) {
  Source source;
  std::vector<std::string> warnings;
  if (flags.bootstrap_server) {
    if (!call.pipeline_file.empty())
      return Fail(ErrorKind::kInvalidArgument, "--pipeline: not with --bootstrap-server");
    ASSIGN_OR_RETURN(source.kafka,
                     KafkaOptionsOfFlags(*flags.bootstrap_server, flags.command_config, &warnings));
  } else {
    ASSIGN_OR_RETURN(source.pipeline, PipelineOf(call, flags));
    source.pipeline->topics.clear();
    if (source.pipeline->log.type == LogSection::Type::kKafka)
      source.kafka = source.pipeline->log.kafka;
  }
  LogWarnings(warnings);
  return source;
}

/// Looking needs no lock and makes nothing.
Result<std::unique_ptr<EventLog>> OpenLog(const Source& source, const Flags& flags) {
  if (source.kafka) return OpenKafka(*source.kafka);
  const bool looks = flags.list || flags.describe;
  return looks ? OpenPipelineLogToRead(*source.pipeline) : OpenPipelineLog(*source.pipeline);
}

int Run(const CommandCall& call) {
  const auto flags = Table().Parse(call.flags);
  if (!flags) return WrongUsage(call, flags.error());
  LogWarnings(flags->warnings);
  auto source = SourceOf(call, flags->config);
  if (!source) return WrongUsage(call, source.error());
  const bool kafka = source->kafka.has_value();
  auto log = OpenLog(*source, flags->config);
  if (!log) return Failed(call, log.error());
  const Status done = Act(**log, flags->config, kafka);
  (*log)->Close();
  return done ? 0 : Failed(call, done.error());
}

}  // namespace

Command TopicsCommand() {
  return {.name = "topics",
          .summary = "Makes, lists, describes, grows and deletes topics.",
          .details =
              "The flags are those of kafka-topics.sh. Changing an embedded log is refused while "
              "another "
              "process has\nit open; --list and --describe are not.\n\n"
              "  pinlake topics --bootstrap-server b-1:9098 --command-config client.properties "
              "--create --topic orders\n"
              "  pinlake topics --create --topic orders --partitions 3 --log-dir data/log",
          .options = []() -> const OptionRows& { return Table().rows(); },
          .pipeline = true,
          .log_level = LogLevel::kWarn,
          .run = Run};
}

}  // namespace pinlake
