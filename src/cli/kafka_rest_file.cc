#include "cli/kafka_rest_file.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

#include "log/kafka/client_properties.h"

namespace pinlake {
namespace {

using C = KafkaRestOptions;

/// Kept as it is; the gateway's or the client's own table judges it.
Field<C> Kept(std::string_view name) {
  Field<C> field;
  field.type = "text";
  field.optional = true;
  field.set = [name](const ConfigEntry& entry, C& config) -> Complaint {
    config.given[std::string(name)] = entry;
    return {};
  };
  field.show = [name](const C& config) {
    const auto found = config.given.find(std::string(name));
    return found == config.given.end() ? std::string() : found->second.value;
  };
  return field;
}

/// Client properties: they may be secrets.
Field<C> Client() {
  Field<C> field;
  field.type = "client properties";
  field.optional = true;
  field.secret = true;
  field.set = [](const ConfigEntry&, C&) -> Complaint { return {}; };
  field.show = [](const C&) { return std::string(); };
  return field;
}

/// Only this value (in any case) or an empty one: what else it could say is not done here.
Field<C> Only(std::string_view value, std::string_view otherwise) {
  Field<C> field;
  field.type = "text";
  field.allowed = value;
  field.optional = true;
  field.set = [value, otherwise](const ConfigEntry& entry, C&) -> Complaint {
    std::string lower;
    for (const char c : entry.value) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    if (lower.empty() || lower == value) return {};
    return std::string(otherwise);
  };
  field.show = [](const C&) { return std::string(); };
  return field;
}

/// A property of ours that has the same meaning.
struct Same {
  std::string_view theirs, ours;
};
constexpr std::array kSame{
    Same{"advertised.listeners", "gateway.advertised.listeners"},
    Same{"id", "gateway.id"},
    Same{"fetch.min.bytes", "gateway.fetch.min.bytes"},
    Same{"consumer.request.timeout.ms", "gateway.consumer.request.timeout.ms"},
    Same{"consumer.request.max.bytes", "gateway.consumer.request.max.bytes"},
    Same{"consumer.instance.timeout.ms", "gateway.consumer.instance.timeout.ms"},
    Same{"consumer.iterator.backoff.ms", "gateway.consumer.iterator.backoff.ms"},
    Same{"consumer.max.poll.records", "gateway.consumer.max.poll.records"},
    Same{"idle.timeout.ms", "gateway.idle.timeout.ms"},
    Same{"api.v2.enable", "gateway.api.v2.enable"},
    Same{"api.v3.enable", "gateway.api.v3.enable"},
    Same{"access.control.allow.origin", "gateway.access.control.allow.origin"},
    Same{"access.control.allow.methods", "gateway.access.control.allow.methods"},
    Same{"access.control.allow.headers", "gateway.access.control.allow.headers"},
    Same{"access.control.expose.headers", "gateway.access.control.expose.headers"},
};

constexpr std::string_view kHttp = "http://";

std::vector<std::string> Split(const std::string& list) {
  std::vector<std::string> parts;
  for (size_t at = 0; at <= list.size();) {
    const size_t comma = std::min(list.find(',', at), list.size());
    std::string part = list.substr(at, comma - at);
    while (part.starts_with(' ')) part.erase(0, 1);
    while (part.ends_with(' ')) part.pop_back();
    if (!part.empty()) parts.push_back(std::move(part));
    at = comma + 1;
  }
  return parts;
}

/// Turns one file into settings.
class Reader {
 public:
  Reader(const ConfigEntries& entries, C options) : entries_(entries), given_(options.given) {}

  Result<KafkaRestFile> Run() {
    file_.settings.file = entries_.file;
    for (const auto& same : kSame) Copy(same.theirs, same.ours);
    Set("log.type", "kafka");
    RETURN_IF_ERROR(Listen());
    HostName();
    for (const ConfigEntry& entry : entries_.Section("client.").entries) {
      if (IsIgnoredClient(entry.key)) continue;
      ConfigEntry copy = entry;
      copy.key = "log.properties." + entry.key;
      file_.settings.entries.push_back(std::move(copy));
    }
    RETURN_IF_ERROR(Servers());
    file_.producer = entries_.Section("producer.");
    std::erase_if(file_.producer.entries, [](const auto& entry) { return entry.key == "threads"; });
    file_.consumer = entries_.Section("consumer.");
    std::erase_if(file_.consumer.entries, [](const ConfigEntry& entry) {
      return KafkaRestTable().Find("consumer." + entry.key)->name != "consumer.*";
    });
    return std::move(file_);
  }

 private:
  static bool IsIgnoredClient(std::string_view key) {
    return key == "timeout.ms" || key == "init.timeout.ms" || key.starts_with("zk.");
  }

