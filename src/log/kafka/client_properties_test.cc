#include "log/kafka/client_properties.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config_file.h"

namespace pinlake::kafka {
namespace {

using testing::HasSubstr;
using testing::Not;

ConfigEntries Entries(std::initializer_list<std::pair<const char*, const char*>> pairs) {
  ConfigEntries entries;
  entries.file = "client.properties";
  int line = 0;
  for (const auto& [key, value] : pairs) entries.Set(key, value, "client.properties", ++line);
  return entries;
}

TranslatedProperties Translated(const ConfigEntries& entries,
                                ClientRole role = ClientRole::kCommon) {
  auto result = TranslateClientProperties(entries, role);
  EXPECT_TRUE(result) << result.error().message();
  return result ? *result : TranslatedProperties{};
}

std::string Problems(const ConfigEntries& entries) {
  const auto result = TranslateClientProperties(entries, ClientRole::kCommon);
  EXPECT_FALSE(result);
  return result ? std::string() : result.error().message();
}

TEST(ClientPropertiesTest, MskIamBecomesOAuthBearerWithATokenOfOurs) {
  const auto translated = Translated(Entries({
      {"security.protocol", "SASL_SSL"},
      {"sasl.mechanism", "AWS_MSK_IAM"},
      {"sasl.jaas.config",
       R"(software.amazon.msk.auth.iam.IAMLoginModule required awsRoleArn="arn:aws:iam::123456789012:role/access";)"},
      {"sasl.client.callback.handler.class",
       "software.amazon.msk.auth.iam.IAMClientCallbackHandler"},
  }));
  EXPECT_EQ(translated.properties.at("security.protocol"), "sasl_ssl");
  EXPECT_EQ(translated.properties.at("sasl.mechanism"), "OAUTHBEARER");
  ASSERT_TRUE(translated.msk_iam);
  EXPECT_EQ(translated.msk_iam->options.at("awsRoleArn"), "arn:aws:iam::123456789012:role/access");
}

TEST(ClientPropertiesTest, ServersLoseTheirSchemeAndBlanks) {
  EXPECT_EQ(Translated(Entries({{"bootstrap.servers", "PLAINTEXT://a:9092, b:9093 ,SSL://c:1"}}))
                .properties.at("bootstrap.servers"),
            "a:9092,b:9093,c:1");
}

TEST(ClientPropertiesTest, JavaNamesBecomeLibrdkafkas) {
  const auto translated = Translated(Entries({{"request.timeout.ms", "20000"},
                                              {"fetch.max.wait.ms", "300"},
                                              {"buffer.memory", "33554432"},
                                              {"receive.buffer.bytes", "-1"}}));
  EXPECT_EQ(translated.properties.at("socket.timeout.ms"), "20000");
  EXPECT_EQ(translated.properties.at("fetch.wait.max.ms"), "300");
  EXPECT_EQ(translated.properties.at("queue.buffering.max.kbytes"), "32768");
  EXPECT_EQ(translated.properties.at("socket.receive.buffer.bytes"), "0");
}

TEST(ClientPropertiesTest, LibrdkafkasOwnNamesPassThrough) {
  EXPECT_EQ(Translated(Entries({{"statistics.interval.ms", "5"}}))
                .properties.at("statistics.interval.ms"),
            "5");
}

TEST(ClientPropertiesTest, ScramTakesUserAndPasswordFromJaas) {
  const auto translated = Translated(Entries({
      {"security.protocol", "SASL_PLAINTEXT"},
      {"sasl.mechanism", "SCRAM-SHA-512"},
      {"sasl.jaas.config",
       R"(org.apache.kafka.common.security.scram.ScramLoginModule required username="ann" password="pa;ss";)"},
  }));
  EXPECT_EQ(translated.properties.at("sasl.username"), "ann");
  EXPECT_EQ(translated.properties.at("sasl.password"), "pa;ss");
}

TEST(ClientPropertiesTest, ASecretInTheWrongPlaceIsInNoMessage) {
  for (const auto& entries : {Entries({{"security.protocol", "SASL_SSL"},
                                       {"sasl.mechanism", "PLAIN"},
                                       {"sasl.jaas.config", "geheim required a=\"b\";"}}),
                              Entries({{"security.protocol", "SASL_SSL"},
                                       {"sasl.mechanism", "PLAIN"},
                                       {"sasl.jaas.config", "geheim;"}}),
                              Entries({{"sasl.oauthbearer.client.secret", "geheim"},
                                       {"sasl.oauthbearer.method", "nothing"}})}) {
    EXPECT_THAT(Problems(entries), testing::Not(HasSubstr("geheim")));
  }
}

TEST(ClientPropertiesTest, WhatHasNoEffectIsNamedOnce) {
  const auto translated = Translated(
      Entries({{"ssl.protocol", "TLSv1.3"}, {"key.serializer", "a.b.C"}, {"no.such.thing", "1"}}));
  ASSERT_EQ(translated.warnings.size(), 2u);
  EXPECT_THAT(translated.warnings[0], HasSubstr("client.properties:1: ssl.protocol: ignored"));
  EXPECT_THAT(translated.warnings[1], HasSubstr("no.such.thing"));
}

TEST(ClientPropertiesTest, AllProblemsOfAFileComeInOneAnswer) {
  const auto problems = Problems(Entries({
      {"security.protocol", "SASL_TLS"},
      {"sasl.mechanism", "GSSAPI"},
      {"interceptor.classes", "a.B"},
      {"ssl.truststore.location", "/no/such/store.jks"},
      {"socket.timeout.ms", "soon"},
  }));
  EXPECT_THAT(problems, HasSubstr("client.properties:1: security.protocol: 'SASL_TLS' is not a "
                                  "security protocol (allowed: PLAINTEXT"));
  EXPECT_THAT(problems,
              HasSubstr("client.properties:2: sasl.mechanism: GSSAPI (Kerberos) is not supported"));
  EXPECT_THAT(problems, HasSubstr("client.properties:3: interceptor.classes: not supported"));
  EXPECT_THAT(problems, HasSubstr("/no/such/store.jks"));
  EXPECT_THAT(problems, HasSubstr("client.properties:5: socket.timeout.ms"));
}

TEST(ClientPropertiesTest, SecretsStayOutOfMessages) {
  const auto problems = Problems(Entries({
      {"sasl.mechanism", "PLAIN"},
      {"sasl.jaas.config",
       R"(org.apache.kafka.common.security.scram.ScramLoginModule required username="ann" password="geheim";)"},
  }));
  EXPECT_THAT(problems, HasSubstr("this mechanism needs PlainLoginModule"));
  EXPECT_THAT(problems, Not(HasSubstr("geheim")));
}

TEST(ClientPropertiesTest, ForeignCallbackHandlersAreRefused) {
  EXPECT_THAT(Problems(Entries({{"security.protocol", "SASL_SSL"},
                                {"sasl.mechanism", "AWS_MSK_IAM"},
                                {"sasl.client.callback.handler.class", "com.acme.Handler"}})),
              HasSubstr("com.acme.Handler can't be loaded here"));
}

TEST(ClientPropertiesTest, IamWithoutTlsIsRefused) {
  EXPECT_THAT(Problems(Entries(
                  {{"security.protocol", "SASL_PLAINTEXT"}, {"sasl.mechanism", "AWS_MSK_IAM"}})),
              HasSubstr("needs security.protocol=SASL_SSL"));
}

}  // namespace
}  // namespace pinlake::kafka
