#include "config/option_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace pinlake {
namespace {

constexpr std::string_view kHidden = "[hidden]";

/// Whether \p value has a URL with a user's password: scheme://user:password@host.
bool HoldsPassword(std::string_view value) {
  const auto scheme = value.find("://");
  if (scheme == std::string_view::npos) return false;
  const auto rest = value.substr(scheme + 3);
  const auto at = rest.find('@');
  return at != std::string_view::npos && rest.substr(0, at).find(':') != std::string_view::npos;
}

bool IsSecret(const OptionRow& row, const ConfigEntry& entry) {
  return row.secret || entry.secret || HoldsPassword(entry.value);
}

/// One parse: goes through the entries, then through the rows that none named.
class Parser {
 public:
  Parser(const OptionRows& table, const ConfigEntries& entries, UnknownPolicy unknown, void* config)
      : table_(table), entries_(entries), unknown_(unknown), config_(config) {
    keys_.unknown.file = entries.file;
    keys_.unknown.prefix = entries.prefix;
    keys_.warnings = entries.warnings;
  }

  Result<ParsedKeys> Run(const std::vector<OptionRule>& rules) {
    ApplyFallbacks();
    for (size_t i = 0; i < entries_.entries.size(); ++i) {
      if (LastOfItsKey(i)) OnEntry(entries_.entries[i]);
    }
    RequireTheRest();
    // A rule looks at several values: it would only repeat what is wrong with one of them.
    if (problems_.empty()) AskRules(rules);
    if (problems_.empty()) return std::move(keys_);
    return Fail(ErrorKind::kInvalidArgument, "{}:\n{}", entries_.title, fmt::join(problems_, "\n"));
  }

 private:
  void ApplyFallbacks() {
    for (const OptionRow& row : table_.rows()) {
      if (!row.set || !row.has_fallback) continue;
      ConfigEntry entry;
      entry.key = row.name;
      entry.value = row.fallback;
      const Complaint complaint = row.set(entry, config_);
      CHECK(!complaint, row.name + ": its fallback must be a value that it takes");
    }
  }

  bool LastOfItsKey(size_t i) const {
    const auto& all = entries_.entries;
    return std::none_of(all.begin() + static_cast<std::ptrdiff_t>(i) + 1, all.end(),
                        [&](const ConfigEntry& later) { return later.key == all[i].key; });
  }

  void OnEntry(const ConfigEntry& entry) {
    const OptionRow* row = table_.Find(entry.key);
    if (row == nullptr) return OnUnknown(entry);
    if (!row->unsupported.empty()) {
      return Problem(entry, fmt::format("is not supported: {}", row->unsupported));
    }
    if (!row->ignored.empty()) return Warn(entry, fmt::format("is ignored: {}", row->ignored));
    if (!row->deprecated.empty()) Warn(entry, fmt::format("is deprecated: {}", row->deprecated));
    Take(*row, entry);
  }

  void Take(const OptionRow& row, const ConfigEntry& entry) {
    const std::string name = row.prefix() ? entry.key : row.name;
    if (const auto earlier = keys_.given.find(name); earlier != keys_.given.end()) {
      Warn(entry, fmt::format("also given as {}, which no longer counts", earlier->second.key));
    }
    keys_.given[name] = entry;
    if (!entry.problem.empty()) return Problem(entry, entry.problem);
    if (!row.set) return;
    ConfigEntry taken = entry;
    if (row.prefix()) taken.key.erase(0, row.name.size() - 1);
    if (const Complaint complaint = row.set(taken, config_)) {
      const bool hidden = IsSecret(row, entry);
      const std::string shown = hidden ? "the value" : fmt::format("'{}'", entry.value);
      Problem(entry, fmt::format("{} {}{}", shown, *complaint, Allowed(row)));
    }
  }

  static std::string Allowed(const OptionRow& row) {
    return row.allowed.empty() ? "" : fmt::format(" (allowed: {})", row.allowed);
  }

  void OnUnknown(const ConfigEntry& entry) {
    if (unknown_ != UnknownPolicy::kRefuse) keys_.unknown.entries.push_back(entry);
    if (unknown_ == UnknownPolicy::kCollect) return;
    std::string text = "unknown option";
    if (const auto near = NearestName(entry.key, KnownNames()); !near.empty()) {
      text += fmt::format("; did you mean {}{}?", entries_.prefix, near);
    }
    if (unknown_ == UnknownPolicy::kWarn) return Warn(entry, text + " It is ignored.");
    Problem(entry, text);
  }

