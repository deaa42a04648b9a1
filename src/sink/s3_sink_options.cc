// Names, defaults and meaning as in kafka-connect-s3 and Kafka Connect; docs/compatibility.md says
// where this differs.
#include "sink/s3_sink_options.h"

#include <algorithm>
#include <cctype>

#include "sink/s3_sink_rules.h"

namespace pinlake {
namespace {

using C = S3SinkConfig;

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

/// A property of which only \p values (in any case) do what the original does; the others are not
/// supported yet.
Field<C> Only(std::vector<std::string_view> values, std::string_view instead = {}) {
  Field<C> field;
  field.type = "one of";
  field.optional = true;
  for (const auto& value : values)
    field.allowed.append(field.allowed.empty() ? "" : ", ").append(value.empty() ? "empty" : value);
  field.set = [values, instead = std::string(instead)](const ConfigEntry& entry, C&) -> Complaint {
    const std::string given = Lower(Trim(entry.value));
    for (const auto& value : values)
      if (given == Lower(value)) return {};
    return "is not supported yet" + (instead.empty() ? "" : "; " + instead);
  };
  field.show = [shown = std::string(values.front())](const C&) { return shown; };
  return field;
}

/// One of two words, in any case, as a flag.
Field<C> Word(bool C::*member, std::string_view off, std::string_view on) {
  Field<C> field;
  field.type = "one of";
  field.allowed = std::string(off) + ", " + std::string(on);
  field.set = [=](const ConfigEntry& entry, C& config) -> Complaint {
    const std::string given = Lower(Trim(entry.value));
    if (given != off && given != on) return "is not one of the choices";
    config.*member = given == on;
    return {};
  };
  field.show = [=](const C& config) { return std::string(config.*member ? on : off); };
  return field;
}

/// Text used as it is, spaces and all, as a delimiter.
Field<C> Delimiter(std::string C::*member) {
  Field<C> field = Text(member, 1);
  field.allowed = "not empty";
  return field;
}

/// What Kafka allows as a group.instance.id, with room for the task's number.
Field<C> InstanceId() {
  Field<C> field;
  field.type = "text";
  field.allowed = "letters, digits, . _ -; at most 240";
  field.optional = true;
  field.set = [](const ConfigEntry& entry, C& config) -> Complaint {
    constexpr size_t kLengthMax = 240;
    const std::string id(Trim(entry.value));
    const bool legal = std::all_of(id.begin(), id.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
    });
    if (id.empty() || id.size() > kLengthMax || !legal) return "is not an instance id";
    config.instance_id = id;
    return {};
  };
  field.show = [](const C& config) { return config.instance_id; };
  return field;
}

constexpr std::string_view kNoDlq = "there is no dead letter queue yet";
constexpr std::string_view kNotThisFormat = "it has no effect on JSON objects";
constexpr std::string_view kNoSideFiles = "keys and headers are not stored";

// Groups in the order of the original's documentation.
constexpr std::string_view kConnect = "Kafka Connect";
constexpr std::string_view kConnector = "Connector";
constexpr std::string_view kS3 = "S3";
constexpr std::string_view kSide = "Keys and headers";
constexpr std::string_view kStorage = "Storage";
constexpr std::string_view kPartitioner = "Partitioner";

}  // namespace

