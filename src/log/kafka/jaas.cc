#include "log/kafka/jaas.h"

#include <cctype>
#include <optional>

namespace pinlake::kafka {
namespace {

// Java's StreamTokenizer as JaasConfig sets it up: words, quoted strings, '=' and ';'.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {}

  struct Token {
    char kind;  // 'w' word, 's' string, '=', ';', 'e' end
    std::string text;
    size_t at;
  };

  Result<Token> Next() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    if (at_ == text_.size()) return Token{'e', "", at_};
    const size_t start = at_;
    const char c = text_[at_];
    if (c == '=' || c == ';') {
      ++at_;
      return Token{c, std::string(1, c), start};
    }
    if (c == '"' || c == '\'') return Quoted(c);
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) == 0 &&
           std::string_view("=;\"'").find(text_[at_]) == std::string_view::npos) {
      ++at_;
    }
    return Token{'w', std::string(text_.substr(start, at_ - start)), start};
  }

 private:
  Result<Token> Quoted(char quote) {
    const size_t start = at_++;
    std::string value;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == quote) {
        ++at_;
        return Token{'s', std::move(value), start};
      }
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      value += text_[at_];
    }
    return Fail(ErrorKind::kInvalidArgument, "the quote at character {} is not closed", start + 1);
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Result<std::vector<JaasModule>> ParseJaas(std::string_view text) {
  Tokens tokens(text);
  std::vector<JaasModule> modules;
  while (true) {
    ASSIGN_OR_RETURN(auto token, tokens.Next());
    if (token.kind == 'e') break;
    if (token.kind != 'w')
      return Fail(ErrorKind::kInvalidArgument,
                  "a login module's class name is expected at character {}", token.at + 1);
    JaasModule module{.module = token.text};
    ASSIGN_OR_RETURN(token, tokens.Next());
    if (token.kind != 'w')
      return Fail(ErrorKind::kInvalidArgument,
                  "a control flag (required) is expected at character {}, after "
                  "the login module's class",
                  token.at + 1);
    module.flag = token.text;
    while (true) {
      ASSIGN_OR_RETURN(auto key, tokens.Next());
      if (key.kind == ';') break;
      if (key.kind == 'e') return Fail(ErrorKind::kInvalidArgument, "';' is missing at the end");
      ASSIGN_OR_RETURN(const auto equals, tokens.Next());
      ASSIGN_OR_RETURN(auto value, tokens.Next());
      if (key.kind != 'w' || equals.kind != '=' || (value.kind != 'w' && value.kind != 's')) {
        return Fail(ErrorKind::kInvalidArgument, "key=\"value\" is expected at character {}",
                    key.at + 1);
      }
      module.options[key.text] = std::move(value.text);
    }
    modules.push_back(std::move(module));
  }
  if (modules.empty()) return Fail(ErrorKind::kInvalidArgument, "no login module");
  return modules;
}

}  // namespace pinlake::kafka
