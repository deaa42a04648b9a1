#include "model/topic_pattern.h"

#include <cctype>
#include <regex>
#include <string_view>
#include <utility>

namespace pinlake {
namespace {

/// A pattern longer than this is no pattern of topic names (they have at most 249 characters); the
/// matcher's stack grows with it.
constexpr size_t kPatternBytesMax = 4096;

/// What means something in Java and another thing here without being an error; none if nothing.
/// A '+' behind a quantifier is possessive in Java and repeats the repetition here; escaped letters
/// that the matcher does not know stand for themselves.
std::string JavasAlone(const std::string& text) {
  bool in_class = false, after_quantifier = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '+' && after_quantifier && !in_class)
      return "possessive quantifiers are not supported";
    if (c == '[') in_class = true;
    if (c == ']') in_class = false;
    after_quantifier = c == '*' || c == '+' || c == '?' || c == '}';
    if (c != '\\' || ++i == text.size()) continue;
    if (std::isalpha(static_cast<unsigned char>(text[i])) != 0 &&
        std::string_view("dDwWsSbBtnrfxuc").find(text[i]) == std::string_view::npos)
      return fmt::format("\\{} is not supported", text[i]);
  }
  return {};
}

}  // namespace

struct TopicPattern::Automaton {
  std::regex regex;
};

// Messages name no text of the pattern: it may come from a secret.
Result<TopicPattern> TopicPattern::Compile(const std::string& text) {
  if (text.size() > kPatternBytesMax)
    return Fail(ErrorKind::kInvalidArgument, "topic pattern of {} bytes is over {}", text.size(),
                kPatternBytesMax);
  if (const std::string problem = JavasAlone(text); !problem.empty())
    return Fail(ErrorKind::kInvalidArgument, "topic pattern: {}", problem);
  try {
    auto automaton = std::make_shared<const Automaton>(
        Automaton{std::regex(text, std::regex::ECMAScript | std::regex::optimize)});
    return TopicPattern(text, std::move(automaton));
  } catch (const std::regex_error& error) {
    return Fail(ErrorKind::kInvalidArgument, "topic pattern: {}", error.what());
  }
}

bool TopicPattern::Matches(const TopicName& topic) const {
  return std::regex_match(topic.value(), automaton_->regex);
}

}  // namespace pinlake