  std::vector<std::string_view> KnownNames() const {
    std::vector<std::string_view> names;
    for (const OptionRow& row : table_.rows()) {
      if (!row.prefix() && row.unsupported.empty()) names.push_back(row.name);
    }
    return names;
  }

  void RequireTheRest() {
    for (const OptionRow& row : table_.rows()) {
      if (!row.required || keys_.given.contains(row.name)) continue;
      const std::string place = entries_.file.empty() ? "" : entries_.file + ": ";
      problems_.push_back(
          fmt::format("{}{}{}: required{}", place, entries_.prefix, row.name, Allowed(row)));
    }
  }

  void AskRules(const std::vector<OptionRule>& rules) {
    for (const OptionRule& rule : rules) {
      const Complaint complaint = rule.check(config_);
      if (!complaint) continue;
      const std::string place = entries_.file.empty() ? "" : entries_.file + ": ";
      problems_.push_back(
          fmt::format("{}{}{}: {}", place, entries_.prefix, rule.options, *complaint));
    }
  }

  void Problem(const ConfigEntry& entry, std::string_view text) {
    problems_.push_back(fmt::format("{}: {}", Place(entries_, entry), text));
  }
  void Warn(const ConfigEntry& entry, std::string_view text) {
    keys_.warnings.push_back(fmt::format("{}: {}", Place(entries_, entry), text));
  }

  const OptionRows& table_;
  const ConfigEntries& entries_;
  const UnknownPolicy unknown_;
  void* const config_;
  ParsedKeys keys_;
  std::vector<std::string> problems_;
};

std::string_view Word(Importance importance) {
  switch (importance) {
    case Importance::kHigh:
      return "high";
    case Importance::kMedium:
      return "medium";
    case Importance::kLow:
      return "low";
  }
  return "medium";
}

std::string FallbackCell(const OptionRow& row) {
  if (row.required) return "(required)";
  if (!row.has_fallback) return "(none)";
  return row.fallback.empty() ? "(empty)" : "`" + row.fallback + "`";
}

/// The row's sentences, with what its other columns say.
std::string DocOf(const OptionRow& row) {
  std::vector<std::string> parts;
  if (!row.doc.empty()) parts.push_back(row.doc);
  if (!row.unsupported.empty()) parts.push_back("Not supported: " + row.unsupported + ".");
  if (!row.ignored.empty()) parts.push_back("Ignored: " + row.ignored + ".");
  if (!row.deprecated.empty()) parts.push_back("Deprecated: " + row.deprecated + ".");
  if (!row.aliases.empty()) parts.push_back(fmt::format("Also {}.", fmt::join(row.aliases, ", ")));
  if (row.secret) parts.emplace_back("Never shown.");
  if (!row.since.empty()) parts.push_back("Since " + row.since + ".");
  std::string doc = fmt::format("{}", fmt::join(parts, " "));
  // A sentence that ends with its own full stop keeps one.
  for (size_t at = doc.find(".."); at != std::string::npos; at = doc.find("..", at)) {
    if (doc.compare(at, 3, "...") == 0 || (at > 0 && doc[at - 1] == ' ')) {
      at += 2;
    } else {
      doc.erase(at, 1);
    }
  }
  return doc;
}

std::string CellText(std::string_view text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|') cell += '\\';
    cell += c == '\n' ? ' ' : c;
  }
  return cell;
}

std::string MarkdownRow(const OptionRow& row) {
  const bool field = !row.type.empty();
  return fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", row.name, field ? row.type : "",
                     CellText(row.allowed), field ? FallbackCell(row) : "", Word(row.importance),
                     CellText(DocOf(row)));
}

