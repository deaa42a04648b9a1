// The flags by which commands find the log they work on: Kafka, a directory, or the pipeline's.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "config/option_table.h"
#include "log/event_log.h"

namespace pinlake {

/// A flags struct derives from this and puts the rows and rules below into its table.
struct LogAccessFlags {
  std::optional<std::string> log_dir, bootstrap_server, command_config;
};

template <typename C>
using OptionalText = std::optional<std::string> C::*;

template <typename C>
Option<C> LogDirRow() {
  return {.name = "log-dir",
          .field = Text(static_cast<OptionalText<C>>(&C::log_dir), 1),
          .doc = "Directory of the embedded log; else the pipeline's."};
}
/// \p earlier: other names that Kafka's tool of the same job had for it.
template <typename C>
Option<C> BootstrapServerRow(std::vector<std::string_view> earlier = {}) {
  return {.name = "bootstrap-server",
          .field = Text(static_cast<OptionalText<C>>(&C::bootstrap_server), 1),
          .doc = "Work on Kafka: brokers as host:port, one or several.",
          .aliases = std::move(earlier)};
}
template <typename C>
Option<C> CommandConfigRow(std::vector<std::string_view> others = {}) {
  return {.name = "command-config",
          .field = Text(static_cast<OptionalText<C>>(&C::command_config), 1),
          .doc = "With --bootstrap-server: properties of the Kafka client.",
          .aliases = std::move(others)};
}
template <typename C>
Option<C> ZookeeperRow() {
  return {.name = "zookeeper", .unsupported = "write --bootstrap-server host:port"};
}
template <typename C>
Rule<C> CommandConfigRule() {
  return {"command-config", [](const C& c) -> Complaint {
            if (!c.command_config || c.bootstrap_server) return {};
            return "only with --bootstrap-server";
          }};
}
template <typename C>
Rule<C> LogDirRule() {
  return {"log-dir", [](const C& c) -> Complaint {
            if (!c.log_dir || !c.bootstrap_server) return {};
            return "not with --bootstrap-server";
          }};
}

enum class LogUse {
  kLook,    ///< needs no lock and makes nothing
  kChange,  ///< an embedded log must be open in no other process
};

/// Runs \p act on the log that the flags and the pipeline name. \p properties: further ones of the
/// Kafka client, `name=value`. \return the command's exit code
int WithLog(const CommandCall& call, const LogAccessFlags& flags, LogUse use,
            const std::vector<std::string>& properties,
            const std::function<Status(EventLog& log, bool kafka)>& act);

}  // namespace pinlake
