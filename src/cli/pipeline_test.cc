#include "cli/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace pinlake {
namespace {

using ::testing::HasSubstr;

Result<Pipeline> Make(std::string_view text,
                      std::vector<std::pair<std::string, std::string>> sets = {}) {
  ConfigEntries entries;
  for (auto& [key, value] : sets) entries.Set(key, value, "--set");
  ASSIGN_OR_RETURN(const PipelineFile file,
                   ParsePipelineFile(text, "/etc/pinlake/p.yaml", entries, ProcessEnvironment()));
  return MakePipeline(file);
}

constexpr std::string_view kSink = R"(
sinks:
  - name: s
    topics: a
    flush.size: 10
    format.class: io.confluent.connect.s3.format.json.JsonFormat
    value.converter: org.apache.kafka.connect.json.JsonConverter
    value.converter.schemas.enable: false
)";

TEST(PipelineTest, PathsOfTheFileStartInItsDirectoryAndThoseOfSetHere) {
  const auto pipeline = Make("data.dir: data\n");
  ASSERT_TRUE(pipeline) << pipeline.error().message();
  EXPECT_EQ(pipeline->log.embedded.dir, "/etc/pinlake/data/log");
  EXPECT_EQ(pipeline->store.url, "file:///etc/pinlake/data/lake");

  const auto moved = Make("log: {dir: ../l}\nstore: {url: 'file:x'}\n", {{"data.dir", "d"}});
  ASSERT_TRUE(moved) << moved.error().message();
  EXPECT_EQ(moved->log.embedded.dir, "/etc/l");
  EXPECT_EQ(moved->store.url, "file:///etc/pinlake/x");
  EXPECT_EQ(moved->general.data_dir, (std::filesystem::current_path() / "d").string());

  EXPECT_EQ(Make("", {{"store.url", "file:///a/b"}})->store.url, "file:///a/b");
  EXPECT_EQ(Make("", {{"store.url", "s3://bucket/p/q"}})->store.url, "s3://bucket/p/q");
}

TEST(PipelineTest, TopicsHavePartitionsAndConfigs) {
  const auto pipeline = Make(
      "log:\n  partitions: 4\n  topics:\n    - {name: a, partitions: 2, configs: {retention.ms: "
      "5}}\n"
      "    - name: b\n");
  ASSERT_TRUE(pipeline) << pipeline.error().message();
  ASSERT_EQ(pipeline->topics.size(), 2u);
  EXPECT_EQ(pipeline->topics[0].partitions, 2);
  EXPECT_EQ(pipeline->topics[0].configs.at("retention.ms"), "5");
  EXPECT_EQ(pipeline->topics[1].partitions, 4);
}

TEST(PipelineTest, ASinkStoresWhereThePipelineSays) {
  const auto local = Make(kSink);
  ASSERT_TRUE(local) << local.error().message();
  ASSERT_EQ(local->sinks.size(), 1u);
  EXPECT_EQ(local->sinks[0].config.group(), "connect-s");
  const auto s3 = Make(kSink, {{"store.url", "s3://bucket/p"}, {"sinks.s.flush.size", "7"}});
  ASSERT_TRUE(s3) << s3.error().message();
  EXPECT_EQ(s3->sinks[0].config.bucket, "bucket");
  EXPECT_EQ(s3->sinks[0].config.flush_size, 7);
  const auto other = Make(kSink, {{"store.url", "s3://bucket"}, {"sinks.s.s3.bucket.name", "b2"}});
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message(),
              HasSubstr("--set: sinks[0].s3.bucket.name: 'b2' is not the bucket of store.url"));
}

TEST(PipelineTest, EveryPartsProblemsComeInOneAnswer) {
  const auto pipeline = Make(
      "log: {type: kafca, dri: x}\ngateway: {listen: here}\nmemory.budget: 1\nstore: {url: "
      "gs://x}\n"
      "queries: {q: {title: t}}\nsinks: [{name: s}]\n");
  ASSERT_FALSE(pipeline);
  const std::string& message = pipeline.error().message();
  EXPECT_THAT(message, HasSubstr("p.yaml:1: log.type: 'kafca' is not one of the choices "
                                 "(allowed: embedded, kafka)"));
  EXPECT_THAT(message, HasSubstr("p.yaml:1: log.dri: unknown option; did you mean log.dir?"));
  EXPECT_THAT(message, HasSubstr("p.yaml:2: gateway.listen: 'here' is not HOST:PORT"));
  EXPECT_THAT(message, HasSubstr("p.yaml:3: memory.budget: '1' is out of bounds"));
  EXPECT_THAT(message, HasSubstr("store.url: 'gs://x' has a scheme that is not known here"));
  EXPECT_THAT(message, HasSubstr("queries.q.file: a query has either file or sql"));
  EXPECT_THAT(message, HasSubstr("sinks[0].flush.size: required"));
}

TEST(PipelineTest, KafkaTakesClientPropertiesAndRefusesWhatIsOfTheEmbeddedLog) {
  const auto pipeline = Make(
      "log:\n  type: kafka\n  bootstrap.servers: 'PLAINTEXT://b:1'\n"
      "  properties.request.timeout.ms: 5000\n"
      "  topics: [{name: a}, {name: b, replication.factor: 3}]\n");
  ASSERT_TRUE(pipeline) << pipeline.error().message();
  EXPECT_EQ(pipeline->log.kafka.common.at("bootstrap.servers"), "b:1");
  EXPECT_EQ(pipeline->log.kafka.common.at("socket.timeout.ms"), "5000");
  EXPECT_EQ(pipeline->topics[0].replication_factor, -1);
  EXPECT_EQ(pipeline->topics[1].replication_factor, 3);
  EXPECT_EQ(DescribeLog(*pipeline), "kafka://b:1");

  const auto mixed = Make("log: {type: kafka, dir: x}\n");
  ASSERT_FALSE(mixed);
  EXPECT_THAT(mixed.error().message(), HasSubstr("log.dir: only with log.type embedded"));
  EXPECT_THAT(mixed.error().message(), HasSubstr("bootstrap.servers: required"));
  const auto other = Make("log: {bootstrap.servers: 'b:1'}\n");
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message(),
              HasSubstr("log.bootstrap.servers: only with log.type kafka"));
}

TEST(PipelineTest, TheExampleOnAwsIsRight) {
  CommandCall call;
  call.pipeline_file = PINLAKE_SOURCE_DIR "/examples/pinterest/pipeline.aws.yaml";
  const auto pipeline = LoadPipeline(call);
  ASSERT_TRUE(pipeline) << pipeline.error().message();
  EXPECT_TRUE(pipeline->log.kafka.tokens);
  EXPECT_EQ(pipeline->log.kafka.common.at("sasl.mechanism"), "OAUTHBEARER");
  EXPECT_EQ(pipeline->sinks.at(0).config.bucket, "user-129a67850695-bucket");
}

TEST(PipelineTest, TheExampleIsRight) {
  CommandCall call;
  call.pipeline_file = PINLAKE_SOURCE_DIR "/examples/pinterest/pipeline.yaml";
  const auto pipeline = LoadPipeline(call);
  ASSERT_TRUE(pipeline) << pipeline.error().message();
  EXPECT_EQ(pipeline->topics.size(), 3u);
  EXPECT_EQ(pipeline->sinks.at(0).config.rotate_schedule_ms, 2000);
  EXPECT_EQ(pipeline->queries.size(), 3u);
  EXPECT_TRUE(pipeline->warnings.empty());
}

}  // namespace
}  // namespace pinlake
