#include "cli/kafka_connection.h"

#include <algorithm>
#include <array>

#include "config/config_file.h"
#include "log/kafka/client_properties.h"

namespace pinlake {
namespace {

/// What of a worker's file is about its connections; the rest is Connect's.
constexpr std::array<std::string_view, 9> kConnection = {
    "bootstrap.servers", "security.", "sasl.",    "ssl.",  "client.dns.",
    "reconnect.",        "socket.",   "request.", "retry."};

bool IsAboutConnections(std::string_view key) {
  return std::any_of(kConnection.begin(), kConnection.end(),
                     [&](std::string_view head) { return key.starts_with(head); });
}

constexpr std::string_view kProducerPrefix = "producer.";
constexpr std::string_view kConsumerPrefix = "consumer.";

/// What only producers or only consumers get, over the common properties.
Result<std::map<std::string, std::string>> OfOneRole(const ConfigEntries& section,
                                                     kafka::ClientRole role,
                                                     std::vector<std::string>* warnings) {
  ASSIGN_OR_RETURN(auto translated, kafka::TranslateClientProperties(section, role));
  warnings->insert(warnings->end(), translated.warnings.begin(), translated.warnings.end());
  return std::move(translated.properties);
}

}  // namespace

Result<KafkaLogOptions> KafkaOptionsOf(const ConfigEntries& properties,
                                       std::vector<std::string>* warnings) {
  ConfigEntries common = properties;
  std::erase_if(common.entries, [](const ConfigEntry& entry) {
    return entry.key.starts_with(kProducerPrefix) || entry.key.starts_with(kConsumerPrefix);
  });
  ASSIGN_OR_RETURN(auto translated,
                   kafka::TranslateClientProperties(common, kafka::ClientRole::kCommon));
  KafkaLogOptions options{.common = std::move(translated.properties)};
  ASSIGN_OR_RETURN(options.producer, OfOneRole(properties.Section(kProducerPrefix),
                                               kafka::ClientRole::kProducer, warnings));
  ASSIGN_OR_RETURN(options.consumer, OfOneRole(properties.Section(kConsumerPrefix),
                                               kafka::ClientRole::kConsumer, warnings));
  if (!options.common.contains("bootstrap.servers")) {
    return Fail(ErrorKind::kInvalidArgument,
                "configuration:\n{}{}bootstrap.servers: required (host:port, …)", properties.file,
                properties.file.empty() ? "" : ": ");
  }
  warnings->insert(warnings->end(), translated.warnings.begin(), translated.warnings.end());
  if (translated.msk_iam) {
    ASSIGN_OR_RETURN(options.tokens,
                     kafka::MskTokenSource(*translated.msk_iam, options.common["bootstrap.servers"],
                                           ProcessEnvironment(), warnings));
  }
  return options;
}

Result<KafkaLogOptions> KafkaOptionsOfFlags(const std::string& servers,
                                            const std::optional<std::string>& command_config,
                                            std::vector<std::string>* warnings) {
  ConfigEntries properties;
  if (command_config) {
    ASSIGN_OR_RETURN(properties, LoadConfigFile(*command_config));
  }
  properties.Set("bootstrap.servers", servers, "--bootstrap-server");
  return KafkaOptionsOf(properties, warnings);
}

Result<KafkaLogOptions> KafkaOptionsOfWorker(const ConfigEntries& worker,
                                             std::vector<std::string>* warnings) {
  ConfigEntries properties;
  properties.file = worker.file;
  for (const ConfigEntry& entry : worker.entries)
    if (IsAboutConnections(entry.key)) properties.entries.push_back(entry);
  const ConfigEntries consumer = worker.Section("consumer.");
  properties.entries.insert(properties.entries.end(), consumer.entries.begin(),
                            consumer.entries.end());
  return KafkaOptionsOf(properties, warnings);
}

Result<std::unique_ptr<EventLog>> OpenKafka(const KafkaLogOptions& options) {
  ASSIGN_OR_RETURN(auto log, KafkaLog::Open(options));
  RETURN_IF_ERROR(log->CheckReachable());
  return log;
}

std::string KafkaUrl(const KafkaLogOptions& options) {
  const auto servers = options.common.find("bootstrap.servers");
  return "kafka://" + (servers == options.common.end() ? std::string() : servers->second);
}

}  // namespace pinlake
