#include "cli/commands.h"
#include "cli/kafka_rest_file.h"
#include "cli/pipeline_process.h"
#include "config/config_file.h"

namespace pinlake {
namespace {

struct Flags {
  std::optional<std::string> listen, log_dir;
  std::vector<std::string> topics;
  bool auto_create = false;
  bool insecure = false;
};

const OptionTable<Flags>& Table() {
  using C = Flags;
  static const OptionTable<C> table{
      {.name = "listen",
       .field = HostPort(&C::listen),
       .doc = "Where to accept connections; port 0: any free one. None: 127.0.0.1:8082."},
      {.name = "log-dir",
       .field = Text(&C::log_dir, 1),
       .doc = "Directory of the embedded log. None: ./data/log."},
      {.name = "topic",
       .field = Repeated(&C::topics),
       .doc = "Makes this topic if it is missing: NAME or NAME:PARTITIONS."},
      {.name = "auto-create-topics",
       .field = Bool(&C::auto_create),
       .fallback = "false",
       .doc = "Makes a topic that is produced to and does not exist."},
      {.name = "insecure",
       .field = Bool(&C::insecure),
       .fallback = "false",
       .doc = "Listen on other addresses than loopback although there is neither TLS nor a login."},
  };
  return table;
}

/// The flags as settings of a pipeline, in front of what --set says.
/// \param file  of kafka-rest.properties; what it says counts less
ConfigEntries AsSets(const Flags& flags, const ConfigEntries& file, const ConfigEntries& sets) {
  ConfigEntries all = file;
  if (flags.listen || file.entries.empty()) {
    all.Set("gateway.listen", flags.listen.value_or("127.0.0.1:8082"), "--listen");
  }
  if (flags.log_dir) all.Set("log.dir", *flags.log_dir, "--log-dir");
  if (flags.auto_create) all.Set("log.auto.create.topics", "true", "--auto-create-topics");
  if (flags.insecure) all.Set("gateway.insecure", "true", "--insecure");
  int index = 0;
  for (const std::string& topic : flags.topics) {
    const size_t colon = topic.find(':');
    const std::string head = fmt::format("log.topics[{}].", index++);
    all.Set(head + "name", topic.substr(0, colon), "--topic");
    if (colon != std::string::npos) {
      all.Set(head + "partitions", topic.substr(colon + 1), "--topic");
    }
  }
  all.entries.insert(all.entries.end(), sets.entries.begin(), sets.entries.end());
  return all;
}

int Run(const CommandCall& call) {
  const auto flags = Table().Parse(call.flags);
  if (!flags) return WrongUsage(call, flags.error());
  KafkaRestFile rest;
  if (!call.positionals.empty()) {
    if (flags->config.log_dir || flags->config.auto_create) {
      return WrongUsage(call, Error(ErrorKind::kInvalidArgument,
                                    "kafka-rest.properties name a Kafka cluster; --log-dir and "
                                    "--auto-create-topics are of the embedded log"));
    }
    const auto entries = LoadConfigFile(call.positionals[0]);
    if (!entries) return WrongUsage(call, entries.error());
    auto read = ReadKafkaRestFile(*entries);
    if (!read) return WrongUsage(call, read.error());
    rest = *std::move(read);
  }
  const auto file = ParsePipelineFile(
      "", "command line", AsSets(flags->config, rest.settings, call.sets), ProcessEnvironment());
  if (!file) return WrongUsage(call, file.error());
  auto pipeline = MakePipeline(*file);
  if (!pipeline) return WrongUsage(call, pipeline.error());
  if (!call.positionals.empty()) {
    if (const Status applied = ApplyClientOverrides(rest, &*pipeline); !applied) {
      return WrongUsage(call, applied.error());
    }
  }
  pipeline->warnings.insert(pipeline->warnings.begin(), rest.warnings.begin(), rest.warnings.end());
  return ServePipeline(call, *pipeline, {.gateway = true});
}

}  // namespace

Command GatewayCommand() {
  return {.name = "gateway",
          .summary = "Runs the HTTP front door alone, with an embedded log of its own or on Kafka.",
          .arguments = "[kafka-rest.properties]",
          .details =
              "Prints one line `ready gateway=http://…` once it serves. With the file of a REST "
              "Proxy it serves that one's cluster; what has no effect here is named at start.\n\n"
              "  pinlake gateway --listen 127.0.0.1:8082 --topic orders:3 --log-dir /data/log\n"
              "  pinlake gateway kafka-rest.properties",
          .options = []() -> const OptionRows& { return Table().rows(); },
          .positionals_max = 1,
          .sets = true,
          .run = Run};
}

}  // namespace pinlake
