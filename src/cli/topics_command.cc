#include <algorithm>
#include <cstdio>

#include "cli/commands.h"
#include "cli/log_access.h"
#include "cli/pipeline.h"
#include "model/topic_pattern.h"

namespace pinlake {
namespace {

struct Flags : LogAccessFlags {
  bool create = false, list = false, describe = false, remove = false, alter = false;
  bool if_exists = false, if_not_exists = false, exclude_internal = false;
  bool under_replicated = false, unavailable = false, under_min_isr = false, at_min_isr = false;
  bool with_overrides = false;
  std::optional<std::string> topic, topic_id;
  std::optional<int32_t> partitions, replication_factor;
  std::vector<std::string> configs, delete_configs;
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
           .doc = "Grows the topic to --partitions in all, sets --config, resets --delete-config."},
          {.name = "topic",
           .field = Text(&C::topic, 1),
           .doc = "Name of the topic; except with --create also a regular expression for names."},
          {.name = "topic-id",
           .field = Text(&C::topic_id, 1),
           .doc = "With --describe: the topic with this id."},
          {.name = "partitions",
           .field = Int(&C::partitions, 1, 10'000),
           .doc = "Partitions of a topic to make or grow. None: 1, on Kafka the brokers' default."},
          {.name = "config",
           .field = Repeated(&C::configs),
           .doc = "name=value: a config of a topic to make or alter, such as retention.ms=60000."},
          {.name = "delete-config",
           .field = Repeated(&C::delete_configs),
           .doc = "With --alter: the name of a config that goes back to its default."},
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
          {.name = "exclude-internal",
           .field = Bool(&C::exclude_internal),
           .fallback = "false",
           .doc = "With --list, --describe: leave out topics that the log keeps for itself."},
          {.name = "under-replicated-partitions",
           .field = Bool(&C::under_replicated),
           .fallback = "false",
           .doc = "With --describe: only partitions with replicas that are not in sync."},
          {.name = "unavailable-partitions",
           .field = Bool(&C::unavailable),
           .fallback = "false",
           .doc = "With --describe: only partitions without a leader."},
          {.name = "under-min-isr-partitions",
           .field = Bool(&C::under_min_isr),
           .fallback = "false",
           .doc = "With --describe: only partitions with fewer replicas in sync than "
                  "min.insync.replicas."},
          {.name = "at-min-isr-partitions",
           .field = Bool(&C::at_min_isr),
           .fallback = "false",
           .doc = "With --describe: only partitions with exactly min.insync.replicas in sync."},
          {.name = "topics-with-overrides",
           .field = Bool(&C::with_overrides),
           .fallback = "false",
           .doc = "With --describe: only topics with configs of their own, without partitions."},
          {.name = "replica-assignment",
           .unsupported = "brokers place the replicas; give --partitions and --replication-factor"},
          {.name = "disable-rack-aware", .ignored = "brokers place the replicas"},
          {.name = "force", .ignored = "nothing is asked"},
          LogDirRow<C>(),
          BootstrapServerRow<C>(),
          CommandConfigRow<C>(),
          ZookeeperRow<C>(),
      },
      {{"create",
        [](const C& c) -> Complaint {
          if (c.create + c.list + c.describe + c.remove + c.alter == 1) return {};
          return "give exactly one of --create, --list, --describe, --delete, --alter";
        }},
       CommandConfigRule<C>(),
       LogDirRule<C>(),
       {"partitions",
        [](const C& c) -> Complaint {
          if (!c.alter || c.partitions || !c.configs.empty() || !c.delete_configs.empty())
            return {};
          return "required with --alter, or --config or --delete-config";
        }},
       {"topic-id",
        [](const C& c) -> Complaint {
          if (!c.topic_id || (c.describe && !c.topic)) return {};
          return "only with --describe, and not with --topic";
        }},
       {"topic", [](const C& c) -> Complaint {
          if (c.topic || c.list || c.describe) return {};
          return "required";
        }}});
  return table;
}

