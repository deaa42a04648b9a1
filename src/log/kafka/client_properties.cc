#include "log/kafka/client_properties.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>

#include "base/disk.h"
#include "log/kafka/keystore.h"
#include "log/kafka/truststore.h"

namespace pinlake::kafka {
namespace {

/// What becomes of a Java property.
enum class Fate {
  kRename,   ///< the same meaning under librdkafka's name
  kIgnore,   ///< has no effect here: warned about
  kSilent,   ///< has no effect and everybody's file has it
  kSpecial,  ///< handled together with others
  kRefuse,   ///< can't be had: the text says what to write instead
};

struct Row {
  std::string_view java;
  Fate fate;
  std::string_view text;  ///< librdkafka's name, or the reason
};

constexpr std::string_view kNoJvm = "classes of a JVM can't be loaded here";

// In the order of Kafka's own documentation. What is not here and librdkafka knows passes through.
constexpr Row kRows[] = {
    {"bootstrap.servers", Fate::kSpecial, ""},
    {"security.protocol", Fate::kSpecial, ""},
    {"sasl.mechanism", Fate::kSpecial, ""},
    {"sasl.mechanisms", Fate::kSpecial, ""},
    {"sasl.jaas.config", Fate::kSpecial, ""},
    {"sasl.client.callback.handler.class", Fate::kSpecial, ""},
    {"sasl.login.callback.handler.class", Fate::kSpecial, ""},
    {"sasl.login.class", Fate::kRefuse, kNoJvm},
    {"ssl.truststore.location", Fate::kSpecial, ""},
    {"ssl.truststore.password", Fate::kSpecial, ""},
    {"ssl.truststore.type", Fate::kSpecial, ""},
    {"ssl.truststore.certificates", Fate::kRename, "ssl.ca.pem"},
    {"ssl.keystore.location", Fate::kSpecial, ""},
    {"ssl.keystore.type", Fate::kSpecial, ""},
    {"ssl.keystore.password", Fate::kSpecial, ""},
    {"ssl.keystore.key", Fate::kRename, "ssl.key.pem"},
    {"ssl.keystore.certificate.chain", Fate::kRename, "ssl.certificate.pem"},
    {"ssl.key.password", Fate::kRename, "ssl.key.password"},
    {"ssl.endpoint.identification.algorithm", Fate::kSpecial, ""},
    {"ssl.cipher.suites", Fate::kIgnore,
     "OpenSSL names ciphers otherwise; write ssl.cipher.suites only in OpenSSL's form as "
     "ssl.sigalgs.list / ssl.curves.list"},
    {"ssl.enabled.protocols", Fate::kIgnore, "OpenSSL negotiates TLS 1.2 and 1.3"},
    {"ssl.protocol", Fate::kIgnore, "OpenSSL negotiates TLS 1.2 and 1.3"},
    {"ssl.provider", Fate::kRefuse, kNoJvm},
    {"ssl.keymanager.algorithm", Fate::kIgnore, "there is no JVM"},
    {"ssl.trustmanager.algorithm", Fate::kIgnore, "there is no JVM"},
    {"ssl.secure.random.implementation", Fate::kIgnore, "there is no JVM"},
    {"ssl.engine.factory.class", Fate::kRefuse, kNoJvm},
    {"security.providers", Fate::kRefuse, kNoJvm},
    {"request.timeout.ms", Fate::kRename, "socket.timeout.ms"},
    {"default.api.timeout.ms", Fate::kIgnore, "each request has request.timeout.ms"},
    {"send.buffer.bytes", Fate::kSpecial, "socket.send.buffer.bytes"},
    {"receive.buffer.bytes", Fate::kSpecial, "socket.receive.buffer.bytes"},
    {"socket.connection.setup.timeout.max.ms", Fate::kIgnore,
     "socket.connection.setup.timeout.ms bounds each attempt"},
    {"metric.reporters", Fate::kIgnore, kNoJvm},
    {"metrics.num.samples", Fate::kIgnore, "there are no JMX metrics; see /metrics"},
    {"metrics.recording.level", Fate::kIgnore, "there are no JMX metrics; see /metrics"},
    {"metrics.sample.window.ms", Fate::kIgnore, "there are no JMX metrics; see /metrics"},
    {"auto.include.jmx.reporter", Fate::kSilent, ""},
    {"interceptor.classes", Fate::kRefuse, kNoJvm},
    // Producer.
    {"key.serializer", Fate::kSilent, ""},
    {"value.serializer", Fate::kSilent, ""},
    {"buffer.memory", Fate::kSpecial, "queue.buffering.max.kbytes"},
    {"max.request.size", Fate::kRename, "message.max.bytes"},
    {"max.block.ms", Fate::kIgnore, "appends never block; a full queue is answered at once"},
    {"partitioner.class", Fate::kIgnore,
     "record keys are spread as Kafka's default partitioner does"},
    {"partitioner.ignore.keys", Fate::kIgnore,
     "record keys are spread as Kafka's default partitioner does"},
    {"partitioner.adaptive.partitioning.enable", Fate::kIgnore,
     "records without a key stay on one partition for a batch"},
    {"partitioner.availability.timeout.ms", Fate::kIgnore,
     "records without a key stay on one partition for a batch"},
    {"transactional.id", Fate::kRefuse, "transactions are not used; leave it out"},
    {"transaction.timeout.ms", Fate::kIgnore, "transactions are not used"},
    // Consumer.
    {"key.deserializer", Fate::kSilent, ""},
    {"value.deserializer", Fate::kSilent, ""},
    {"group.id", Fate::kSpecial, ""},
    {"enable.auto.commit", Fate::kIgnore, "offsets are committed when their records are stored"},
    {"auto.commit.interval.ms", Fate::kIgnore,
     "offsets are committed when their records are stored"},
    {"fetch.max.wait.ms", Fate::kRename, "fetch.wait.max.ms"},
    {"max.poll.records", Fate::kIgnore, "batches are bounded by bytes"},
    {"partition.assignment.strategy", Fate::kSpecial, ""},
    {"exclude.internal.topics", Fate::kIgnore, "internal topics match only when named"},
    {"client.dns.lookup", Fate::kSpecial, ""},
};

const Row* FindRow(std::string_view name) {
  const auto* found = std::find_if(std::begin(kRows), std::end(kRows),
                                   [&](const Row& row) { return row.java == name; });
  return found == std::end(kRows) ? nullptr : found;
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string Upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

/// Whether a value of that key is better not shown.
bool MayBeSecret(std::string_view key) {
  constexpr std::array<std::string_view, 6> kHints = {"password", "key",        "secret",
                                                      "token",    "credential", "jaas"};
  return std::any_of(kHints.begin(), kHints.end(), [&](std::string_view hint) {
    return key.find(hint) != std::string_view::npos;
  });
}

bool IsAwsHandler(std::string_view name) {
  return name == "software.amazon.msk.auth.iam.IAMClientCallbackHandler" ||
         name == "software.amazon.msk.auth.iam.IAMOAuthBearerLoginCallbackHandler";
}

std::string_view ShortName(std::string_view class_name) {
  const auto dot = class_name.rfind('.');
  return dot == std::string_view::npos ? class_name : class_name.substr(dot + 1);
}

// One pass over a file; gathers problems instead of stopping at the first.
class Translator {
 public:
  Translator(const ConfigEntries& entries, ClientRole role) : entries_(entries), role_(role) {}

  Result<TranslatedProperties> Run() {
    for (const auto& entry : entries_.entries) {
      if (entries_.Find(entry.key) == &entry) One(entry);  // a later entry with the same key wins
    }
    Sasl();
    TrustStore();
    KeyStore();
    if (problems_.empty()) return std::move(out_);
    return Fail(ErrorKind::kInvalidArgument, "configuration:\n{}", problems_);
  }

 private:
  void Problem(const ConfigEntry& entry, std::string_view what) {
    problems_ +=
        fmt::format("{}{}: {}", problems_.empty() ? "" : "\n", Place(entries_, entry), what);
  }
  void Warn(const ConfigEntry& entry, std::string_view what) {
    out_.warnings.push_back(fmt::format("{}: ignored: {}", Place(entries_, entry), what));
  }
  void Set(std::string_view name, std::string value) {
    out_.properties[std::string(name)] = std::move(value);
  }
  const std::string* Value(std::string_view key) const {
    const auto* entry = entries_.Find(key);
    return entry == nullptr ? nullptr : &entry->value;
  }
  const ConfigEntry& Entry(std::string_view key) const { return *entries_.Find(key); }

  void One(const ConfigEntry& entry) {
    if (!entry.problem.empty()) return Problem(entry, entry.problem);
    const Row* row = FindRow(entry.key);
    if (row == nullptr) return PassThrough(entry);
    switch (row->fate) {
      case Fate::kRename:
        return Checked(entry, row->text, entry.value);
      case Fate::kIgnore:
        return Warn(entry, row->text);
      case Fate::kSilent:
        return;
      case Fate::kRefuse:
        return Problem(entry, fmt::format("not supported: {}", row->text));
      case Fate::kSpecial:
        return Special(entry, *row);
    }
  }

  // librdkafka says itself whether it knows the name and likes the value.
  void Checked(const ConfigEntry& entry, std::string_view name, const std::string& value) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    char why[512];
    const auto answer =
        rd_kafka_conf_set(conf, std::string(name).c_str(), value.c_str(), why, sizeof why);
    rd_kafka_conf_destroy(conf);
    if (answer == RD_KAFKA_CONF_OK) return Set(name, value);
    if (answer == RD_KAFKA_CONF_UNKNOWN)
      return Warn(entry, "neither a Java client property nor one of librdkafka");
    const bool secret = entry.secret || MayBeSecret(entry.key);
    Problem(entry, secret ? std::string("the value is not accepted")
                          : fmt::format("'{}' is not accepted: {}", entry.value, why));
  }

  void PassThrough(const ConfigEntry& entry) { Checked(entry, entry.key, entry.value); }

  void Special(const ConfigEntry& entry, const Row& row) {
    if (entry.key == "bootstrap.servers") return BootstrapServers(entry);
    if (entry.key == "security.protocol") return SecurityProtocol(entry);
    if (entry.key == "ssl.endpoint.identification.algorithm") return HostNameCheck(entry);
    if (entry.key == "partition.assignment.strategy") return AssignmentStrategy(entry);
    if (entry.key == "client.dns.lookup") return DnsLookup(entry);
    if (entry.key == "buffer.memory") return BufferMemory(entry);
    // -1 means the system's size, which is 0 in librdkafka.
    if (entry.key == "send.buffer.bytes" || entry.key == "receive.buffer.bytes")
      return Checked(entry, row.text, entry.value == "-1" ? "0" : entry.value);
    if (entry.key == "group.id") {
      if (role_ == ClientRole::kConsumer)
        Warn(entry, "the group is chosen by the command or connector");
      return;
    }
    // The rest belongs to Sasl, TrustStore and KeyStore.
  }

  void BootstrapServers(const ConfigEntry& entry) {
    std::string servers;
    for (size_t at = 0; at <= entry.value.size();) {
      const auto comma = std::min(entry.value.find(',', at), entry.value.size());
      std::string server = entry.value.substr(at, comma - at);
      std::erase_if(server, [](char c) { return c == ' ' || c == '\t'; });
      if (const auto scheme = server.find("://"); scheme != std::string::npos)
        server.erase(0, scheme + 3);
      if (!server.empty()) servers += (servers.empty() ? "" : ",") + server;
      at = comma + 1;
    }
    if (servers.empty()) return Problem(entry, "no host:port");
    Set("bootstrap.servers", servers);
  }

  void SecurityProtocol(const ConfigEntry& entry) {
    constexpr std::array<std::string_view, 4> kAllowed = {"PLAINTEXT", "SSL", "SASL_PLAINTEXT",
                                                          "SASL_SSL"};
    const std::string protocol = Upper(entry.value);
    if (std::find(kAllowed.begin(), kAllowed.end(), protocol) == kAllowed.end()) {
      return Problem(
          entry,
          fmt::format(
              "'{}' is not a security protocol (allowed: PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL)",
              entry.value));
    }
    Set("security.protocol", Lower(protocol));
  }

  void HostNameCheck(const ConfigEntry& entry) {
    const std::string value = Lower(entry.value);
    if (value.empty() || value == "none")
      return Set("ssl.endpoint.identification.algorithm", "none");
    if (value == "https") return Set("ssl.endpoint.identification.algorithm", "https");
    Problem(entry,
            fmt::format("'{}' is not a way to check host names (allowed: https, or empty for none)",
                        entry.value));
  }

  void AssignmentStrategy(const ConfigEntry& entry) {
    constexpr std::pair<std::string_view, std::string_view> kNames[] = {
        {"RangeAssignor", "range"},
        {"RoundRobinAssignor", "roundrobin"},
        {"StickyAssignor", "cooperative-sticky"},
        {"CooperativeStickyAssignor", "cooperative-sticky"}};
    std::string strategy;
    for (size_t at = 0; at <= entry.value.size();) {
      const auto comma = std::min(entry.value.find(',', at), entry.value.size());
      std::string name = entry.value.substr(at, comma - at);
      std::erase(name, ' ');
      at = comma + 1;
      const auto* found = std::find_if(std::begin(kNames), std::end(kNames), [&](const auto& pair) {
        return ShortName(name) == pair.first;
      });
      if (found != std::end(kNames)) name = found->second;
      if (name != "range" && name != "roundrobin")
        continue;  // eager only: all members of a group agree on it
      strategy += (strategy.empty() ? "" : ",") + name;
    }
    if (strategy.empty()) return Warn(entry, "range is used");
    Set("partition.assignment.strategy", strategy);
  }

  void DnsLookup(const ConfigEntry& entry) {
    if (entry.value == "use_all_dns_ips" ||
        entry.value == "resolve_canonical_bootstrap_servers_only")
      return Set("client.dns.lookup", entry.value);
    Warn(entry, "all addresses of a name are used");
  }

  void BufferMemory(const ConfigEntry& entry) {
    int64_t bytes = 0;
    try {
      bytes = std::stoll(entry.value);
    } catch (const std::exception&) {
      return Problem(entry, fmt::format("'{}' is not a number of bytes", entry.value));
    }
    Set("queue.buffering.max.kbytes",
        std::to_string(std::clamp<int64_t>(bytes / 1024, 1, 2097151)));
  }

  void Sasl() {
    const auto* mechanism =
        Value("sasl.mechanism") != nullptr ? Value("sasl.mechanism") : Value("sasl.mechanisms");
    const auto key =
        entries_.Find("sasl.mechanism") != nullptr ? "sasl.mechanism" : "sasl.mechanisms";
    const auto protocol = out_.properties.find("security.protocol");
    const bool sasl = protocol != out_.properties.end() && protocol->second.starts_with("sasl");
    if (mechanism == nullptr) {
      if (sasl)
        Problem(EntryOr("sasl.jaas.config", Entry("security.protocol")),
                "sasl.mechanism is missing beside it (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, "
                "OAUTHBEARER, AWS_MSK_IAM); Kafka's default, GSSAPI (Kerberos), is not supported");
      return;
    }
    if (!sasl && Upper(*mechanism) != "AWS_MSK_IAM")
      Warn(Entry(key), "it counts only with security.protocol SASL_SSL or SASL_PLAINTEXT");
    const std::string name = Upper(*mechanism);
    if (name == "AWS_MSK_IAM") return MskIam(Entry(key));
    if (name == "PLAIN" || name == "SCRAM-SHA-256" || name == "SCRAM-SHA-512")
      return UserAndPassword(Entry(key), name);
    if (name == "OAUTHBEARER") return OAuthBearer(Entry(key));
    if (name == "GSSAPI")
      return Problem(Entry(key),
                     "GSSAPI (Kerberos) is not supported (allowed: PLAIN, SCRAM-SHA-256, "
                     "SCRAM-SHA-512, OAUTHBEARER, AWS_MSK_IAM)");
    Problem(Entry(key), fmt::format("'{}' is not a SASL mechanism (allowed: PLAIN, SCRAM-SHA-256, "
                                    "SCRAM-SHA-512, OAUTHBEARER, AWS_MSK_IAM)",
                                    *mechanism));
  }

  // The module of the JAAS line that fits; several may stand there.
  std::optional<JaasModule> Module(std::string_view wanted) {
    const auto* text = Value("sasl.jaas.config");
    if (text == nullptr) return std::nullopt;
    auto modules = ParseJaas(*text);
    const auto& entry = Entry("sasl.jaas.config");
    if (!modules) {
      Problem(entry, modules.error().message());
      return std::nullopt;
    }
    for (auto& module : *modules) {
      if (ShortName(module.module) == wanted) return std::move(module);
    }
    // What is no class name may be a secret in the wrong place.
    const auto found = ShortName((*modules)[0].module);
    Problem(entry, fmt::format("the login module is {}; this mechanism needs {}",
                               found.ends_with("LoginModule") ? found : "another", wanted));
    return std::nullopt;
  }

  void CheckHandlers() {
    for (const auto* key :
         {"sasl.client.callback.handler.class", "sasl.login.callback.handler.class"}) {
      const auto* value = Value(key);
      if (value != nullptr && !IsAwsHandler(*value))
        Problem(Entry(key),
                fmt::format(
                    "class {} can't be loaded here: leave it out, or use one of AWS's MSK handlers",
                    *value));
    }
  }

  void MskIam(const ConfigEntry& mechanism) {
    CheckHandlers();
    const auto protocol = out_.properties.find("security.protocol");
    if (protocol == out_.properties.end() || protocol->second != "sasl_ssl")
      Problem(mechanism, "AWS_MSK_IAM needs security.protocol=SASL_SSL");
    MskIamOptions iam;
    if (Value("sasl.jaas.config") != nullptr) {
      auto module = Module("IAMLoginModule");
      if (module) iam.options = std::move(module->options);
    }
    Set("sasl.mechanism", "OAUTHBEARER");
    out_.msk_iam = std::move(iam);
  }

  void OAuthBearer(const ConfigEntry& mechanism) {
    CheckHandlers();
    Set("sasl.mechanism", "OAUTHBEARER");
    const auto* handler = Value("sasl.login.callback.handler.class");
    if (handler != nullptr && IsAwsHandler(*handler)) {
      MskIamOptions iam;
      if (auto module = Module("OAuthBearerLoginModule")) iam.options = std::move(module->options);
      out_.msk_iam = std::move(iam);
      return;
    }
    const auto* config = Value("sasl.oauthbearer.config");
    const auto* unsecured = Value("enable.sasl.oauthbearer.unsecure.jwt");
    if (config == nullptr && unsecured == nullptr) {
      Problem(mechanism,
              "OAUTHBEARER needs to know where tokens come from: for MSK set "
              "sasl.login.callback.handler.class to AWS's handler, or sasl.mechanism=AWS_MSK_IAM");
    }
  }

  void UserAndPassword(const ConfigEntry& mechanism, const std::string& name) {
    CheckHandlers();
    Set("sasl.mechanism", name);
    const bool given = Value("sasl.username") != nullptr && Value("sasl.password") != nullptr;
    if (Value("sasl.jaas.config") == nullptr) {
      if (!given)
        Problem(mechanism,
                fmt::format("{} needs sasl.jaas.config with username and password", name));
      return;
    }
    const auto module = Module(name == "PLAIN" ? "PlainLoginModule" : "ScramLoginModule");
    if (!module) return;
    for (const auto* option : {"username", "password"}) {
      const auto found = module->options.find(option);
      if (found == module->options.end()) {
        Problem(Entry("sasl.jaas.config"), fmt::format("{} is missing", option));
      } else {
        Set(fmt::format("sasl.{}", option), found->second);
      }
    }
  }

  std::string Password(std::string_view key) const {
    const auto* value = Value(key);
    return value == nullptr ? std::string() : *value;
  }

  // Where a problem with \p key is told: its own line, else that of \p other.
  const ConfigEntry& EntryOr(std::string_view key, const ConfigEntry& other) const {
    const auto* entry = entries_.Find(key);
    return entry == nullptr ? other : *entry;
  }

  void StoreType(std::string_view key) {
    const auto* type = Value(key);
    if (type == nullptr) return;
    const std::string name = Upper(*type);
    if (name != "JKS" && name != "PKCS12" && name != "PEM")
      Problem(Entry(key), fmt::format("'{}' is not a store that can be read (allowed: JKS, PKCS12, "
                                      "PEM; what the file holds "
                                      "counts)",
                                      *type));
  }

  void TrustStore() {
    StoreType("ssl.truststore.type");
    const auto* location = Value("ssl.truststore.location");
    if (location == nullptr || location->empty()) return;
    const auto& entry = Entry("ssl.truststore.location");
    const auto bytes = RealDisk().ReadAll(*location);
    if (!bytes)
      return Problem(entry, fmt::format("{}; write the path of a JKS, PKCS12 or PEM store",
                                        bytes.error().message()));
    if (bytes->find("-----BEGIN CERTIFICATE-----") != std::string::npos)
      return Set("ssl.ca.pem", *bytes);
    auto pem = TrustStorePem(*bytes, Password("ssl.truststore.password"));
    if (pem) return Set("ssl.ca.pem", std::move(*pem));
    const bool password = pem.error().message().find("password") != std::string::npos;
    const auto& place = password ? EntryOr("ssl.truststore.password", entry) : entry;
    Problem(place, fmt::format("{}: {}{}", *location, pem.error().message(),
                               password ? "; correct ssl.truststore.password" : ""));
  }

  void KeyStore() {
    StoreType("ssl.keystore.type");
    const auto* location = Value("ssl.keystore.location");
    if (location == nullptr || location->empty()) return;
    const auto& entry = Entry("ssl.keystore.location");
    const auto bytes = RealDisk().ReadAll(*location);
    if (!bytes)
      return Problem(entry, fmt::format("{}; write the path of a PKCS12 or PEM store",
                                        bytes.error().message()));
    if (const auto problem = FindKeyStoreProblem(
            *bytes, *location, Password("ssl.keystore.password"), Password("ssl.key.password"))) {
      const auto& place = EntryOr(problem->property, entry);
      const bool named = place.key == problem->property;
      return Problem(
          place, named ? problem->text : fmt::format("{}: {}", problem->property, problem->text));
    }
    if (IsPem(*bytes)) {
      Set("ssl.certificate.location", *location);
      Set("ssl.key.location", *location);
    } else {
      Set("ssl.keystore.location", *location);
      Set("ssl.keystore.password", Password("ssl.keystore.password"));
    }
  }

  const ConfigEntries& entries_;
  const ClientRole role_;
  TranslatedProperties out_;
  std::string problems_;
};

}  // namespace

Result<TranslatedProperties> TranslateClientProperties(const ConfigEntries& entries,
                                                       ClientRole role) {
  return Translator(entries, role).Run();
}

}  // namespace pinlake::kafka
