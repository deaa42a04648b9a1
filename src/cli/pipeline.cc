#include "cli/pipeline.h"

#include <filesystem>

#include "base/clock.h"
#include "base/disk.h"
#include "cli/kafka_connection.h"
#include "config/config_file.h"
#include "log/embedded/embedded_log.h"
#include "log/embedded/embedded_log_reader.h"
#include "observe/log.h"
#include "store/open_store.h"

namespace pinlake {
namespace {

constexpr std::string_view kFile = "file:";

/// \p path as it counts from here: what --set says starts in the working directory, what the file
/// says in its own.
std::string Resolved(const PipelineFile& file, const ConfigEntry* entry, const std::string& path) {
  const bool from_set = entry != nullptr && entry->file != file.path;
  const std::filesystem::path start(from_set ? "" : file.directory);
  return std::filesystem::absolute(start / path).lexically_normal().string();
}

/// file:D and file://D, which start where the entry's file says, as file:///D.
std::string ResolvedUrl(const PipelineFile& file, const ConfigEntry& entry) {
  std::string url(Trim(entry.value));
  if (!url.starts_with(kFile)) return url;
  url.erase(0, kFile.size());
  if (url.starts_with("//")) url.erase(0, 2);
  return url.empty() ? entry.value : "file://" + Resolved(file, &entry, url);
}

/// The bucket of s3://bucket/prefix; empty for a directory.
std::string BucketOf(const std::string& url) {
  constexpr std::string_view kS3 = "s3://";
  if (!url.starts_with(kS3)) return {};
  return url.substr(kS3.size(), url.find('/', kS3.size()) - kS3.size());
}

/// Reads the parts of one file; every part's problems go into one answer.
class Maker {
 public:
  explicit Maker(const PipelineFile& file) : file_(file) { pipeline_.path = file.path; }

  Result<Pipeline> Run() {
    General();
    Log();
    Topics();
    pipeline_.has_gateway = file_.has_gateway;
    Parse(GatewayOptionTable(), file_.gateway, &pipeline_.gateway);
    Store();
    for (const NamedEntries& sink : file_.sinks) Sink(sink);
    for (const NamedEntries& query : file_.queries) Query(query);
    RETURN_IF_ERROR(problems_.AsStatus());
    return std::move(pipeline_);
  }

 private:
  template <typename C>
  bool Parse(const OptionTable<C>& table, const ConfigEntries& entries, C* config) {
    auto parsed = table.Parse(entries);
    if (!parsed) {
      problems_.Add(parsed.error());
      return false;
    }
    Warn(parsed->warnings);
    *config = std::move(parsed->config);
    return true;
  }

  void Warn(const std::vector<std::string>& warnings) {
    pipeline_.warnings.insert(pipeline_.warnings.end(), warnings.begin(), warnings.end());
  }

  void General() {
    if (!Parse(GeneralTable(), file_.general, &pipeline_.general)) return;
    std::string& dir = pipeline_.general.data_dir;
    dir = Resolved(file_, file_.general.Find("data.dir"), dir);
  }

  void Log() {
    LogSection& log = pipeline_.log;
    if (!Parse(LogTable(), file_.log, &log)) return;
    log.embedded.retention_ms = log.retention.count();
    log.embedded.dir = log.dir ? Resolved(file_, file_.log.Find("dir"), *log.dir)
                               : pipeline_.general.data_dir + "/log";
    const bool kafka = log.type == LogSection::Type::kKafka;
    for (const ConfigEntry& entry : file_.log.entries) {
      if (entry.key == "type" || entry.key == "partitions" || IsOfKafka(entry.key) == kafka)
        continue;
      problems_.Add(fmt::format("{}: only with log.type {}", Place(file_.log, entry),
                                kafka ? "embedded" : "kafka"));
    }
    if (kafka) Kafka(&log);
  }