/// name=value pairs of --config.
Result<TopicConfigs> ConfigsOf(const Flags& flags) {
  TopicConfigs configs;
  for (const std::string& config : flags.configs) {
    const size_t equals = config.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Fail(ErrorKind::kInvalidArgument, "--config: '{}' is not name=value", config);
    }
    configs[config.substr(0, equals)] = config.substr(equals + 1);
  }
  return configs;
}

Result<TopicSpec> SpecOf(const Flags& flags, bool kafka) {
  TopicSpec spec;
  spec.topic = TopicName(*flags.topic);
  // -1: as the brokers do by themselves.
  spec.partitions = flags.partitions.value_or(kafka ? -1 : 1);
  spec.replication_factor = static_cast<int16_t>(flags.replication_factor.value_or(kafka ? -1 : 1));
  if (!kafka && spec.replication_factor > 1)
    LogWarn("The embedded log is one directory; --replication-factor is ignored.");
  ASSIGN_OR_RETURN(spec.configs, ConfigsOf(flags));
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

std::string IdOf(const TopicInfo& info) {
  const std::string& log_id = info.log_id.value();
  return log_id.substr(log_id.rfind('/') + 1);
}

bool ShowsPartitionsOnly(const Flags& flags) {
  return flags.under_replicated || flags.unavailable || flags.under_min_isr || flags.at_min_isr;
}

/// Whether the filters of --describe let a partition through.
bool IsWanted(const Flags& flags, const TopicInfo& info, const PartitionInfo& partition) {
  if (!ShowsPartitionsOnly(flags)) return !flags.with_overrides;
  const auto found = info.configs.find("min.insync.replicas");
  const size_t least = found == info.configs.end() ? 1 : std::stoul(found->second);
  return (flags.under_replicated && partition.in_sync.size() < partition.replicas.size()) ||
         (flags.unavailable && partition.leader < 0) ||
         (flags.under_min_isr && partition.in_sync.size() < least) ||
         (flags.at_min_isr && partition.in_sync.size() == least);
}

/// As kafka-topics.sh prints it.
void PrintKafkaTopic(const Flags& flags, const TopicInfo& info) {
  const std::string& topic = info.topic.value();
  const size_t replicas = info.partitions.empty() ? 0 : info.partitions.front().replicas.size();
  if (!ShowsPartitionsOnly(flags) && (!flags.with_overrides || !info.overrides.empty())) {
    std::printf(
        "Topic: %s\tTopicId: %s\tPartitionCount: %zu\tReplicationFactor: %zu\tConfigs: %s\n",
        topic.c_str(), IdOf(info).c_str(), info.partitions.size(), replicas,
        Joined(info.overrides).c_str());
  }
  for (const PartitionInfo& partition : info.partitions) {
    if (!IsWanted(flags, info, partition)) continue;
    const std::string leader = partition.leader < 0 ? "none" : std::to_string(partition.leader);
    std::printf("\tTopic: %s\tPartition: %d\tLeader: %s\tReplicas: %s\tIsr: %s\n", topic.c_str(),
                partition.partition.value(), leader.c_str(), Joined(partition.replicas).c_str(),
                Joined(partition.in_sync).c_str());
  }
}

/// The embedded log has no replicas, but offsets at once.
Status PrintLocalTopic(EventLog& log, const Flags& flags, const TopicInfo& info) {
  if (ShowsPartitionsOnly(flags) || (flags.with_overrides && info.overrides.empty())) return {};
  std::printf("Topic: %s\tPartitionCount: %zu\tConfigs: %s\n", info.topic.value().c_str(),
              info.partitions.size(), Joined(info.configs).c_str());
  for (const PartitionInfo& partition : info.partitions) {
    if (flags.with_overrides) break;
    ASSIGN_OR_RETURN(const OffsetRange offsets, log.Offsets({info.topic, partition.partition}));
    std::printf("\tPartition: %d\tLowWatermark: %lld\tEndOffset: %lld\n",
                partition.partition.value(), static_cast<long long>(offsets.low.value()),
                static_cast<long long>(offsets.end.value()));
  }
  return {};
}

Status Create(EventLog& log, const Flags& flags, bool kafka) {
  ASSIGN_OR_RETURN(const TopicSpec spec, SpecOf(flags, kafka));
  if (kafka && flags.topic->find_first_of("._") != std::string::npos) {
    // The original's words, to standard output as there.
    std::printf(
        "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore "
        "('_') could collide. To avoid issues it is best to use either, but not both.\n");
  }
  auto made = log.CreateTopic(spec);
  if (made) {
    std::printf("Created topic %s.\n", flags.topic->c_str());
    return {};
  }
  if (flags.if_not_exists && made.error().kind() == ErrorKind::kAlreadyExists) return {};
  return Fail(std::move(made).error());
}

Status Alter(EventLog& log, const Flags& flags, const TopicName& topic) {
  ASSIGN_OR_RETURN(const TopicConfigs configs, ConfigsOf(flags));
  std::map<std::string, std::optional<std::string>> changes(configs.begin(), configs.end());
  for (const std::string& name : flags.delete_configs) changes[name] = std::nullopt;
  if (flags.partitions) RETURN_IF_ERROR(log.AddPartitions(topic, *flags.partitions));
  if (!changes.empty()) RETURN_IF_ERROR(log.AlterTopic(topic, changes));
  return {};
}

/// The topics that --topic, --topic-id and --exclude-internal leave.
Result<std::vector<TopicName>> SelectTopics(EventLog& log, const Flags& flags) {
  ASSIGN_OR_RETURN(const auto topics, log.ListTopics());
  // A name is one whatever a regular expression would make of it.
  const bool named = flags.topic && std::find(topics.begin(), topics.end(),
                                              TopicName(*flags.topic)) != topics.end();
  if (named && !flags.exclude_internal) return std::vector<TopicName>{TopicName(*flags.topic)};
  std::optional<TopicPattern> pattern;
  if (flags.topic) {
    ASSIGN_OR_RETURN(pattern, TopicPattern::Compile(*flags.topic));
  }
  std::vector<TopicName> selected;
  for (const TopicName& topic : topics) {
    if (flags.exclude_internal && topic.value().starts_with("__")) continue;
    if (pattern && !pattern->Matches(topic)) continue;
    if (flags.topic_id) {
      ASSIGN_OR_RETURN(const TopicInfo info, log.DescribeTopic(topic));
      if (IdOf(info) != *flags.topic_id) continue;
    }
    selected.push_back(topic);
  }
  const bool must_exist = !flags.list && !flags.if_exists && (flags.topic || flags.topic_id);
  if (selected.empty() && must_exist) {
    return Fail(ErrorKind::kNotFound, "topic {}: there is none of this name",
                flags.topic ? *flags.topic : *flags.topic_id);
  }
  return selected;
}

Status Act(EventLog& log, const Flags& flags, bool kafka) {
  if (flags.create) return Create(log, flags, kafka);
  ASSIGN_OR_RETURN(const auto topics, SelectTopics(log, flags));
  for (const TopicName& topic : topics) {
    if (flags.list) {
      std::printf("%s\n", topic.value().c_str());
    } else if (flags.remove) {
      RETURN_IF_ERROR(log.DeleteTopic(topic));
    } else if (flags.alter) {
      RETURN_IF_ERROR(Alter(log, flags, topic));
    } else {
      ASSIGN_OR_RETURN(const TopicInfo info, log.DescribeTopic(topic));
      if (kafka) {
        PrintKafkaTopic(flags, info);
      } else {
        RETURN_IF_ERROR(PrintLocalTopic(log, flags, info));
      }
    }
  }
  return {};
}

int Run(const CommandCall& call) {
  const auto parsed = Table().Parse(call.flags);
  if (!parsed) return WrongUsage(call, parsed.error());
  LogWarnings(parsed->warnings);
  const Flags& flags = parsed->config;
  const LogUse use = flags.list || flags.describe ? LogUse::kLook : LogUse::kChange;
  return WithLog(call, flags, use, {},
                 [&](EventLog& log, bool kafka) { return Act(log, flags, kafka); });
}

}  // namespace

Command TopicsCommand() {
  return {.name = "topics",
          .summary = "Makes, lists, describes, alters and deletes topics.",
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