  const ConfigEntry* Find(std::string_view name) const {
    const auto found = given_.find(std::string(name));
    return found == given_.end() ? nullptr : &found->second;
  }
  void Copy(std::string_view theirs, std::string_view ours) {
    const ConfigEntry* entry = Find(theirs);
    if (entry == nullptr) return;
    ConfigEntry copy = *entry;
    copy.key = ours;
    file_.settings.entries.push_back(std::move(copy));
  }
  void Set(std::string key, std::string value, const ConfigEntry* from = nullptr) {
    file_.settings.Set(std::move(key), std::move(value), entries_.file,
                       from == nullptr ? 0 : from->line);
  }
  tl::unexpected<Error> Wrong(const ConfigEntry& entry, std::string_view what) const {
    return Fail(ErrorKind::kInvalidArgument, "configuration:\n{}: {}", Place(entries_, entry),
                what);
  }

  Status Listen() {
    const ConfigEntry* port = Find("port");
    const std::string default_port = port != nullptr ? port->value : "8082";
    const ConfigEntry* listeners = Find("listeners");
    if (listeners == nullptr || Split(listeners->value).empty()) {
      Set("gateway.listen", "127.0.0.1:" + default_port, port);
      if (port == nullptr) {
        file_.warnings.push_back(fmt::format(
            "{}: listeners is not given: listening on 127.0.0.1:8082 only; to listen elsewhere "
            "name it and give --insecure",
            entries_.file));
      }
      return {};
    }
    const auto list = Split(listeners->value);
    if (list.size() > 1) {
      return Wrong(*listeners,
                   "one listener is served; start a gateway for each, or name an "
                   "address that they share");
    }
    if (!list[0].starts_with(kHttp)) {
      return Wrong(*listeners, "only http:// is served; end TLS in front of the gateway");
    }
    std::string address = list[0].substr(kHttp.size());
    while (address.ends_with('/')) address.pop_back();
    if (address.starts_with(':')) address.insert(0, "0.0.0.0");
    Set("gateway.listen", address, listeners);
    return {};
  }

  void HostName() {
    const ConfigEntry* host = Find("host.name");
    if (host == nullptr || host->value.empty()) return;
    const ConfigEntry* port = Find("port");
    Set("gateway.host.name", host->value + ":" + (port != nullptr ? port->value : "8082"), host);
  }

  // "SASL_SSL://host:port" names the protocol too.
  Status Servers() {
    const ConfigEntry* servers = Find("bootstrap.servers");
    const ConfigEntry* client = entries_.Find("client.bootstrap.servers");
    if (servers == nullptr && client == nullptr) {
      return Fail(ErrorKind::kInvalidArgument,
                  "configuration:\n{}: bootstrap.servers: required (host:port, …)", entries_.file);
    }
    if (servers == nullptr) return {};
    std::string plain, protocol;
    for (std::string server : Split(servers->value)) {
      if (const size_t scheme = server.find("://"); scheme != std::string::npos) {
        protocol = server.substr(0, scheme);
        server.erase(0, scheme + 3);
      }
      plain += (plain.empty() ? "" : ",") + server;
    }
    Set("log.bootstrap.servers", plain, servers);
    if (!protocol.empty() && entries_.Find("client.security.protocol") == nullptr) {
      Set("log.properties.security.protocol", protocol, servers);
    }
    return {};
  }

