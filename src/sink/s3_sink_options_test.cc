#include "sink/s3_sink_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "config/properties.h"

namespace pinlake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

// As a user of MSK Connect has it.
constexpr const char* kMskConnector = R"(connector.class=io.confluent.connect.s3.S3SinkConnector
# same region as our bucket and cluster
s3.region=us-east-1
flush.size=1
schema.compatibility=NONE
tasks.max=3
topics.regex=129a67850695.*
format.class=io.confluent.connect.s3.format.json.JsonFormat
partitioner.class=io.confluent.connect.storage.partitioner.DefaultPartitioner
value.converter.schemas.enable=false
value.converter=org.apache.kafka.connect.json.JsonConverter
storage.class=io.confluent.connect.s3.storage.S3Storage
key.converter=org.apache.kafka.connect.storage.StringConverter
s3.bucket.name=user-129a67850695-bucket
)";

ConfigEntries Entries(const std::string& more = {}, const std::string& without = {}) {
  auto entries = ParseProperties(std::string(kMskConnector) + more, "s3.properties").value();
  std::erase_if(entries.entries, [&](const ConfigEntry& entry) { return entry.key == without; });
  return entries;
}
Parsed<S3SinkConfig> Accepted(const std::string& more = {}) {
  auto parsed = ParseS3SinkProperties(Entries(more));
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message());
  return parsed ? *std::move(parsed) : Parsed<S3SinkConfig>{};
}
std::string Problems(const std::string& more, const std::string& without = {}) {
  const auto parsed = ParseS3SinkProperties(Entries(more, without));
  return parsed ? "" : parsed.error().message();
}

TEST(S3SinkOptionsTest, TakesAnMskConnectFileAsItIs) {
  const auto parsed = Accepted();
  const S3SinkConfig& config = parsed.config;
  EXPECT_THAT(parsed.warnings, IsEmpty());
  EXPECT_EQ(config.name, "S3-sink");
  EXPECT_EQ(config.group(), "connect-S3-sink");
  EXPECT_EQ(config.tasks_max, 3);
  EXPECT_EQ(config.flush_size, 1);
  EXPECT_EQ(config.topics_regex, "129a67850695.*");
  EXPECT_EQ(config.bucket, "user-129a67850695-bucket");
  EXPECT_EQ(config.region, "us-east-1");
  EXPECT_EQ(config.format, ObjectFormat::kJson);
  EXPECT_TRUE(config.path_style);
  EXPECT_FALSE(config.ignore_nulls || config.tolerate_errors);
  EXPECT_EQ(config.retry_backoff, Millis(5000));
  EXPECT_EQ(config.s3_attempts_max, 3);
  EXPECT_EQ(config.value_converter(),
            (ConverterConfig{"org.apache.kafka.connect.json.JsonConverter",
                             {{"schemas.enable", "false"}}}));
  EXPECT_EQ(TopicPrefix(config.naming(), TopicName("t")), "topics/t/");
  EXPECT_EQ(config.naming().offset_pad_width, 10);
}

