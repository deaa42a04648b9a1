// kafka-rest.properties: the REST Proxy's own file as settings of a gateway on Kafka.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/pipeline.h"
#include "config/config_entries.h"
#include "config/option_table.h"

namespace pinlake {

/// What of such a file counts here, by the name of the property.
struct KafkaRestOptions {
  std::map<std::string, ConfigEntry> given;
};

/// Every property of the original: honoured, ignored with the reason, or refused with what to do
/// instead. \see docs/compatibility.md
const OptionTable<KafkaRestOptions>& KafkaRestTable();

struct KafkaRestFile {
  /// Settings of a pipeline: `gateway.…`, `log.…`.
  ConfigEntries settings;
  /// Client properties of the producer and of consumers alone, without their prefix.
  ConfigEntries producer, consumer;
  /// For a person, once, at start.
  std::vector<std::string> warnings;
};

/// kInvalidArgument: all problems, each with its place.
Result<KafkaRestFile> ReadKafkaRestFile(const ConfigEntries& entries);

/// Puts what is the producer's and the consumers' alone over the log's common client properties.
Status ApplyClientOverrides(const KafkaRestFile& file, Pipeline* pipeline);

}  // namespace pinlake
