#include "query/raw_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <optional>

namespace pinlake {
namespace {

struct Token {
  enum class Kind { kWord, kQuotedName, kDot, kOther, kEnd };
  Kind kind = Kind::kEnd;
  std::string text;
};

/// Splits SQL as far as names need it.
class Tokens {
 public:
  explicit Tokens(std::string_view sql) : rest_(sql) {}

  Token Next() {
    SkipBlanksAndComments();
    if (rest_.empty()) return {};
    const char c = rest_[0];
    if (c == '"') return {Token::Kind::kQuotedName, Quoted('"')};
    if (c == '\'') {
      Quoted('\'');
      return {Token::Kind::kOther, ""};
    }
    if (IsDollarQuote()) return {Token::Kind::kOther, ""};
    if (IsWord(c)) return Word();
    rest_.remove_prefix(1);
    return {c == '.' ? Token::Kind::kDot : Token::Kind::kOther, ""};
  }

 private:
  static bool IsWord(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' ||
           static_cast<unsigned char>(c) >= 0x80;
  }

  void SkipBlanksAndComments() {
    for (;;) {
      const size_t blanks = std::min(rest_.find_first_not_of(" \t\r\n\f\v"), rest_.size());
      rest_.remove_prefix(blanks);
      if (rest_.starts_with("--")) {
        rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
      } else if (rest_.starts_with("/*")) {
        const auto end = rest_.find("*/", 2);
        rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 2);
      } else {
        return;
      }
    }
  }

  /// What stands between quotes, with doubled quotes made single.
  std::string Quoted(char quote) {
    std::string text;
    size_t at = 1;
    while (at < rest_.size()) {
      if (rest_[at] == quote && at + 1 < rest_.size() && rest_[at + 1] == quote)
        ++at;
      else if (rest_[at] == quote)
        break;
      text += rest_[at++];
    }
    rest_.remove_prefix(std::min(at + 1, rest_.size()));
    return text;
  }

  /// `$$ … $$` and `$tag$ … $tag$`: skipped if it is one.
  bool IsDollarQuote() {
    if (rest_[0] != '$') return false;
    const auto close = rest_.find('$', 1);
    if (close == rest_.npos) return false;
    const auto tag = rest_.substr(0, close + 1);
    const auto inside = tag.substr(1, tag.size() - 2);
    if (!std::all_of(inside.begin(), inside.end(), IsWord)) return false;
    const auto end = rest_.find(tag, tag.size());
    rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + tag.size());
    return true;
  }

  Token Word() {
    size_t size = 1;
    while (size < rest_.size() && IsWord(rest_[size])) ++size;
    Token token{Token::Kind::kWord, std::string(rest_.substr(0, size))};
    rest_.remove_prefix(size);
    return token;
  }

  std::string_view rest_;
};

bool IsName(const Token& token) {
  return token.kind == Token::Kind::kWord || token.kind == Token::Kind::kQuotedName;
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

std::set<std::string> RawNamesIn(std::string_view sql) {
  std::set<std::string> names;
  Tokens tokens(sql);
  Token before, last;
  for (Token token = tokens.Next(); token.kind != Token::Kind::kEnd; token = tokens.Next()) {
    if (IsName(token) && last.kind == Token::Kind::kDot && IsName(before) &&
        Lower(before.text) == "raw") {
      names.insert(token.text);
    }
    before = std::move(last);
    last = std::move(token);
  }
  return names;
}

std::string ShortName(const TopicName& topic) {
  const std::string& name = topic.value();
  const auto dot = name.rfind('.');
  return dot == name.npos || dot + 1 == name.size() ? name : name.substr(dot + 1);
}

RawNames::RawNames(const std::vector<TopicName>& topics) : topics_(topics) {
  for (const auto& topic : topics) {
    // DuckDB's names do not tell upper from lower case.
    by_name_[Lower(topic.value())].push_back(topic);
    if (ShortName(topic) != topic.value()) by_name_[Lower(ShortName(topic))].push_back(topic);
  }
}

Result<std::optional<TopicName>> RawNames::Find(const std::string& name) const {
  const auto found = by_name_.find(Lower(name));
  if (found == by_name_.end()) return std::optional<TopicName>();
  for (const auto& topic : found->second) {
    if (topic.value() == name) return std::optional(topic);
  }
  if (found->second.size() == 1) return std::optional(found->second.front());
  std::vector<std::string> whole;
  for (const auto& topic : found->second) whole.push_back(fmt::format("raw.\"{}\"", topic.value()));
  return Fail(ErrorKind::kInvalidArgument, "raw.{} may be {}; write which", name,
              fmt::join(whole, " or "));
}

std::string RawNames::List(size_t limit) const {
  std::vector<std::string> names;
  for (const auto& topic : topics_) {
    if (names.size() == limit) break;
    const auto found = by_name_.find(Lower(ShortName(topic)));
    const bool unique = found != by_name_.end() && found->second.size() == 1;
    const std::string name = unique ? ShortName(topic) : topic.value();
    const bool plain = std::all_of(
        name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
    names.push_back(plain ? "raw." + name : fmt::format("raw.\"{}\"", name));
  }
  const size_t more = topics_.size() - names.size();
  return fmt::format("{}{}", fmt::join(names, ", "),
                     more > 0 ? fmt::format(" and {} more", more) : "");
}

}  // namespace pinlake