// The names of the connector's and the framework's own definitions.
TEST(S3SinkOptionsTest, KnowsEveryPropertyOfTheOriginal) {
  for (const char* name : {
           "format.class",
           "flush.size",
           "rotate.interval.ms",
           "rotate.schedule.interval.ms",
           "schemas.cache.config",
           "enhanced.avro.schema.support",
           "connect.meta.data",
           "retry.backoff.ms",
           "shutdown.timeout.ms",
           "filename.offset.zero.pad.width",
           "avro.codec",
           "parquet.codec",
           "allow.optional.map.keys",
           "schema.compatibility",
           "s3.bucket.name",
           "s3.region",
           "s3.part.size",
           "s3.object.tagging",
           "s3.object.tagging.key.value.pairs",
           "s3.object.behavior.on.tagging.error",
           "s3.credentials.provider.class",
           "s3.credentials.provider.sts.role.arn",
           "s3.credentials.provider.sts.role.session.name",
           "s3.credentials.provider.sts.role.external.id",
           "s3.credentials.provider.sts.region",
           "aws.access.key.id",
           "aws.secret.access.key",
           "s3.ssea.name",
           "s3.sse.customer.key",
           "s3.sse.kms.key.id",
           "s3.acl.canned",
           "s3.wan.mode",
           "s3.compression.type",
           "s3.compression.level",
           "json.decimal.format",
           "s3.part.retries",
           "s3.retry.backoff.ms",
           "format.bytearray.extension",
           "format.bytearray.separator",
           "s3.proxy.url",
           "s3.proxy.user",
           "s3.proxy.password",
           "s3.http.send.expect.continue",
           "behavior.on.null.values",
           "report.null.values.to.dlq",
           "max.write.duration.ms",
           "rotate.file.on.partition.change",
           "tombstone.encoded.partition",
           "s3.schema.partition.affix.type",
           "s3.send.digest",
           "enable.conditional.writes",
           "max.files.scan.limit",
           "partitioner.max.open.files",
           "store.kafka.keys",
           "store.kafka.headers",
           "keys.format.class",
           "headers.format.class",
           "s3.path.style.access.enabled",
           "s3.elastic.buffer.enable",
           "s3.elastic.buffer.init.capacity",
           "storage.class",
           "topics.dir",
           "store.url",
           "directory.delim",
           "file.delim",
           "partitioner.class",
           "partition.field.name",
           "partition.duration.ms",
           "path.format",
           "locale",
           "timezone",
           "timestamp.extractor",
           "timestamp.field",
           "name",
           "connector.class",
           "tasks.max",
           "tasks.max.enforce",
           "topics",
           "topics.regex",
           "key.converter",
           "value.converter",
           "header.converter",
           "errors.tolerance",
           "errors.deadletterqueue.topic.name",
           "errors.deadletterqueue.topic.replication.factor",
           "errors.deadletterqueue.context.headers.enable",
           "errors.log.enable",
           "errors.log.include.messages",
           "errors.retry.timeout",
           "errors.retry.delay.max.ms",
           "transforms",
           "transforms.a.type",
           "transforms.a.field",
           "transforms.a.predicate",
           "transforms.a.negate",
           "predicates.p.type",
           "consumer.override.max.poll.records",
           "config.action.reload",
           "producer.override.acks",
           "admin.override.retries",
       }) {
    EXPECT_NE(S3SinkOptions().Find(name), nullptr) << name;
  }
}

TEST(S3SinkOptionsTest, TakesWhatIsHonoured) {
  const auto config =
      Accepted(
          "name=pins\nbehavior.on.null.values=IGNORE\nerrors.tolerance=ALL\ntopics.dir=raw\n"
          "directory.delim=_\nfile.delim=-\nfilename.offset.zero.pad.width=4\n"
          "rotate.schedule.interval.ms=5000\ntimezone=Europe/Berlin\nstore.url=file:///lake\n"
          "s3.path.style.access.enabled=false\naws.access.key.id=A\naws.secret.access.key=B\n"
          "consumer.override.auto.offset.reset=latest\ns3.part.retries=7\n")
          .config;
  EXPECT_EQ(config.group(), "connect-pins");
  EXPECT_TRUE(config.ignore_nulls && config.tolerate_errors);
  EXPECT_EQ(TopicPrefix(config.naming(), TopicName("t")), "raw_t_");
  EXPECT_EQ(config.naming().file_delim, "-");
  EXPECT_EQ(config.naming().offset_pad_width, 4);
  EXPECT_EQ(config.rotate_schedule_ms, 5000);
  EXPECT_EQ(config.store_url, "file:///lake");
  EXPECT_FALSE(config.path_style);
  EXPECT_EQ(config.secret_access_key.reveal(), "B");
  EXPECT_EQ(config.start_offset, StartOffset::kLatest);
  EXPECT_EQ(config.s3_attempts_max, 7);
  EXPECT_EQ(TopicPrefix(Accepted("topics.dir=\n").config.naming(), TopicName("t")), "t/");
}

