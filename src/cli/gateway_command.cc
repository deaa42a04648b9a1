#include "cli/commands.h"
#include "cli/pipeline_process.h"

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
ConfigEntries AsSets(const Flags& flags, const ConfigEntries& sets) {
  ConfigEntries all;
  all.Set("gateway.listen", flags.listen.value_or("127.0.0.1:8082"), "--listen");
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
  const auto file =
      ParsePipelineFile("", "command line", AsSets(flags->config, call.sets), ProcessEnvironment());
  if (!file) return WrongUsage(call, file.error());
  const auto pipeline = MakePipeline(*file);
  if (!pipeline) return WrongUsage(call, pipeline.error());
  return ServePipeline(call, *pipeline, {.gateway = true});
}

}  // namespace

Command GatewayCommand() {
  return {.name = "gateway",
          .summary = "Runs the HTTP front door alone, with an embedded log of its own.",
          .details =
              "Prints one line `ready gateway=http://…` once it serves.\n\n"
              "  pinlake gateway --listen 127.0.0.1:8082 --topic orders:3 --log-dir /data/log",
          .options = []() -> const OptionRows& { return Table().rows(); },
          .sets = true,
          .run = Run};
}

}  // namespace pinlake
