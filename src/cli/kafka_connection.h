// How commands and pipelines come to a Kafka cluster.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config_entries.h"
#include "log/event_log.h"
#include "log/kafka/kafka_log.h"

namespace pinlake {

/// Options of the clients by properties as Kafka users write them; those that begin with
/// `producer.` or `consumer.` are for these clients only. What has no effect goes to \p warnings.
/// kInvalidArgument: all problems, each with its place.
Result<KafkaLogOptions> KafkaOptionsOf(const ConfigEntries& properties,
                                       std::vector<std::string>* warnings);

/// The same of --bootstrap-server and --command-config.
Result<KafkaLogOptions> KafkaOptionsOfFlags(const std::string& servers,
                                            const std::optional<std::string>& command_config,
                                            std::vector<std::string>* warnings);

/// The same of a Connect worker's file: what is about connections, and over it what begins with
/// `consumer.`.
Result<KafkaLogOptions> KafkaOptionsOfWorker(const ConfigEntries& worker,
                                             std::vector<std::string>* warnings);

/// Opens the log and asks the cluster once. kUnavailable, kUnauthenticated within ten seconds, with
/// the property in question.
Result<std::unique_ptr<EventLog>> OpenKafka(const KafkaLogOptions& options);

/// "kafka://host:port,host:port".
std::string KafkaUrl(const KafkaLogOptions& options);

}  // namespace pinlake