  static bool IsOfKafka(std::string_view key) {
    return key == "bootstrap.servers" || key == "client.config" || key.starts_with("properties.");
  }

  /// The client's file, over it properties.*, over it bootstrap.servers.
  void Kafka(LogSection* log) {
    ConfigEntries properties;
    if (log->client_config) {
      const std::string path =
          Resolved(file_, file_.log.Find("client.config"), *log->client_config);
      if (!problems_.Take(LoadConfigFile(path), &properties)) return;
      Warn(properties.warnings);
    }
    properties.file = file_.path;
    const ConfigEntries more = file_.log.Section("properties.");
    properties.entries.insert(properties.entries.end(), more.entries.begin(), more.entries.end());
    if (const ConfigEntry* servers = file_.log.Find("bootstrap.servers"))
      properties.entries.push_back(*servers);
    problems_.Take(KafkaOptionsOf(properties, &pipeline_.warnings), &log->kafka);
  }

  void Topics() {
    for (const NamedEntries& named : file_.topics) {
      TopicSection section;
      if (!Parse(TopicTable(), named.entries, &section)) continue;
      TopicSpec spec;
      spec.topic = TopicName(named.name);
      spec.partitions = section.partitions.value_or(pipeline_.log.embedded.default_partitions);
      spec.configs = std::move(section.configs);
      if (pipeline_.log.type == LogSection::Type::kKafka) {
        // -1: as the brokers do by themselves.
        spec.replication_factor = static_cast<int16_t>(section.replication_factor.value_or(-1));
      } else if (section.replication_factor) {
        problems_.Add("log.topics: replication.factor: only with log.type kafka");
      }
      pipeline_.topics.push_back(std::move(spec));
    }
  }

  void Store() {
    ConfigEntries entries = file_.store;
    if (entries.Find("url") == nullptr) {
      Prepend(&entries, "url", "file://" + pipeline_.general.data_dir + "/lake");
    }
    for (ConfigEntry& entry : entries.entries) {
      if (entry.key == "url") entry.value = ResolvedUrl(file_, entry);
    }
    Parse(StoreOptionTable(), entries, &pipeline_.store);
  }

  void Sink(const NamedEntries& named) {
    SinkSection sink;
    sink.name = named.name;
    sink.properties = named.entries;
    // The name is a property of Connect too, and decides the group.
    Prepend(&sink.properties, "name", named.name);
    if (!AddPropertiesFile(&sink.properties)) return;
    if (!AgreeWithStore(&sink.properties)) return;
    Prepend(&sink.properties, "connector.class", "io.confluent.connect.s3.S3SinkConnector");
    Prepend(&sink.properties, "storage.class", "io.confluent.connect.s3.storage.S3Storage");
    auto parsed = ParseS3SinkProperties(sink.properties);
    if (!parsed) return problems_.Add(parsed.error());
    Warn(parsed->warnings);
    sink.config = std::move(parsed->config);
    pipeline_.sinks.push_back(std::move(sink));
  }

  /// What entries further on say wins.
  static void Prepend(ConfigEntries* entries, std::string key, std::string value) {
    ConfigEntry entry;
    entry.key = std::move(key);
    entry.value = std::move(value);
    entries->entries.insert(entries->entries.begin(), std::move(entry));
  }

  bool AddPropertiesFile(ConfigEntries* properties) {
    const ConfigEntry* file = properties->Find("file");
    if (file == nullptr) return true;
    const std::string path = Resolved(file_, file, file->value);
    std::erase_if(properties->entries, [](const ConfigEntry& e) { return e.key == "file"; });
    ConfigEntries from_file;
    if (!problems_.Take(LoadConnectorFile(path), &from_file)) return false;
    Warn(from_file.warnings);
    auto& entries = properties->entries;
    entries.insert(entries.begin(), from_file.entries.begin(), from_file.entries.end());
    return true;
  }