/// \p text in lines of at most \p width, each after \p indent spaces.
std::string Wrapped(std::string_view text, size_t indent, size_t width) {
  std::string out, line;
  while (!text.empty()) {
    const size_t space = std::min(text.find(' '), text.size());
    if (!line.empty() && line.size() + 1 + space > width) {
      out += std::string(indent, ' ') + line + "\n";
      line.clear();
    }
    if (!line.empty()) line += ' ';
    line += text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return line.empty() ? out : out + std::string(indent, ' ') + line + "\n";
}

std::string HelpOf(const OptionRow& row, std::string_view before_name) {
  std::string head = fmt::format("  {}{}", before_name, row.name);
  // A flag that is off unless it is given takes no value.
  const bool flag = before_name == "--" && row.type == "boolean" && row.fallback == "false";
  if (!row.type.empty() && !flag) head += fmt::format("  <{}>", row.type);
  if (row.required) head += "  required";
  if (!flag && !row.fallback.empty()) head += fmt::format("  [{}]", row.fallback);
  std::string doc = DocOf(row);
  if (row.type == "one of") doc = fmt::format("One of {}. {}", row.allowed, doc);
  return head + "\n" + Wrapped(doc, 6, 90);
}

}  // namespace

OptionRows::OptionRows(std::vector<OptionRow> rows, std::vector<OptionRule> rules)
    : rows_(std::move(rows)), rules_(std::move(rules)) {
  std::set<std::string_view> names;
  for (const OptionRow& row : rows_) {
    CHECK(names.insert(row.name).second, row.name + ": one row an option");
    CHECK(row.set || !row.unsupported.empty() || !row.ignored.empty(),
          row.name + ": a row without a field must be refused or ignored");
    for (const std::string& alias : row.aliases) {
      CHECK(names.insert(alias).second, alias + ": one row an option");
    }
  }
}

const OptionRow* OptionRows::Find(std::string_view key) const {
  const OptionRow* widest = nullptr;
  for (const OptionRow& row : rows_) {
    if (row.name == key) return &row;
    if (std::find(row.aliases.begin(), row.aliases.end(), key) != row.aliases.end()) return &row;
    const std::string_view head = std::string_view(row.name).substr(0, row.name.size() - 1);
    if (!row.prefix() || !key.starts_with(head) || key.size() == head.size()) continue;
    if (widest == nullptr || row.name.size() > widest->name.size()) widest = &row;
  }
  return widest;
}

Result<ParsedKeys> OptionRows::Parse(const ConfigEntries& entries, UnknownPolicy unknown,
                                     void* config) const {
  return Parser(*this, entries, unknown, config).Run(rules_);
}

std::string OptionRows::Markdown() const {
  constexpr std::string_view kHead =
      "| option | type | allowed | default | importance | meaning |\n|---|---|---|---|---|---|\n";
  std::vector<std::string> groups;
  for (const OptionRow& row : rows_) {
    if (std::find(groups.begin(), groups.end(), row.group) == groups.end()) {
      groups.push_back(row.group);
    }
  }
  std::string text;
  for (const std::string& group : groups) {
    if (!text.empty()) text += "\n";
    if (!group.empty()) text += fmt::format("**{}**\n\n", group);
    text += kHead;
    for (const OptionRow& row : rows_) {
      if (row.group == group) text += MarkdownRow(row);
    }
  }
  return text;
}

std::string OptionRows::Help(std::string_view before_names) const {
  std::string text;
  for (const OptionRow& row : rows_) {
    if (row.unsupported.empty() && row.ignored.empty()) text += HelpOf(row, before_names);
  }
  return text;
}

std::vector<std::pair<std::string, std::string>> OptionRows::Dump(
    const void* config, const std::map<std::string, ConfigEntry>& given) const {
  std::vector<std::pair<std::string, std::string>> values;
  for (const OptionRow& row : rows_) {
    if (!row.show) continue;
    if (row.prefix()) {
      const std::string_view head = std::string_view(row.name).substr(0, row.name.size() - 1);
      for (const auto& [key, entry] : given) {
        if (!key.starts_with(head) || Find(key) != &row) continue;
        values.emplace_back(key, IsSecret(row, entry) ? kHidden : entry.value);
      }
      continue;
    }
    const auto entry = given.find(row.name);
    std::string shown = row.show(config);
    const bool hidden = row.secret || (entry != given.end() && IsSecret(row, entry->second));
    if (hidden && !shown.empty()) shown = kHidden;
    values.emplace_back(row.name, std::move(shown));
  }
  return values;
}

}  // namespace pinlake