TEST(S3SinkOptionsTest, NamesWhatItIgnores) {
  const auto parsed =
      Accepted("s3.part.size=5242880\nvalue.converter.decimal.format=NUMERIC\nmade.up=1\n");
  ASSERT_EQ(parsed.warnings.size(), 3u);
  EXPECT_THAT(parsed.warnings[0], HasSubstr("s3.properties:15: s3.part.size: is ignored"));
  EXPECT_THAT(parsed.warnings[1], HasSubstr("made.up: unknown option"));
  EXPECT_THAT(parsed.warnings[2], HasSubstr("value.converter.decimal.format: is ignored"));
}

TEST(S3SinkOptionsTest, RefusesByNameWhatItDoesNotDo) {
  for (const char* line :
       {"transforms=a",
        "transforms.a.type=x",
        "predicates=p",
        "predicates.p.type=x",
        "errors.deadletterqueue.topic.name=dlq",
        "s3.compression.type=gzip",
        "s3.wan.mode=true",
        "store.kafka.keys=true",
        "store.kafka.headers=true",
        "behavior.on.null.values=write",
        "s3.proxy.url=http://p",
        "s3.credentials.provider.class=com.example.MyProvider",
        "s3.ssea.name=AES128",
        "s3.acl.canned=everybody",
        "s3.schema.partition.affix.type=PREFIX",
        "format.class=io.confluent.connect.s3.format.avro.AvroFormat",
        "partitioner.class=io.confluent.connect.storage.partitioner.HourlyPartitioner",
        "schema.compatibility=none of these",
        "filename.offset.zero.pad.width=0",
        "flush.size=0",
        "connector.class=io.confluent.connect.hdfs.HdfsSinkConnector",
        "errors.log.enable=true",
        "pinlake.seal.on.stop=true"}) {
    const std::string text(line);
    EXPECT_THAT(Problems(text + "\n"), HasSubstr(text.substr(0, text.find('=')) + ": ")) << line;
  }
}

TEST(S3SinkOptionsTest, TakesTheDefaultsOfWhatItDoesNotDo) {
  EXPECT_THAT(
      Accepted("transforms=\ns3.compression.type=none\ns3.object.tagging=FALSE\ns3.ssea.name=\n"
               "store.kafka.keys=false\n")
          .warnings,
      IsEmpty());
}

TEST(S3SinkOptionsTest, ChecksPropertiesAgainstEachOther) {
  EXPECT_THAT(Problems("topics=a\n"), HasSubstr("give exactly one of topics and topics.regex"));
  EXPECT_THAT(Problems("", "topics.regex"), HasSubstr("give exactly one of"));
  EXPECT_THAT(Problems("topics.regex=(\n"), HasSubstr("topics.regex: topic pattern: "));
  EXPECT_THAT(Problems("topics=a/b\n", "topics.regex"), HasSubstr("'a/b' is no topic name"));
  EXPECT_THAT(Problems("rotate.schedule.interval.ms=1000\n"), HasSubstr("needs timezone"));
  EXPECT_THAT(Problems("rotate.schedule.interval.ms=1000\ntimezone=Mars/North\n"),
              HasSubstr("Mars/North"));
  EXPECT_THAT(Problems("aws.access.key.id=A\n"), HasSubstr("give both or neither"));
  EXPECT_THAT(Problems("store.url=ftp://x\n"), HasSubstr("'ftp' is not supported"));
  EXPECT_THAT(Problems("store.url=file://x\n"), HasSubstr("needs an absolute path"));
  EXPECT_THAT(Problems("value.converter.schemas.enable=true\n"),
              HasSubstr("value.converter: schemas.enable=true is not supported yet"));
  EXPECT_THAT(Problems("key.converter=io.confluent.connect.avro.AvroConverter\n"),
              HasSubstr("key.converter: 'io.confluent.connect.avro.AvroConverter'"));
}

