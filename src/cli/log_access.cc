#include "cli/log_access.h"

#include "cli/kafka_connection.h"
#include "cli/pipeline.h"
#include "config/config_file.h"

namespace pinlake {
namespace {

Result<Pipeline> PipelineOf(const CommandCall& call, const LogAccessFlags& flags) {
  if (!flags.log_dir) return LoadPipeline(call);
  ConfigEntries sets;
  sets.Set("log.dir", *flags.log_dir, "--log-dir");
  ASSIGN_OR_RETURN(const PipelineFile file,
                   ParsePipelineFile("", "command line", sets, ProcessEnvironment()));
  return MakePipeline(file);
}

/// Where the log is.
struct Source {
  std::optional<Pipeline> pipeline;
  std::optional<KafkaLogOptions> kafka;
};

Result<KafkaLogOptions> KafkaOf(const LogAccessFlags& flags,
                                const std::vector<std::string>& properties,
                                std::vector<std::string>* warnings) {
  ConfigEntries entries;
  if (flags.command_config) {
    ASSIGN_OR_RETURN(entries, LoadConfigFile(*flags.command_config));
  }
  for (const std::string& property : properties) {
    const size_t equals = property.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Fail(ErrorKind::kInvalidArgument, "'{}' is not name=value of a client's property",
                  property);
    }
    entries.Set(property.substr(0, equals), property.substr(equals + 1), "command line");
  }
  entries.Set("bootstrap.servers", *flags.bootstrap_server, "--bootstrap-server");
  return KafkaOptionsOf(entries, warnings);
}

Result<Source> SourceOf(const CommandCall& call, const LogAccessFlags& flags,
                        const std::vector<std::string>& properties) {
  Source source;
  std::vector<std::string> warnings;
  if (flags.bootstrap_server) {
    if (!call.pipeline_file.empty())
      return Fail(ErrorKind::kInvalidArgument, "--pipeline: not with --bootstrap-server");
    ASSIGN_OR_RETURN(source.kafka, KafkaOf(flags, properties, &warnings));
  } else {
    ASSIGN_OR_RETURN(source.pipeline, PipelineOf(call, flags));
    source.pipeline->topics.clear();
    if (source.pipeline->log.type == LogSection::Type::kKafka)
      source.kafka = source.pipeline->log.kafka;
  }
  LogWarnings(warnings);
  return source;
}

Result<std::unique_ptr<EventLog>> Open(const Source& source, LogUse use) {
  if (source.kafka) return OpenKafka(*source.kafka);
  return use == LogUse::kLook ? OpenPipelineLogToRead(*source.pipeline)
                              : OpenPipelineLog(*source.pipeline);
}

}  // namespace

int WithLog(const CommandCall& call, const LogAccessFlags& flags, LogUse use,
            const std::vector<std::string>& properties,
            const std::function<Status(EventLog& log, bool kafka)>& act) {
  const auto source = SourceOf(call, flags, properties);
  if (!source) return WrongUsage(call, source.error());
  auto log = Open(*source, use);
  if (!log) return Failed(call, log.error());
  const Status done = act(**log, source->kafka.has_value());
  (*log)->Close();
  return done ? 0 : Failed(call, done.error());
}

}  // namespace pinlake