  /// The pipeline's store is where objects go: a bucket that a connector names must be the same.
  bool AgreeWithStore(ConfigEntries* properties) {
    const std::string ours = BucketOf(pipeline_.store.url);
    const ConfigEntry* bucket = properties->Find("s3.bucket.name");
    if (bucket == nullptr) {
      Prepend(properties, "s3.bucket.name", ours.empty() ? "lake" : ours);
    } else if (!ours.empty() && bucket->value != ours) {
      problems_.Add(fmt::format("{}: '{}' is not the bucket of store.url (allowed: {})",
                                Place(*properties, *bucket), bucket->value, ours));
      return false;
    }
    return true;
  }

  void Query(const NamedEntries& named) {
    QuerySection query;
    if (!Parse(QueryTable(), named.entries, &query)) return;
    query.name = named.name;
    if (!query.file.empty()) {
      const std::string path = Resolved(file_, named.entries.Find("file"), query.file);
      if (!problems_.Take(ReadConfigFile(path), &query.sql)) return;
    }
    pipeline_.queries.push_back(std::move(query));
  }

  const PipelineFile& file_;
  Pipeline pipeline_;
  Problems problems_;
};

Result<std::unique_ptr<EventLog>> OpenLogToWrite(const LogSection& section) {
  if (section.type == LogSection::Type::kKafka) return OpenKafka(section.kafka);
  ASSIGN_OR_RETURN(std::unique_ptr<EventLog> log,
                   EmbeddedLog::Open(section.embedded, RealDisk(), SystemClock()));
  return log;
}

Status CreateMissing(EventLog& log, const TopicSpec& spec) {
  auto made = log.CreateTopic(spec);
  if (made) {
    LogInfo("Topic made.", F("topic", spec.topic.value()), F("partitions", spec.partitions));
    return {};
  }
  if (made.error().kind() == ErrorKind::kAlreadyExists) return {};
  return Fail(std::move(made).error().In("make topic " + spec.topic.value()));
}

}  // namespace

Result<Pipeline> MakePipeline(const PipelineFile& file) { return Maker(file).Run(); }

Result<Pipeline> LoadPipeline(const CommandCall& call) {
  const bool given = !call.pipeline_file.empty();
  auto file = LoadPipelineFile(given ? call.pipeline_file : "pipeline.yaml", call.sets);
  if (!file && !given && file.error().kind() == ErrorKind::kNotFound) {
    return Fail(ErrorKind::kNotFound, "there is no ./pipeline.yaml; name one with --pipeline FILE");
  }
  if (!file) return Fail(file.error());
  return MakePipeline(*file);
}

Result<std::unique_ptr<EventLog>> OpenPipelineLog(const Pipeline& pipeline) {
  ASSIGN_OR_RETURN(std::unique_ptr<EventLog> log, OpenLogToWrite(pipeline.log));
  for (const TopicSpec& spec : pipeline.topics) RETURN_IF_ERROR(CreateMissing(*log, spec));
  return log;
}

Result<std::unique_ptr<EventLog>> OpenPipelineLogToRead(const Pipeline& pipeline) {
  if (pipeline.log.type == LogSection::Type::kKafka) return OpenKafka(pipeline.log.kafka);
  ASSIGN_OR_RETURN(std::unique_ptr<EventLog> log,
                   EmbeddedLogReader::Open(pipeline.log.embedded.dir, RealDisk(), SystemClock()));
  return log;
}

std::string DescribeLog(const Pipeline& pipeline) {
  return pipeline.log.type == LogSection::Type::kKafka ? KafkaUrl(pipeline.log.kafka)
                                                       : pipeline.log.embedded.dir;
}

Result<std::unique_ptr<ObjectStore>> OpenPipelineStore(const Pipeline& pipeline,
                                                       std::stop_token stop) {
  return OpenStore(pipeline.store, std::move(stop));
}

void LogWarnings(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) LogWarn("Configuration.", F("what", warning));
}

}  // namespace pinlake
