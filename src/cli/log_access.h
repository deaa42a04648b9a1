// The log a command works on: the brokers of --bootstrap-server, the directory of --log-dir, else
// the pipeline's.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "log/event_log.h"

namespace pinlake {

/// What commands with these flags say about the log.
struct LogFlags {
  std::optional<std::string> log_dir, bootstrap_server, command_config;
  /// name=value: properties of the Kafka client over those of the file.
  std::vector<std::string> properties = {};
  /// Over those of librdkafka's consumers only.
  std::map<std::string, std::string> consumer = {};
};

struct OpenedLog {
  std::unique_ptr<EventLog> log;
  bool kafka = false;
};

/// Opens it. \p writes: an embedded log is locked; else it is read beside its writer.
/// kInvalidArgument: wrong flags; else as OpenPipelineLog.
Result<OpenedLog> OpenLogOf(const CommandCall& call, const LogFlags& flags, bool writes);

}  // namespace pinlake
