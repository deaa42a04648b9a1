// The part of an option table that does not depend on the struct it fills.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config_entries.h"

namespace pinlake {

enum class Importance { kHigh, kMedium, kLow };

/// What to do with a key that is in no row.
enum class UnknownPolicy {
  kRefuse,   ///< a problem, with the nearest name
  kWarn,     ///< a warning, with the nearest name; the key is among `unknown`
  kCollect,  ///< the key is among `unknown`; the caller says what becomes of it
};

/// What is wrong with a value ("is not an integer"); none: it was taken.
using Complaint = std::optional<std::string>;

/// One option. OptionTable<C> makes these of its typed rows.
struct OptionRow {
  std::string name;  ///< ends with ".*": any key with that beginning
  std::string type, allowed, fallback, doc;
  std::vector<std::string> aliases;
  std::string deprecated, unsupported, ignored, group, since;
  Importance importance = Importance::kMedium;
  bool required = false, has_fallback = false, secret = false;
  std::function<Complaint(const ConfigEntry&, void*)> set;  ///< null: no field
  std::function<std::string(const void*)> show;

  bool prefix() const { return name.ends_with(".*"); }
};

/// A rule over several options: what is wrong, or none.
struct OptionRule {
  std::string options;  ///< as messages name them: "s3.part.size"
  std::function<Complaint(const void*)> check;
};

/// What a parse found besides the values.
struct ParsedKeys {
  /// One line each, in the file's order, with file, line and key.
  std::vector<std::string> warnings;
  /// By the row's name (the whole key for a row that ends with ".*"): the entry that was used.
  std::map<std::string, ConfigEntry> given;
  ConfigEntries unknown;
};

/// Rows and rules, and all that is read from them. Immutable; thread-safe.
class OptionRows {
 public:
  OptionRows(std::vector<OptionRow> rows, std::vector<OptionRule> rules);

  /// Fills \p config. kInvalidArgument: every problem of the entries, one a line after
  /// "configuration:".
  Result<ParsedKeys> Parse(const ConfigEntries& entries, UnknownPolicy unknown, void* config) const;
  std::string Markdown() const;
  std::string Help(std::string_view before_names) const;
  std::vector<std::pair<std::string, std::string>> Dump(
      const void* config, const std::map<std::string, ConfigEntry>& given) const;

  /// The row that \p key belongs to (by name, alias or beginning); null if none.
  const OptionRow* Find(std::string_view key) const;
  const std::vector<OptionRow>& rows() const { return rows_; }

 private:
  std::vector<OptionRow> rows_;
  std::vector<OptionRule> rules_;
};

}  // namespace pinlake