TEST(S3SinkOptionsTest, TakesHowObjectsAreEncryptedTaggedAndSigned) {
  const std::string key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
  const auto config = Accepted("s3.ssea.name=AES256\ns3.sse.customer.key=" + key +
                               "\ns3.acl.canned=bucket-owner-read\ns3.object.tagging=true\n"
                               "s3.object.tagging.key.value.pairs=team:pins,at:12:30\n"
                               "s3.object.behavior.on.tagging.error=FAIL\ns3.wan.mode=true\n"
                               "s3.path.style.access.enabled=false\ns3.send.digest=true\n"
                               "pinlake.s3.storage.class=STANDARD_IA\n"
                               "s3.credentials.provider.class="
                               "io.confluent.connect.s3.auth.AwsAssumeRoleCredentialsProvider\n"
                               "s3.credentials.provider.sts.role.arn=arn:aws:iam::1:role/r\n"
                               "s3.credentials.provider.sts.role.session.name=s\n")
                          .config;
  EXPECT_EQ(config.customer_key.reveal(), key);
  EXPECT_EQ(config.acl, "bucket-owner-read");
  EXPECT_TRUE(config.tag_objects && config.tags_required && config.accelerate &&
              config.send_digest && config.assume_role);
  EXPECT_THAT(*config.tags(),
              testing::ElementsAre(testing::Pair("team", "pins"), testing::Pair("at", "12:30")));
  EXPECT_EQ(config.storage_class, "STANDARD_IA");
}

TEST(S3SinkOptionsTest, RefusesEncryptionTagsAndRolesThatDoNotFitTogether) {
  EXPECT_THAT(Problems("s3.ssea.name=AES256\ns3.sse.customer.key=hushhush\n"),
              testing::AllOf(HasSubstr("is not base64 of 32 bytes"), Not(HasSubstr("hushhush"))));
  EXPECT_THAT(Problems("s3.sse.customer.key=hushhush\n"), HasSubstr("is for encryption AES256"));
  EXPECT_THAT(Problems("s3.sse.kms.key.id=k\n"), HasSubstr("is for encryption aws:kms"));
  EXPECT_THAT(Problems("s3.wan.mode=true\n"), HasSubstr("s3.path.style.access.enabled=false"));
  EXPECT_THAT(Problems("s3.object.tagging.key.value.pairs=a\n"),
              HasSubstr("'a' is not name:value"));
  EXPECT_THAT(Problems("s3.object.tagging.key.value.pairs=endOffset:1\n"),
              HasSubstr("'endOffset' is there already"));
  EXPECT_THAT(Problems("s3.object.tagging.key.value.pairs=a:,b:,c:,d:,e:,f:,g:,h:\n"),
              HasSubstr("8 tags; at most 7"));
  EXPECT_THAT(Problems("s3.credentials.provider.class="
                       "io.confluent.connect.s3.auth.AwsAssumeRoleCredentialsProvider\n"),
              HasSubstr("needs s3.credentials.provider.sts.role.arn"));
}

TEST(S3SinkOptionsTest, AnswersAllProblemsAtOnce) {
  const std::string problems = Problems("flush.size=x\ns3.acl.canned=all\n", "s3.bucket.name");
  EXPECT_THAT(problems, HasSubstr("s3.properties:15: flush.size: 'x' is not an integer"));
  EXPECT_THAT(problems,
              HasSubstr("s3.properties:16: s3.acl.canned: 'all' is not one of the choices"));
  EXPECT_THAT(problems, HasSubstr("s3.properties: s3.bucket.name: required"));
}

TEST(S3SinkOptionsTest, NeverShowsTheSecretKey) {
  const auto parsed = Accepted("aws.access.key.id=A\naws.secret.access.key=hush\n");
  for (const auto& [name, value] : S3SinkOptions().Dump(parsed.config, parsed.given))
    EXPECT_THAT(value, Not(HasSubstr("hush"))) << name;
  EXPECT_THAT(Problems("s3.proxy.password=hush\n"), Not(HasSubstr("hush")));
}

TEST(S3SinkOptionsTest, ReadsTheJsonOfConnectsRestApi) {
  const auto entries = ParseConnectorJson(
      R"({"name":"pins","config":{"flush.size":"3","tasks.max":2,"store.kafka.keys":false}})",
      "c.json");
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->Find("name")->value, "pins");
  EXPECT_EQ(entries->Find("tasks.max")->value, "2");
  EXPECT_EQ(entries->Find("store.kafka.keys")->value, "false");
  EXPECT_EQ(ParseConnectorJson(R"({"flush.size":"3"})", "c.json")->Find("flush.size")->value, "3");
  EXPECT_THAT(ParseConnectorJson("[]", "c.json").error().message(), HasSubstr("not array"));
  EXPECT_THAT(ParseConnectorJson(R"({"a":[]})", "c.json").error().message(),
              HasSubstr("c.json: a: a value must be text, not array"));
}