  const ConfigEntries& entries_;
  const std::map<std::string, ConfigEntry> given_;
  KafkaRestFile file_;
};

Option<C> Honoured(std::string_view name, std::string_view doc) {
  return {.name = name, .field = Kept(name), .doc = doc};
}
Option<C> Ignored(std::string_view name, std::string_view why) {
  return {.name = name, .ignored = why};
}
Option<C> Refused(std::string_view name, std::string_view value, std::string_view why) {
  return {.name = name, .field = Only(value, why), .doc = why};
}

}  // namespace

const OptionTable<KafkaRestOptions>& KafkaRestTable() {
  static constexpr std::string_view kNoRegistry =
      "no schema registry is asked here: avro, jsonschema and protobuf are refused by name";
  static constexpr std::string_view kNoTls = "TLS is not served: end it in front of the gateway";
  static constexpr std::string_view kOwnThreads = "threads are started as they are needed";
  static constexpr std::string_view kNoLogin =
      "there is no login yet; put one in front of the gateway";
  static constexpr std::string_view kNoRate = "rates are not limited yet; do it in front";
  static const OptionTable<C> table{
      Honoured("bootstrap.servers", "Brokers; protocols in front are taken off."),
      Honoured("listeners", "One http:// address. None: 127.0.0.1 and port."),
      Honoured("port", "Port where listeners names none. None: 8082."),
      Honoured("host.name", "Host of the addresses in answers."),
      Honoured("advertised.listeners", "The same, with a scheme: the first http:// counts."),
      Honoured("id", "Part of the names of instances."),
      Honoured("fetch.min.bytes", "gateway.fetch.min.bytes"),
      Honoured("consumer.request.timeout.ms", "gateway.consumer.request.timeout.ms"),
      Honoured("consumer.request.max.bytes", "gateway.consumer.request.max.bytes"),
      Honoured("consumer.instance.timeout.ms", "gateway.consumer.instance.timeout.ms"),
      Honoured("consumer.iterator.backoff.ms", "gateway.consumer.iterator.backoff.ms"),
      Honoured("consumer.max.poll.records", "gateway.consumer.max.poll.records"),
      Honoured("idle.timeout.ms", "gateway.idle.timeout.ms"),
      Honoured("api.v2.enable", "gateway.api.v2.enable"),
      Honoured("api.v3.enable", "gateway.api.v3.enable"),
      Honoured("access.control.allow.origin", "gateway.access.control.allow.origin"),
      Honoured("access.control.allow.methods", "gateway.access.control.allow.methods"),
      Honoured("access.control.allow.headers", "gateway.access.control.allow.headers"),
      Honoured("access.control.expose.headers", "gateway.access.control.expose.headers"),
      Ignored("client.timeout.ms", "the clients' own time-outs count"),
      Ignored("client.init.timeout.ms", "the clients' own time-outs count"),
      Ignored("client.zk.*", "ZooKeeper is not asked"),
      Option<C>{.name = "client.*",
                .field = Client(),
                .doc = "Client properties of producer and consumers, as Java's clients take them."},
      Ignored("producer.threads", kOwnThreads),
      Option<C>{.name = "producer.*", .field = Client(), .doc = "Over them, for the producer."},
      Ignored("consumer.threads", kOwnThreads),
      Ignored("consumer.iterator.timeout.ms", "a read ends by consumer.request.timeout.ms"),
      Option<C>{.name = "consumer.*", .field = Client(), .doc = "Over them, for consumers."},
      Ignored("admin.*", "topics and groups are asked by the producer's connection"),
      Ignored("zookeeper.connect", "ZooKeeper is not asked; bootstrap.servers counts"),
      Ignored("simpleconsumer.*", "there are no such consumers any more"),
      Ignored("schema.registry.*", kNoRegistry),
      Ignored("compression.enable", "answers are never compressed, which is always allowed"),
      Ignored("response.mediatype.*", "media types are those of the original's defaults"),
      Ignored("access.control.skip.options", "preflight requests are always answered"),
      Ignored("debug", "errors never show classes; --log-level says how much is logged"),
      Ignored("request.logger.name", "see --log-level"),
      Ignored("shutdown.graceful.ms", "requests under way are answered, for at most ten seconds"),
      Ignored("streaming.connection.max.duration.ms", "a stream ends when it is silent"),
      Ignored("streaming.connection.max.duration.grace.period.ms", "see above"),
      Ignored("thread.pool.min", kOwnThreads),
      Ignored("thread.pool.max", kOwnThreads),
      Ignored("request.queue.capacity", "requests wait in the log, whose limit answers 429"),
      Ignored("metrics.*", "metrics are at /metrics"),
      Ignored("metric.reporters", "metrics are at /metrics"),
      Ignored("authentication.realm", kNoLogin),
      Ignored("authentication.roles", kNoLogin),
      Ignored("authentication.skip.paths", kNoLogin),
      Ignored("api.v3.produce.rate.limit.max.*", kNoRate),
      Ignored("api.v3.produce.rate.limit.global.max.*", kNoRate),
      Ignored("rate.limit.permits.per.sec", kNoRate),
      Ignored("ssl.*", kNoTls),
      Refused("authentication.method", "none", kNoLogin),
      Refused("api.endpoints.allowlist", "", "every endpoint is served; restrict in front"),
      Refused("api.endpoints.blocklist", "", "every endpoint is served; restrict in front"),
      Refused("api.v3.produce.rate.limit.enabled", "false", kNoRate),
      Refused("rate.limit.enable", "false", kNoRate),
      Refused("api.v3.produce.request.size.limit.max.bytes", "0",
              "use body.bytes.max of pipeline.yaml"),
      Refused("null.request.body.always.publishes.empty.record", "false",
              "a request without body publishes nothing here"),
      Refused("kafka.rest.resource.extension.class", "", "Java classes can't be loaded here"),
  };
  return table;
}

Result<KafkaRestFile> ReadKafkaRestFile(const ConfigEntries& entries) {
  ASSIGN_OR_RETURN(auto parsed, KafkaRestTable().Parse(entries, UnknownPolicy::kWarn));
  ASSIGN_OR_RETURN(auto file, Reader(entries, std::move(parsed.config)).Run());
  file.warnings.insert(file.warnings.begin(), parsed.warnings.begin(), parsed.warnings.end());
  file.warnings.insert(file.warnings.begin(), entries.warnings.begin(), entries.warnings.end());
  return file;
}

Status ApplyClientOverrides(const KafkaRestFile& file, Pipeline* pipeline) {
  const auto apply = [&](const ConfigEntries& entries, kafka::ClientRole role,
                         std::map<std::string, std::string>* out) -> Status {
    ASSIGN_OR_RETURN(auto translated, kafka::TranslateClientProperties(entries, role));
    for (auto& [name, value] : translated.properties) (*out)[name] = std::move(value);
    pipeline->warnings.insert(pipeline->warnings.end(), translated.warnings.begin(),
                              translated.warnings.end());
    return {};
  };
  KafkaLogOptions& kafka = pipeline->log.kafka;
  RETURN_IF_ERROR(apply(file.producer, kafka::ClientRole::kProducer, &kafka.producer));
  return apply(file.consumer, kafka::ClientRole::kConsumer, &kafka.consumer);
}

}  // namespace pinlake