const OptionTable<S3SinkConfig>& S3SinkOptions() {
  static const OptionTable<C> table(
      {
          // Kafka Connect.
          {.name = "name",
           .field = Text(&C::name, 1),
           .fallback = "S3-sink",
           .importance = Importance::kHigh,
           .doc = "Name of the connector; its consumer group is `connect-<name>`.",
           .group = kConnect},
          {.name = "connector.class",
           .field = Only({"io.confluent.connect.s3.S3SinkConnector", "S3SinkConnector", "S3Sink"},
                         "only the S3 sink is"),
           .importance = Importance::kHigh,
           .doc = "The S3 sink.",
           .group = kConnect},
          {.name = "tasks.max",
           .field = Int(&C::tasks_max, 1, 1024),
           .fallback = "1",
           .importance = Importance::kHigh,
           .doc = "Members of the consumer group, each a thread.",
           .group = kConnect},
          {.name = "tasks.max.enforce", .ignored = "tasks.max always holds", .group = kConnect},
          {.name = "topics",
           .field = List(&C::topics),
           .fallback = "",
           .importance = Importance::kHigh,
           .doc = "Topics to store. Either these or topics.regex.",
           .group = kConnect},
          {.name = "topics.regex",
           .field = Text(&C::topics_regex, 1),
           .importance = Importance::kHigh,
           .doc = "Topics to store whose whole name matches; new ones join by themselves.",
           .group = kConnect},
          {.name = "value.converter",
           .field = Text(&C::value_converter_class, 1),
           .importance = Importance::kHigh,
           .doc = "What values are: org.apache.kafka.connect.json.JsonConverter, "
                  "org.apache.kafka.connect.storage.StringConverter, "
                  "org.apache.kafka.connect.converters.ByteArrayConverter.",
           .group = kConnect},
          {.name = "value.converter.*",
           .field = Prefixed(&C::value_converter_properties),
           .doc = "Properties of the converter. JsonConverter needs "
                  "`value.converter.schemas.enable=false`.",
           .group = kConnect},
          {.name = "key.converter",
           .field = Text(&C::key_converter_class, 1),
           .doc =
               "What record keys are; a key that does not convert makes a bad record. Without it "
               "keys are not looked at.",
           .group = kConnect},
          {.name = "key.converter.*",
           .field = Prefixed(&C::key_converter_properties),
           .doc = "Properties of the key converter.",
           .group = kConnect},
          {.name = "header.converter", .ignored = kNoSideFiles, .group = kConnect},
          {.name = "header.converter.*", .ignored = kNoSideFiles, .group = kConnect},
          {.name = "errors.tolerance",
           .field = Word(&C::tolerate_errors, "none", "all"),
           .fallback = "none",
           .doc =
               "Of a record that does not convert: `none` fails the task, `all` leaves it out and "
               "counts it as skipped.",
           .group = kConnect},
          {.name = "errors.deadletterqueue.topic.name",
           .field =
               Only({""}, "records that errors.tolerance=all leaves out are counted as skipped"),
           .doc = "Topic for bad records.",
           .group = kConnect},
          {.name = "errors.deadletterqueue.topic.replication.factor",
           .ignored = kNoDlq,
           .group = kConnect},
          {.name = "errors.deadletterqueue.context.headers.enable",
           .ignored = kNoDlq,
           .group = kConnect},
          {.name = "errors.log.enable",
           .field = Only({"false"}, "skipped records are counted in pinlake_sink_skipped_total"),
           .doc = "A log line a bad record.",
           .group = kConnect},
          {.name = "errors.log.include.messages",
           .ignored = "errors.log.enable is not supported yet",
           .group = kConnect},
          {.name = "errors.retry.timeout",
           .ignored = "converting asks no other service: a record converts or never will",
           .group = kConnect},
          {.name = "errors.retry.delay.max.ms",
           .ignored = "converting asks no other service: a record converts or never will",
           .group = kConnect},
          {.name = "transforms",
           .field = Only({""}, "records are stored as they are"),
           .doc = "Changes of records on the way.",
           .group = kConnect},
          {.name = "transforms.*",
           .unsupported = "records are stored as they are",
           .group = kConnect},
          {.name = "predicates",
           .field = Only({""}, "records are stored as they are"),
           .doc = "Conditions of transforms.",
           .group = kConnect},
          {.name = "predicates.*",
           .unsupported = "records are stored as they are",
           .group = kConnect},
          {.name = "consumer.override.auto.offset.reset",
           .field = Enum(&C::start_offset, {{"earliest", StartOffset::kEarliest},
                                            {"latest", StartOffset::kLatest},
                                            {"none", StartOffset::kNone}}),
           .fallback = "earliest",
           .doc = "Where a group without a committed offset begins.",
           .group = kConnect},
          {.name = "consumer.override.group.instance.id",
           .field = InstanceId(),
           .doc = "Static membership: task i is the member VALUE-i, keeps its partitions while it "
                  "restarts within session.timeout.ms, and nobody else is disturbed. Each process "
                  "of a connector needs a value of its own.",
           .group = kConnect},
          {.name = "consumer.override.*",
           .ignored = "the consumer's properties are those of the worker's file (consumer.*), of "
                      "--command-config or of the pipeline's log section",
           .group = kConnect},
          {.name = "producer.override.*", .ignored = kNoDlq, .group = kConnect},
          {.name = "admin.override.*", .ignored = kNoDlq, .group = kConnect},
          {.name = "config.action.reload",
           .ignored = "values are read once, at start",
           .group = kConnect},
          {.name = "confluent.*", .ignored = "no licence is needed", .group = kConnect},

          // Connector.
          {.name = "format.class",
           .field = Enum(
               &C::format,
               {{"io.confluent.connect.s3.format.json.JsonFormat", ObjectFormat::kJson},
                {"io.confluent.connect.s3.format.avro.AvroFormat", ObjectFormat::kAvro,
                 "write io.confluent.connect.s3.format.json.JsonFormat"},
                {"io.confluent.connect.s3.format.parquet.ParquetFormat", ObjectFormat::kParquet,
                 "write io.confluent.connect.s3.format.json.JsonFormat"},
                {"io.confluent.connect.s3.format.bytearray.ByteArrayFormat", ObjectFormat::kBytes,
                 "write io.confluent.connect.s3.format.json.JsonFormat"}}),
           .importance = Importance::kHigh,
           .doc = "Contents of objects: a line of JSON a record.",
           .group = kConnector},
          {.name = "flush.size",
           .field = Int(&C::flush_size, 1),
           .importance = Importance::kHigh,
           .doc = "Records of a topic partition after which its open objects are stored.",
           .group = kConnector},
          {.name = "rotate.interval.ms",
           .field = Int(&C::rotate_interval_ms),
           .fallback = "-1",
           .importance = Importance::kHigh,
           .doc = "With a time-based partitioner: a record that is from this much later than the "
                  "first of the open objects closes them; 0 and below: never.",
           .group = kConnector},
          {.name = "rotate.schedule.interval.ms",
           .field = Int(&C::rotate_schedule_ms, -1),
           .fallback = "-1",
           .importance = Importance::kHigh,
           .doc = "Stores what is open at each multiple of this many milliseconds after local "
                  "midnight in `timezone`; 0 and -1: never. Exactly once here.",
           .group = kConnector},
          {.name = "rotate.file.on.partition.change",
           .field = Bool(&C::rotate_on_partition_change),
           .fallback = "true",
           .doc = "With rotate.interval.ms: a record of another directory closes open objects.",
           .group = kConnector},
          {.name = "schema.compatibility",
           .field = Only({"NONE", "BACKWARD", "FORWARD", "FULL"}, "write NONE"),
           .doc = "When a change of schema closes open objects. Values without a schema never do.",
           .group = kConnector},
          {.name = "schemas.cache.config",
           .ignored = "there is no such cache",
           .group = kConnector},
          {.name = "schemas.cache.size", .ignored = "there is no such cache", .group = kConnector},
          {.name = "enhanced.avro.schema.support", .ignored = kNotThisFormat, .group = kConnector},
          {.name = "connect.meta.data", .ignored = kNotThisFormat, .group = kConnector},
          {.name = "allow.optional.map.keys", .ignored = kNotThisFormat, .group = kConnector},
          {.name = "avro.codec", .ignored = kNotThisFormat, .group = kConnector},
          {.name = "parquet.codec", .ignored = kNotThisFormat, .group = kConnector},
          {.name = "retry.backoff.ms",
           .field = IntMillis(&C::retry_backoff, 0, 86'400'000),
           .fallback = "5000",
           .importance = Importance::kLow,
           .doc = "Pause before a store or commit that failed is tried again.",
           .group = kConnector},
          {.name = "shutdown.timeout.ms", .ignored = "there is no Hive here", .group = kConnector},
          {.name = "filename.offset.zero.pad.width",
           .field = Int(&C::offset_pad_width, 1, 100),
           .fallback = "10",
           .importance = Importance::kLow,
           .doc = "Least digits of the offset in object keys. (0 fails in the original.)",
           .group = kConnector},
          {.name = "max.write.duration.ms",
           .ignored = "reading never waits for stores here",
           .group = kConnector},
          {.name = "max.files.scan.limit",
           .ignored = "an existing object is compared, never skipped",
           .group = kConnector},
          {.name = "pinlake.seal.on.stop",
           .field =
               Only({"false"}, "a stop leaves open records for the next start, as the original"),
           .doc = "Stores what is open when the sink stops.",
           .group = kConnector},

          // S3.
          {.name = "s3.bucket.name",
           .field = Text(&C::bucket, 1),
           .importance = Importance::kHigh,
           .doc = "The bucket. With `store.url=file:///D` objects lie under `D/<bucket>/`.",
           .group = kS3},
          {.name = "s3.region",
           .field = Text(&C::region, 1),
           .fallback = "us-west-2",
           .importance = Importance::kHigh,
           .doc = "Region of the bucket, also for signing with `store.url`.",
           .group = kS3},
          {.name = "s3.part.size", .ignored = "an object is stored in one request", .group = kS3},
          {.name = "s3.part.retries",
           .field = Int(&C::s3_attempts_max, 1, 100),
           .fallback = "3",
           .doc = "Attempts of a request in all. (0 fails in the original.)",
           .group = kS3},
          {.name = "s3.retry.backoff.ms",
           .field = IntMillis(&C::s3_retry_backoff, 0, 86'400'000),
           .fallback = "200",
           .importance = Importance::kLow,
           .doc = "First pause between attempts; it doubles, with full jitter.",
           .group = kS3},
          {.name = "aws.access.key.id",
           .field = Text(&C::access_key_id),
           .fallback = "",
           .doc = "Static credentials. Without them: environment, then profile.",
           .group = kS3},
          {.name = "aws.secret.access.key",
           .field = Password(&C::secret_access_key),
           .fallback = "",
           .doc = "Static credentials.",
           .group = kS3},
          {.name = "s3.credentials.provider.class",
           .field =
               Enum(&C::assume_role,
                    {{"com.amazonaws.auth.DefaultAWSCredentialsProviderChain", false},
                     {"software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider", false},
                     {"io.confluent.connect.s3.auth.AwsAssumeRoleCredentialsProvider", true}}),
           .fallback = "software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider",
           .doc =
               "The default chain, or a role that is assumed with the static keys or the default "
               "chain's.",
           .group = kS3},
          {.name = "s3.credentials.provider.sts.role.arn",
           .field = Text(&C::role_arn),
           .fallback = "",
           .doc = "The role to assume. AWS_ENDPOINT_URL_STS names another STS than Amazon's.",
           .group = kS3},
          {.name = "s3.credentials.provider.sts.role.session.name",
           .field = Text(&C::role_session_name),
           .fallback = "",
           .doc = "Name of its sessions.",
           .group = kS3},
          {.name = "s3.credentials.provider.sts.role.external.id",
           .field = Text(&C::role_external_id),
           .fallback = "",
           .doc =
               "External id that the role's trust asks for. The original demands it; here it may "
               "be left out.",
           .group = kS3},
          {.name = "s3.credentials.provider.sts.region",
           .field = Text(&C::sts_region),
           .fallback = "",
           .importance = Importance::kLow,
           .doc = "Region of the STS that is asked; empty: the global endpoint.",
           .group = kS3},
          {.name = "s3.credentials.provider.*",
           .ignored = "providers here have no other settings",
           .group = kS3},
          {.name = "s3.compression.type",
           .field = Only({"none"}),
           .doc = "Compression of objects.",
           .group = kS3},
          {.name = "s3.compression.level",
           .ignored = "compression is not supported yet",
           .group = kS3},
          {.name = "json.decimal.format",
           .ignored = "JSON without schemas has no decimals; digits stay as produced",
           .group = kS3},
          {.name = "behavior.on.null.values",
           .field = Word(&C::ignore_nulls, "fail", "ignore"),
           .fallback = "fail",
           .doc =
               "Of records without a value (Kafka null, empty, JSON `null`): `fail` fails the "
               "task, "
               "`ignore` leaves them out and counts them as skipped. `write` is not supported yet.",
           .group = kS3},
          {.name = "report.null.values.to.dlq", .ignored = kNoDlq, .group = kS3},
          {.name = "tombstone.encoded.partition",
           .ignored = "behavior.on.null.values=write is not supported yet",
           .group = kS3},
          {.name = "s3.object.tagging",
           .field = Bool(&C::tag_objects),
           .fallback = "false",
           .doc =
               "Tags objects with startOffset, endOffset (of the last record) and recordCount, in "
               "the request that stores them.",
           .group = kS3},
          {.name = "s3.object.tagging.key.value.pairs",
           .field = List(&C::extra_tags),
           .fallback = "",
           .doc = "More tags: `name:value,name:value`, at most 7. A value may hold colons (the "
                  "original cuts it at the second).",
           .group = kS3},
          {.name = "s3.object.behavior.on.tagging.error",
           .field = Word(&C::tags_required, "ignore", "fail"),
           .fallback = "ignore",
           .doc =
               "Of a server that refuses tags: `ignore` stores objects without, `fail` fails the "
               "task.",
           .group = kS3},
          {.name = "s3.ssea.name",
           .field = Enum(&C::encryption, {{"", ""},
                                          {"AES256", "AES256"},
                                          {"aws:kms", "aws:kms"},
                                          {"aws:kms:dsse", "aws:kms:dsse"}}),
           .fallback = "",
           .doc =
               "Server-side encryption; empty: as the bucket says. `aws:kms:dsse`, and `aws:kms` "
               "without a key, are sent (the original silently leaves them out).",
           .group = kS3},
          {.name = "s3.sse.customer.key",
           .field = Password(&C::customer_key),
           .fallback = "",
           .doc = "Base64 of a key of 32 bytes, with `s3.ssea.name=AES256`: encryption with a key "
                  "that the server does not keep.",
           .group = kS3},
          {.name = "s3.sse.kms.key.id",
           .field = Text(&C::kms_key_id),
           .fallback = "",
           .doc = "Key of KMS, with `s3.ssea.name=aws:kms`; empty: the account's for S3.",
           .group = kS3},
          {.name = "s3.acl.canned",
           .field = Enum(&C::acl, {{"", ""},
                                   {"private", "private"},
                                   {"public-read", "public-read"},
                                   {"public-read-write", "public-read-write"},
                                   {"authenticated-read", "authenticated-read"},
                                   {"aws-exec-read", "aws-exec-read"},
                                   {"bucket-owner-read", "bucket-owner-read"},
                                   {"bucket-owner-full-control", "bucket-owner-full-control"}}),
           .fallback = "",
           .doc = "Canned ACL of objects.",
           .group = kS3},
          {.name = "s3.wan.mode",
           .field = Bool(&C::accelerate),
           .fallback = "false",
           .doc = "Amazon's transfer acceleration; needs `s3.path.style.access.enabled=false`.",
           .group = kS3},
          {.name = "s3.path.style.access.enabled",
           .field = Bool(&C::path_style),
           .fallback = "true",
           .doc = "`endpoint/bucket/key`; false: `bucket.endpoint/key`.",
           .group = kS3},
          {.name = "s3.proxy.url", .field = Only({""}), .doc = "Proxy to S3.", .group = kS3},
          {.name = "s3.proxy.user", .field = Only({""}), .doc = "Its user.", .group = kS3},
          {.name = "s3.proxy.password",
           .field = Only({""}),
           .doc = "Its password.",
           .secret = true,
           .group = kS3},
          {.name = "s3.http.send.expect.continue",
           .ignored = "requests are sent without waiting for 100 Continue",
           .group = kS3},
          {.name = "s3.send.digest",
           .field = Bool(&C::send_digest),
           .fallback = "false",
           .importance = Importance::kLow,
           .doc = "Sends Content-MD5 of objects. Without it their SHA-256 is signed.",
           .group = kS3},
          {.name = "pinlake.s3.storage.class",
           .field = Text(&C::storage_class),
           .fallback = "",
           .importance = Importance::kLow,
           .doc = "Storage class of objects, e.g. `INTELLIGENT_TIERING`; empty: `STANDARD`.",
           .group = kS3},
          {.name = "enable.conditional.writes",
           .ignored = "objects are always written conditionally",
           .group = kS3},
          {.name = "s3.elastic.buffer.enable",
           .ignored = "memory is taken as needed",
           .group = kS3},
          {.name = "s3.elastic.buffer.init.capacity",
           .ignored = "memory is taken as needed",
           .group = kS3},
          {.name = "format.bytearray.extension", .ignored = kNotThisFormat, .group = kS3},
          {.name = "format.bytearray.separator", .ignored = kNotThisFormat, .group = kS3},

          // Keys and headers.
          {.name = "store.kafka.keys",
           .field = Only({"false"}),
           .doc = "Objects with the records' keys.",
           .group = kSide},
          {.name = "store.kafka.headers",
           .field = Only({"false"}),
           .doc = "Objects with the records' headers.",
           .group = kSide},
          {.name = "keys.format.class", .ignored = kNoSideFiles, .group = kSide},
          {.name = "headers.format.class", .ignored = kNoSideFiles, .group = kSide},

          // Storage.
          {.name = "storage.class",
           .field = Only({"io.confluent.connect.s3.storage.S3Storage"}, "only S3 is"),
           .doc = "S3.",
           .group = kStorage},
          {.name = "topics.dir",
           .field = Text(&C::topics_dir),
           .fallback = "topics",
           .importance = Importance::kHigh,
           .doc = "What object keys begin with; empty: the topic.",
           .group = kStorage},
          {.name = "store.url",
           .field = Text(&C::store_url),
           .fallback = "",
           .doc = "Endpoint of another S3 server (`http://127.0.0.1:7070`; https without a "
                  "scheme), or "
                  "`file:///D` for a directory.",
           .group = kStorage},
          {.name = "directory.delim",
           .field = Delimiter(&C::directory_delim),
           .fallback = "/",
           .doc = "Between the parts of object keys.",
           .group = kStorage},
          {.name = "file.delim",
           .field = Delimiter(&C::file_delim),
           .fallback = "+",
           .doc = "Between topic, partition and offset.",
           .group = kStorage},

          // Partitioner.
          {.name = "partitioner.class",
           .field = In(&C::partitioner,
                       Enum(&PartitionerConfig::partitioner,
                            {{"io.confluent.connect.storage.partitioner.DefaultPartitioner",
                              PartitionerClass::kDefault},
                             {"io.confluent.connect.storage.partitioner.FieldPartitioner",
                              PartitionerClass::kField},
                             {"io.confluent.connect.storage.partitioner.TimeBasedPartitioner",
                              PartitionerClass::kTimeBased},
                             {"io.confluent.connect.storage.partitioner.DailyPartitioner",
                              PartitionerClass::kDaily},
                             {"io.confluent.connect.storage.partitioner.HourlyPartitioner",
                              PartitionerClass::kHourly}})),
           .fallback = "io.confluent.connect.storage.partitioner.DefaultPartitioner",
           .importance = Importance::kHigh,
           .doc = "What objects lie under: `partition=<number>`, fields of the value, or time.",
           .group = kPartitioner},
          {.name = "timezone",
           .field = Text(&C::timezone),
           .fallback = "",
           .doc = "For rotate.schedule.interval.ms: `UTC`, `Europe/Berlin`, `+05:30`.",
           .group = kPartitioner},
          {.name = "partition.field.name",
           .field = In(&C::partitioner, List(&PartitionerConfig::fields)),
           .fallback = "",
           .doc = "For FieldPartitioner: fields of the value; dots lead into nested ones.",
           .group = kPartitioner},
          {.name = "partition.duration.ms",
           .field = In(&C::partitioner, Int(&PartitionerConfig::duration_ms)),
           .fallback = "-1",
           .doc = "For TimeBasedPartitioner: the time that a directory covers.",
           .group = kPartitioner},
          {.name = "path.format",
           .field = In(&C::partitioner, Text(&PartitionerConfig::path_format)),
           .fallback = "",
           .doc = "For TimeBasedPartitioner: a Joda-Time pattern; `YYYY` is the plain year.",
           .group = kPartitioner},
          {.name = "locale",
           .field = In(&C::partitioner, Text(&PartitionerConfig::locale)),
           .fallback = "",
           .doc =
               "Language of month and day names in path.format; time-based partitioners need it.",
           .group = kPartitioner},
          {.name = "timestamp.extractor",
           .field = In(&C::partitioner, Enum(&PartitionerConfig::extractor,
                                             {{"Wallclock", TimestampExtractor::kWallclock},
                                              {"Record", TimestampExtractor::kRecord},
                                              {"RecordField", TimestampExtractor::kRecordField}})),
           .fallback = "Wallclock",
           .doc =
               "What time a record is from: the clock's (exactly once here), its own, or that of "
               "a field.",
           .group = kPartitioner},
          {.name = "timestamp.field",
           .field = In(&C::partitioner, Text(&PartitionerConfig::timestamp_field, 1)),
           .fallback = "timestamp",
           .doc = "For RecordField: milliseconds or ISO-8601; dots lead into nested fields.",
           .group = kPartitioner},
          {.name = "partitioner.max.open.files",
           .field = Int(&C::open_objects_max, -1),
           .fallback = "-1",
           .importance = Importance::kLow,
           .doc = "Open objects of a topic partition; one more closes these. -1: any number.",
           .group = kPartitioner},
          {.name = "pinlake.partition.schemaless.fields",
           .field = In(&C::partitioner, Bool(&PartitionerConfig::schemaless_fields)),
           .fallback = "false",
           .doc = "FieldPartitioner takes fields of JSON without a schema too.",
           .group = kPartitioner},
          {.name = "pinlake.partition.missing",
           .field = In(&C::partitioner, Text(&PartitionerConfig::missing, 1)),
           .doc = "Encoded partition of records without the field; else they fail the task.",
           .group = kPartitioner},
          {.name = "pinlake.timestamp.spaced",
           .field = In(&C::partitioner, Bool(&PartitionerConfig::spaced_timestamps)),
           .fallback = "false",
           .doc = "RecordField takes `YYYY-MM-DD HH:MM:SS` too, as UTC.",
           .group = kPartitioner},
          {.name = "s3.schema.partition.affix.type",
           .field = Only({"NONE"}),
           .doc = "The schema's name in object keys.",
           .group = kPartitioner},
      },
      S3SinkRules());
  return table;
}

}  // namespace pinlake
