#include "cli/kafka_rest_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/properties.h"

namespace pinlake {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

Result<KafkaRestFile> Read(std::string_view text) {
  const auto entries = ParseProperties(text, "kafka-rest.properties");
  EXPECT_TRUE(entries.has_value());
  return ReadKafkaRestFile(*entries);
}

std::string Setting(const KafkaRestFile& file, std::string_view key) {
  const ConfigEntry* entry = file.settings.Find(key);
  return entry == nullptr ? "" : entry->value;
}

// As in the reference project, with what IAM needs.
constexpr std::string_view kReference = R"(
id=kafka-rest-test-server
zookeeper.connect=z-1.example.com:2181
bootstrap.servers=SASL_SSL://b-1.example.com:9098, b-2.example.com:9098
client.security.protocol = SASL_SSL
client.sasl.mechanism = AWS_MSK_IAM
client.sasl.jaas.config = software.amazon.msk.auth.iam.IAMLoginModule required awsRoleArn="arn:aws:iam::1:role/r";
client.sasl.client.callback.handler.class = software.amazon.msk.auth.iam.IAMClientCallbackHandler
producer.linger.ms=5
consumer.max.poll.records=100
consumer.session.timeout.ms=10000
)";

TEST(KafkaRestFileTest, TheReferencesFileBecomesAGatewayOnItsCluster) {
  const auto file = Read(kReference);
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ(Setting(*file, "log.type"), "kafka");
  EXPECT_EQ(Setting(*file, "log.bootstrap.servers"), "b-1.example.com:9098,b-2.example.com:9098");
  EXPECT_EQ(Setting(*file, "log.properties.sasl.mechanism"), "AWS_MSK_IAM");
  EXPECT_EQ(Setting(*file, "gateway.id"), "kafka-rest-test-server");
  EXPECT_EQ(Setting(*file, "gateway.listen"), "127.0.0.1:8082");
  EXPECT_EQ(Setting(*file, "gateway.consumer.max.poll.records"), "100");
  ASSERT_EQ(file->producer.entries.size(), 1u);
  EXPECT_EQ(file->producer.entries[0].key, "linger.ms");
  ASSERT_EQ(file->consumer.entries.size(), 1u) << "the proxy's own consumer.* are no client's";
  EXPECT_EQ(file->consumer.entries[0].key, "session.timeout.ms");
  EXPECT_THAT(file->warnings, Contains(HasSubstr("zookeeper.connect")));
  EXPECT_THAT(file->warnings, Contains(HasSubstr("listeners")));
}

TEST(KafkaRestFileTest, ListenersAndNamesAreTaken) {
  const auto file = Read(
      "bootstrap.servers=b:9092\nlisteners=http://0.0.0.0:8089\nhost.name=rest.example.com\n"
      "port=80\n");
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ(Setting(*file, "gateway.listen"), "0.0.0.0:8089");
  EXPECT_EQ(Setting(*file, "gateway.host.name"), "rest.example.com:80");
}

TEST(KafkaRestFileTest, AProtocolInFrontOfTheServersIsTheClients) {
  const auto file = Read("bootstrap.servers=SSL://b:9093");
  ASSERT_TRUE(file);
  EXPECT_EQ(Setting(*file, "log.properties.security.protocol"), "SSL");
}

TEST(KafkaRestFileTest, WhatCanNotBeServedIsRefusedByNameAndLine) {
  for (const auto* line :
       {"authentication.method=BASIC", "api.endpoints.blocklist=api.v2.topics.list",
        "rate.limit.enable=true", "kafka.rest.resource.extension.class=com.example.X",
        "listeners=https://0.0.0.0:8083", "listeners=http://a:1,http://b:2"}) {
    const auto refused = Read(std::string("bootstrap.servers=b:9092\n") + line);
    ASSERT_FALSE(refused) << line;
    EXPECT_THAT(refused.error().message(), HasSubstr("kafka-rest.properties:2: "));
  }
  EXPECT_THAT(Read("id=x").error().message(), HasSubstr("bootstrap.servers: required"));
  EXPECT_TRUE(
      Read("bootstrap.servers=b:9092\nauthentication.method=NONE\nrate.limit.enable=false"));
}

TEST(KafkaRestFileTest, SecretsOfClientsAreNotShown) {
  const auto refused = Read("id=x\nclient.ssl.key.password=topsecret\nclient.nonsense=topsecret");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), ::testing::Not(HasSubstr("topsecret")));
}

}  // namespace
}  // namespace pinlake
