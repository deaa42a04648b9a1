#include "cli/documents.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "base/result.h"

namespace pinlake {
namespace {

TEST(DocumentsTest, TheConfigurationPageIsThatOfTheTables) {
  std::ifstream file(PINLAKE_SOURCE_DIR "/docs/CONFIGURATION.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(page == ConfigurationMarkdown())
      << "docs/CONFIGURATION.md is not what the tables say; make it anew:\n"
         "  build/bin/pinlake help --markdown > docs/CONFIGURATION.md";
}

TEST(DocumentsTest, EveryExitCodeIsExplained) {
  const std::string page = ConfigurationMarkdown();
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::kInternal); ++kind) {
    const int code = ExitCode(static_cast<ErrorKind>(kind));
    EXPECT_NE(page.find("\n| " + std::to_string(code) + " | "), std::string::npos) << code;
  }
}

}  // namespace
}  // namespace pinlake
