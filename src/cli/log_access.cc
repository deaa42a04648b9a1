#include "cli/log_access.h"

#include "cli/kafka_connection.h"
#include "cli/pipeline.h"
#include "config/config_file.h"
#include "tools/name_values.h"

namespace pinlake {
namespace {

Result<Pipeline> PipelineOf(const CommandCall& call, const LogFlags& flags) {
  if (!flags.log_dir) return LoadPipeline(call);
  ConfigEntries sets;
  sets.Set("log.dir", *flags.log_dir, "--log-dir");
  ASSIGN_OR_RETURN(const PipelineFile file,
                   ParsePipelineFile("", "command line", sets, ProcessEnvironment()));
  return MakePipeline(file);
}

Result<KafkaLogOptions> KafkaOf(const LogFlags& flags) {
  ConfigEntries properties;
  if (flags.command_config) {
    ASSIGN_OR_RETURN(properties, LoadConfigFile(*flags.command_config));
  }
  ASSIGN_OR_RETURN(const ConfigEntries given, NameValues("client property", flags.properties));
  properties.entries.insert(properties.entries.end(), given.entries.begin(), given.entries.end());
  properties.Set("bootstrap.servers", *flags.bootstrap_server, "--bootstrap-server");
  std::vector<std::string> warnings;
  auto options = KafkaOptionsOf(properties, &warnings);
  LogWarnings(warnings);
  if (options)
    for (const auto& [name, value] : flags.consumer) options->consumer[name] = value;
  return options;
}

Status CheckTogether(const CommandCall& call, const LogFlags& flags) {
  const auto no = [](const char* what) { return Fail(ErrorKind::kInvalidArgument, "{}", what); };
  if (flags.bootstrap_server) {
    if (flags.log_dir) return no("--log-dir: not with --bootstrap-server");
    if (!call.pipeline_file.empty()) return no("--pipeline: not with --bootstrap-server");
    return {};
  }
  if (flags.command_config) return no("the client's properties file: only with --bootstrap-server");
  if (!flags.properties.empty()) return no("client properties: only with --bootstrap-server");
  return {};
}

}  // namespace

Result<OpenedLog> OpenLogOf(const CommandCall& call, const LogFlags& flags, bool writes) {
  RETURN_IF_ERROR(CheckTogether(call, flags));
  OpenedLog opened;
  if (flags.bootstrap_server) {
    ASSIGN_OR_RETURN(const KafkaLogOptions options, KafkaOf(flags));
    ASSIGN_OR_RETURN(opened.log, OpenKafka(options));
    opened.kafka = true;
    return opened;
  }
  ASSIGN_OR_RETURN(Pipeline pipeline, PipelineOf(call, flags));
  pipeline.topics.clear();
  opened.kafka = pipeline.log.type == LogSection::Type::kKafka;
  if (opened.kafka) {
    ASSIGN_OR_RETURN(opened.log, OpenKafka(pipeline.log.kafka));
  } else if (writes) {
    ASSIGN_OR_RETURN(opened.log, OpenPipelineLog(pipeline));
  } else {
    ASSIGN_OR_RETURN(opened.log, OpenPipelineLogToRead(pipeline));
  }
  return opened;
}

}  // namespace pinlake