TEST(S3SinkOptionsTest, AWorkerGivesTheConvertersThatAConnectorLeavesOut) {
  const auto worker = ParseProperties(
      "value.converter=W\nvalue.converter.schemas.enable=true\nkey.converter=K\n"
      "key.converter.x=1\nconsumer.auto.offset.reset=latest\nbootstrap.servers=b\n",
      "worker.properties");
  const auto merged = WithWorkerDefaults(Entries({}, "key.converter"), *worker);
  EXPECT_EQ(merged.Find("value.converter")->value, "org.apache.kafka.connect.json.JsonConverter");
  EXPECT_EQ(merged.Find("value.converter.schemas.enable")->value, "false");
  EXPECT_EQ(merged.Find("key.converter")->value, "K");
  EXPECT_EQ(merged.Find("key.converter.x")->value, "1");
  EXPECT_EQ(merged.Find("consumer.override.auto.offset.reset")->value, "latest");
  EXPECT_EQ(merged.Find("bootstrap.servers"), nullptr);
}

TEST(S3SinkOptionsTest, RecordsWhatDecidesNamesAndBoundaries) {
  const auto parsed = Accepted("topics.dir=raw\nfile.delim=+\ntimezone=UTC\nretry.backoff.ms=1\n");
  EXPECT_THAT(RecordedProperties(parsed),
              ElementsAre(Pair("flush.size", "1"),
                          Pair("format.class", "io.confluent.connect.s3.format.json.JsonFormat"),
                          Pair("key.converter", "org.apache.kafka.connect.storage.StringConverter"),
                          Pair("timezone", "UTC"), Pair("topics.dir", "raw"),
                          Pair("value.converter", "org.apache.kafka.connect.json.JsonConverter"),
                          Pair("value.converter.schemas.enable", "false")));
}

TEST(S3SinkOptionsTest, WorksUnderRecordedPropertiesUntilTheirCutsAreRepeated) {
  const auto before = RecordedProperties(Accepted("topics.dir=raw\n"));
  const ConfigEntries today = Entries("flush.size=500\nfile.delim=-\ns3.part.retries=9\n");
  const auto under = UnderRecorded(today, before);
  ASSERT_TRUE(under) << under.error().message();
  EXPECT_EQ(under->config.flush_size, 1);
  EXPECT_EQ(under->config.topics_dir, "raw");
  EXPECT_EQ(under->config.file_delim, "+");
  EXPECT_EQ(under->config.s3_attempts_max, 9);
  EXPECT_EQ(RecordedProperties(*under), before);

  const auto later = UnderRecorded(today, {{"flush.size", "1"}, {"format.class", "x.CsvFormat"}});
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().kind(), ErrorKind::kUnsupported);
  EXPECT_THAT(later.error().message(),
              HasSubstr("the committed offset: format.class: 'x.CsvFormat'"));
}

/// docs/connector-properties.md is the table; PINLAKE_UPDATE_DOCS=1 writes it anew.
TEST(S3SinkOptionsTest, DocumentationIsTheTable) {
  const std::string path = PINLAKE_SOURCE_DIR "/docs/connector-properties.md";
  const std::string expected =
      "# Connector properties\n\n"
      "Of `pinlake sink FILE` and of `sinks` in pipeline.yaml. Generated from the option table in\n"
      "`src/sink/s3_sink_options.cc`; names and defaults are those of kafka-connect-s3 and Kafka "
      "Connect.\n"
      "Every property that is ignored or refused is named when the sink starts.\n\n" +
      S3SinkOptions().Markdown();
  if (std::getenv("PINLAKE_UPDATE_DOCS") != nullptr) std::ofstream(path) << expected;
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(text, expected) << "run the test with PINLAKE_UPDATE_DOCS=1";
}

}  // namespace
}  // namespace pinlake
