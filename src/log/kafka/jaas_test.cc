#include "log/kafka/jaas.h"

#include <gtest/gtest.h>

namespace pinlake::kafka {
namespace {

TEST(JaasTest, ReadsTheModuleOfMskUsers) {
  const auto modules = ParseJaas(
      R"(software.amazon.msk.auth.iam.IAMLoginModule required awsRoleArn="arn:aws:iam::1:role/a b" awsDebugCreds=true;)");
  ASSERT_TRUE(modules) << modules.error().message();
  ASSERT_EQ(modules->size(), 1u);
  EXPECT_EQ(modules->at(0).module, "software.amazon.msk.auth.iam.IAMLoginModule");
  EXPECT_EQ(modules->at(0).flag, "required");
  EXPECT_EQ(modules->at(0).options.at("awsRoleArn"), "arn:aws:iam::1:role/a b");
  EXPECT_EQ(modules->at(0).options.at("awsDebugCreds"), "true");
}

TEST(JaasTest, EscapesAndSeveralModules) {
  const auto modules = ParseJaas("A required x = \"q\\\"uote\" ;\n B sufficient y='1';");
  ASSERT_TRUE(modules);
  ASSERT_EQ(modules->size(), 2u);
  EXPECT_EQ(modules->at(0).options.at("x"), "q\"uote");
  EXPECT_EQ(modules->at(1).options.at("y"), "1");
}

TEST(JaasTest, SaysWhatIsMissingAndNeverAValue) {
  const std::pair<const char*, const char*> rows[] = {
      {"", "no login module"},
      {"M required password=\"geheim\"", "';' is missing"},
      {"M required password=\"geheim", "not closed"},
      {"M required password \"geheim\";", "key=\"value\" is expected"},
      {"M", "control flag"},
  };
  for (const auto& [text, expected] : rows) {
    const auto modules = ParseJaas(text);
    ASSERT_FALSE(modules) << text;
    EXPECT_NE(modules.error().message().find(expected), std::string::npos)
        << modules.error().message();
    EXPECT_EQ(modules.error().message().find("geheim"), std::string::npos);
  }
}

}  // namespace
}  // namespace pinlake::kafka
