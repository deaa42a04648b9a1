// A pipeline: what pipeline.yaml says, checked by the option tables of its parts.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/pipeline_file.h"
#include "config/option_table.h"
#include "gateway/gateway_options.h"
#include "log/embedded/embedded_log_options.h"
#include "log/event_log.h"
#include "log/kafka/kafka_log.h"
#include "sink/s3_sink_options.h"
#include "store/object_store.h"
#include "store/store_options.h"

namespace pinlake {

/// `data.dir`, `memory.budget` and `query.memory`.
struct GeneralSection {
  std::string data_dir;
  int64_t memory_budget = 0;
  int64_t query_memory = 0;
};

/// Section `log`.
struct LogSection {
  enum class Type { kEmbedded, kKafka };
  Type type = Type::kEmbedded;
  EmbeddedLogOptions embedded;
  std::optional<std::string> dir;
  Millis retention{};
  std::optional<std::string> bootstrap_servers, client_config;
  std::map<std::string, std::string> properties;
  /// Of log.type kafka: made of the three above.
  KafkaLogOptions kafka;
};

/// An element of `log.topics`.
struct TopicSection {
  std::optional<int32_t> partitions, replication_factor;
  std::map<std::string, std::string> configs;
};

/// An element of `sinks`: a connector whose bucket and endpoint are the pipeline's store.
struct SinkSection {
  std::string name;
  /// Properties as ParseS3SinkProperties takes them.
  ConfigEntries properties;
  S3SinkConfig config;
};

/// An element of `queries`.
struct QuerySection {
  std::string name, title, file;
  std::string sql;  ///< after loading always set
};

struct Pipeline {
  std::string path;
  GeneralSection general;
  LogSection log;
  std::vector<TopicSpec> topics;  ///< made at start if they are missing
  bool has_gateway = false;
  GatewayOptions gateway;
  StoreOptions store;  ///< its url is absolute: file:///D or s3://bucket/prefix
  std::vector<SinkSection> sinks;
  std::vector<QuerySection> queries;
  /// For a person, once, at start.
  std::vector<std::string> warnings;
};

const OptionTable<GeneralSection>& GeneralTable();
const OptionTable<LogSection>& LogTable();
/// Of an element, besides its name.
const OptionTable<TopicSection>& TopicTable();
const OptionTable<QuerySection>& QueryTable();

/// The pipeline file a command was given (./pipeline.yaml if none) with its --set applied.
/// Relative paths of the file start in its directory, those of --set in the working directory.
/// kInvalidArgument holds every problem; also kNotFound and kPermissionDenied of the file.
Result<Pipeline> LoadPipeline(const CommandCall& call);
Result<Pipeline> MakePipeline(const PipelineFile& file);

/// Opens the pipeline's log for writing, makes its missing topics. kConflict: another process has
/// it open; it is named. Kafka: kUnavailable, kUnauthenticated within ten seconds.
Result<std::unique_ptr<EventLog>> OpenPipelineLog(const Pipeline& pipeline);
/// Opens the pipeline's log beside the process that writes it; makes nothing.
Result<std::unique_ptr<EventLog>> OpenPipelineLogToRead(const Pipeline& pipeline);
/// Its directory or the brokers, for people.
std::string DescribeLog(const Pipeline& pipeline);
/// Opens the pipeline's store; does not connect yet. \p stop ends waits within its calls.
Result<std::unique_ptr<ObjectStore>> OpenPipelineStore(const Pipeline& pipeline,
                                                       std::stop_token stop = {});

/// Logs the warnings of a configuration.
void LogWarnings(const std::vector<std::string>& warnings);

}  // namespace pinlake
