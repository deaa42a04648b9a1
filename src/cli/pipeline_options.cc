// Option tables of the sections that have no component of their own, or whose component does not
// read configuration.
#include "cli/pipeline.h"

namespace pinlake {

const OptionTable<GeneralSection>& GeneralTable() {
  using C = GeneralSection;
  static const OptionTable<C> table{
      {.name = "data.dir",
       .field = Text(&C::data_dir, 1),
       .fallback = "data",
       .importance = Importance::kHigh,
       .doc = "Where the log and a directory store lie unless they say otherwise."},
      {.name = "memory.budget",
       .field = Bytes(&C::memory_budget, 16 << 20),
       .fallback = "256MiB",
       .importance = Importance::kHigh,
       .doc =
           "Bytes that requests, queues, open objects and uploads may hold together. Over it the "
           "gateway answers 429 and the sink stores what is open."},
      {.name = "query.memory",
       .field = Bytes(&C::query_memory, 64 << 20),
       .fallback = "512MiB",
       .doc = "Bytes that a query may hold; beyond it parts go to `tmp` under data.dir."},
  };
  return table;
}

const OptionTable<LogSection>& LogTable() {
  using C = LogSection;
  static const OptionTable<C> table{
      {.name = "type",
       .field = Enum(&C::type, {{"embedded", C::Type::kEmbedded}, {"kafka", C::Type::kKafka}}),
       .fallback = "embedded",
       .importance = Importance::kHigh,
       .doc = "Where records are kept. embedded: a directory that one process writes. kafka: "
              "Apache Kafka or Amazon MSK."},
      {.name = "bootstrap.servers",
       .field = Text(&C::bootstrap_servers, 1),
       .importance = Importance::kHigh,
       .doc = "With kafka: brokers as host:port, one or several."},
      {.name = "client.config",
       .field = Text(&C::client_config, 1),
       .importance = Importance::kHigh,
       .doc = "With kafka: file with client properties as Kafka's own tools take them."},
      {.name = "properties.*",
       .field = Prefixed(&C::properties),
       .doc = "With kafka: client properties, over those of the file; Java's names or "
              "librdkafka's."},
      {.name = "dir",
       .field = Text(&C::dir, 1),
       .importance = Importance::kHigh,
       .doc = "Directory of the embedded log. None: `log` under data.dir."},
      {.name = "auto.create.topics",
       .field = In(&C::embedded, Bool(&EmbeddedLogOptions::auto_create)),
       .fallback = "false",
       .doc = "Makes a topic that is produced to and does not exist."},
      {.name = "partitions",
       .field = In(&C::embedded, Int(&EmbeddedLogOptions::default_partitions, 1, 10'000)),
       .fallback = "1",
       .doc = "Partitions of a topic that does not say how many."},
      {.name = "segment.bytes",
       .field = In(&C::embedded, Bytes(&EmbeddedLogOptions::segment_bytes, 1 << 20, 1 << 30)),
       .fallback = "64MiB",
       .importance = Importance::kLow,
       .doc = "Size of a file of the log, of topics without a segment.bytes of their own."},
      {.name = "retention",
       .field = Duration(&C::retention, Millis(1)),
       .fallback = "7d",
       .doc = "How long records are kept, of topics without a retention.ms of their own."},
      {.name = "retention.bytes",
       .field = In(&C::embedded, Int(&EmbeddedLogOptions::retention_bytes, -1, INT64_MAX)),
       .fallback = "-1",
       .doc = "Bytes kept of a topic partition, of topics without their own; -1: no limit."},
      {.name = "record.bytes.max",
       .field = In(&C::embedded, Bytes(&EmbeddedLogOptions::record_bytes_max, 1024, 64 << 20)),
       .fallback = "1MiB",
       .doc = "Key, value and headers of one record."},
      {.name = "waiting.bytes.max",
       .field = In(&C::embedded, Bytes(&EmbeddedLogOptions::waiting_bytes_max, 1 << 20, 1 << 30)),
       .fallback = "64MiB",
       .importance = Importance::kLow,
       .doc = "Records that wait for the disk; beyond it requests are answered with 429."},
      {.name = "sync.window",
       .field = In(&C::embedded, Duration(&EmbeddedLogOptions::sync_window)),
       .fallback = "0s",
       .importance = Importance::kLow,
       .doc =
           "Least time between two syncs of the disk under load: larger groups, later answers. A "
           "record that comes to an idle log never waits."},
  };
  return table;
}

const OptionTable<TopicSection>& TopicTable() {
  using C = TopicSection;
  static const OptionTable<C> table{
      {.name = "partitions",
       .field = Int(&C::partitions, 1, 10'000),
       .doc = "None: log.partitions. A topic that is there already keeps its number."},
      {.name = "replication.factor",
       .field = Int(&C::replication_factor, 1, 32'767),
       .doc = "With kafka. None: the brokers' default. Only for a topic that is made."},
      {.name = "configs.*",
       .field = Prefixed(&C::configs),
       .doc =
           "Kafka's topic configs, such as configs.retention.ms. Only for a topic that is made."},
  };
  return table;
}

const OptionTable<QuerySection>& QueryTable() {
  using C = QuerySection;
  static const OptionTable<C> table(
      {
          {.name = "title", .field = Text(&C::title), .fallback = "", .doc = "What it answers."},
          {.name = "file",
           .field = Text(&C::file),
           .fallback = "",
           .doc = "File with the SQL, from the pipeline file's directory on."},
          {.name = "sql", .field = Text(&C::sql), .fallback = "", .doc = "The SQL itself."},
      },
      {{"file", [](const C& c) -> Complaint {
          if (c.file.empty() != c.sql.empty()) return {};
          return "a query has either file or sql";
        }}});
  return table;
}

}  // namespace pinlake
