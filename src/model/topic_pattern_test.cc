#include "model/topic_pattern.h"

#include <gtest/gtest.h>

namespace pinlake {
namespace {

bool Matches(const std::string& pattern, const std::string& topic) {
  return TopicPattern::Compile(pattern).value().Matches(TopicName(topic));
}

TEST(TopicPatternTest, MatchesWholeNames) {
  EXPECT_TRUE(Matches("129a67850695.*", "129a67850695.pin"));
  EXPECT_TRUE(Matches("129a67850695.*", "129a67850695"));
  EXPECT_FALSE(Matches("129a67850695.*", "x129a67850695.pin"));
  EXPECT_FALSE(Matches("pin", "pins"));
  EXPECT_FALSE(Matches("pin|geo", "geography"));
  EXPECT_TRUE(Matches("(pin|geo)-\\d{2}", "geo-07"));
  EXPECT_TRUE(Matches("[a-c]+\\.(?!geo)\\w+", "abc.pin"));
  EXPECT_FALSE(Matches("[a-c]+\\.(?!geo)\\w+", "abc.geo"));
  EXPECT_TRUE(Matches("[*+]*a\\*+", "a**"));
}

TEST(TopicPatternTest, RefusesWhatIsNoPatternOrJavasAlone) {
  for (const char* text : {"(", "[a", "*a", "a{2,1}", "(?i)pin", "(?<n>a)", "(?<=a)b", "a*+",
                           "\\p{L}", "\\Qa\\E", "a\\"}) {
    const auto pattern = TopicPattern::Compile(text);
    ASSERT_FALSE(pattern) << text;
    EXPECT_EQ(pattern.error().kind(), ErrorKind::kInvalidArgument);
  }
  EXPECT_FALSE(TopicPattern::Compile(std::string(5000, 'a')));
  // The pattern may come from a secret.
  EXPECT_EQ(TopicPattern::Compile("geheim(").error().message().find("geheim"), std::string::npos);
}

}  // namespace
}  // namespace pinlake
