#include "log/kafka/diagnosis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinlake::kafka {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(DiagnosisTest, ACertificatesTroubleIsToldApart) {
  const auto of = [](const std::string& why) {
    return Diagnose(std::string(kCertificateRefused) + why + " (b:9093)", {.protocol = "ssl"});
  };
  EXPECT_THAT(of("certificate has expired").text, HasSubstr("renew it on the broker"));
  EXPECT_THAT(of("hostname mismatch").text, StartsWith("ssl.endpoint.identification.algorithm: "));
  EXPECT_THAT(of("IP address mismatch").text,
              StartsWith("ssl.endpoint.identification.algorithm: "));
  for (const char* why :
       {"self-signed certificate in certificate chain", "unable to get local issuer certificate"}) {
    const auto diagnosis = of(why);
    EXPECT_THAT(diagnosis.text, StartsWith("ssl.truststore.location: ")) << why;
    EXPECT_TRUE(diagnosis.final) << why;
    EXPECT_EQ(diagnosis.kind, ErrorKind::kUnauthenticated) << why;
  }
}

TEST(DiagnosisTest, ARefusedTokenPointsAtMskAndARefusedPasswordAtTheLoginLine) {
  const char* denied =
      "sasl_ssl://b:9098/1: SASL authentication error: {\"status\":\"Access denied\"}";
  EXPECT_THAT(Diagnose(denied, {"sasl_ssl", "OAUTHBEARER", true}).text,
              HasSubstr("kafka-cluster:Connect"));
  EXPECT_THAT(Diagnose(denied, {"sasl_ssl", "OAUTHBEARER", false}).text,
              StartsWith("sasl.jaas.config: "));
}

TEST(DiagnosisTest, TooManyConnectsIsAskedAgain) {
  const auto diagnosis = Diagnose("SASL authentication error: [7f]: Too many connects",
                                  {"sasl_ssl", "OAUTHBEARER", true});
  EXPECT_FALSE(diagnosis.final);
  EXPECT_EQ(diagnosis.kind, ErrorKind::kThrottled);
}

TEST(DiagnosisTest, SilencePointsAtTheProtocolThatMayBeWanted) {
  for (const auto& [protocol, wanted] :
       {std::pair("", "SSL, SASL_SSL or SASL_PLAINTEXT"), std::pair("ssl", "SASL_SSL"),
        std::pair("sasl_plaintext", "SASL_SSL or PLAINTEXT"), std::pair("sasl_ssl", "SSL")}) {
    for (const char* said :
         {"", "b:1/bootstrap: Disconnected: connection closed by peer: receive 0 after POLLIN"}) {
      const auto diagnosis = Diagnose(said, {.protocol = protocol});
      EXPECT_THAT(diagnosis.text, StartsWith("security.protocol: ")) << protocol;
      EXPECT_THAT(diagnosis.text, HasSubstr(std::string("wants ") + wanted + ",")) << protocol;
      EXPECT_FALSE(diagnosis.final);
    }
  }
}

TEST(DiagnosisTest, ACutIsToldAlikeHoweverItIsNoticed) {
  for (const char* cut : {"Disconnected: SSL connection closed by peer (after 1ms in state UP)",
                          "Send failed: SSL transport error: Broken pipe (after 0ms in state UP)",
                          "Receive failed: Connection reset by peer (after 0ms in state UP)"})
    EXPECT_THAT(Diagnose(cut, {.protocol = "ssl"}).text, HasSubstr("wants SASL_SSL, write that"))
        << cut;
  for (const char* cut :
       {"SSL handshake failed: Disconnected: SSL connection closed by peer: connecting to a "
        "PLAINTEXT broker listener? (after 1ms in state SSL_HANDSHAKE)",
        "SSL handshake failed: SSL transport error: Connection reset by peer",
        "Disconnected: SSL connection closed by peer (after 0ms in state SSL_HANDSHAKE)"})
    EXPECT_THAT(Diagnose(cut, {.protocol = "ssl"}).text, HasSubstr("does not speak TLS")) << cut;
}

TEST(DiagnosisTest, WhatNobodyKnowsIsStillAboutTheBrokers) {
  EXPECT_THAT(Diagnose("the moon is full", {}).text, StartsWith("bootstrap.servers: "));
}

TEST(DiagnosisTest, CountsAreLeftOut) {
  EXPECT_EQ(
      WithoutCounts("b:1: refused (after 0ms in state CONNECT, 3 identical error(s) suppressed)"),
      "b:1: refused");
  EXPECT_EQ(WithoutCounts("b:1: refused (by b)"), "b:1: refused (by b)");
  EXPECT_EQ(WithoutCounts(""), "");
}

}  // namespace
}  // namespace pinlake::kafka
