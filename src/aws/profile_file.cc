#include "aws/profile_file.h"

#include <algorithm>
#include <optional>

namespace pinlake {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

/// Without a comment that starts with # or ; behind a blank.
std::string_view WithoutComment(std::string_view text) {
  for (size_t i = 1; i < text.size(); ++i) {
    if ((text[i] == '#' || text[i] == ';') && IsBlank(text[i - 1])) return Trim(text.substr(0, i));
  }
  return text;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return lower;
}

class Reader {
 public:
  explicit Reader(ProfileFileKind kind) : kind_(kind) {}

  Result<Profiles> Read(std::string_view text) {
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size());
      ++line_;
      RETURN_IF_ERROR(ReadLine(text.substr(0, end)));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return std::move(profiles_);
  }

 private:
  Status ReadLine(std::string_view raw) {
    const std::string_view line = Trim(raw);
    if (line.empty() || line.front() == '#' || line.front() == ';') return {};
    if (line.front() == '[') return ReadSection(line);
    if (IsBlank(raw.front()) && nesting_) return {};  // belongs to the setting above
    const size_t equals = line.find('=');
    if (equals == line.npos || Trim(line.substr(0, equals)).empty())
      return Refuse("is no 'name = value'");
    if (!in_section_) return Refuse("stands before any [section]");
    const std::string name = Lower(Trim(line.substr(0, equals)));
    const std::string_view value = Trim(line.substr(equals + 1));
    nesting_ = value.empty();
    if (current_ != nullptr) (*current_)[name] = value.empty() ? "" : WithoutComment(value);
    return {};
  }

  Status ReadSection(std::string_view line) {
    const size_t close = line.find(']');
    if (close == line.npos) return Refuse("has '[' without ']'");
    const std::string_view rest = Trim(line.substr(close + 1));
    if (!rest.empty() && rest.front() != '#' && rest.front() != ';')
      return Refuse("goes on behind ']'");
    const std::optional<std::string_view> name = ProfileName(Trim(line.substr(1, close - 1)));
    in_section_ = true;
    nesting_ = false;
    current_ = name && !name->empty() ? &profiles_[std::string(*name)] : nullptr;
    return {};
  }

  /// None: a section of another kind.
  std::optional<std::string_view> ProfileName(std::string_view section) const {
    if (kind_ == ProfileFileKind::kCredentials) return section;
    if (section == "default") return section;
    if (!section.starts_with("profile") || section.size() < 8 || !IsBlank(section[7]))
      return std::nullopt;
    return Trim(section.substr(8));
  }

  Status Refuse(std::string_view why) const {
    return Fail(ErrorKind::kInvalidArgument, "line {} {}", line_, why);
  }

  const ProfileFileKind kind_;
  Profiles profiles_;
  int line_ = 0;
  bool in_section_ = false;
  bool nesting_ = false;  ///< the last setting was empty: indented lines are its own
  ProfileSettings* current_ = nullptr;
};

}  // namespace

Result<Profiles> ParseProfileFile(std::string_view text, ProfileFileKind kind) {
  return Reader(kind).Read(text);
}

std::string RenderProfileFile(const Profiles& profiles, ProfileFileKind kind) {
  std::string text;
  for (const auto& [name, settings] : profiles) {
    const bool plain = kind == ProfileFileKind::kCredentials || name == "default";
    text.append(plain ? "[" : "[profile ").append(name).append("]\n");
    for (const auto& [setting, value] : settings) {
      text.append(setting).append(" = ").append(value).append("\n");
    }
  }
  return text;
}

}  // namespace pinlake
