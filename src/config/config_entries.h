// What a configuration file says, before anybody has looked at what it means.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pinlake {

/// One `key = value` of a file or of the command line.
struct ConfigEntry {
  std::string key;
  std::string value;
  /// As messages name it, e.g. "pipeline.yaml" or "--set". Empty: no place to name.
  std::string file;
  int line = 0;  ///< from 1; 0: none
  /// The elements, if the file gives a list (YAML). \p value then holds them joined by commas.
  std::optional<std::vector<std::string>> items;
  /// The value came from the environment or another file: never shown.
  bool secret = false;
  /// Why there is no value (e.g. an environment variable that is not set). Whoever parses the
  /// entries reports it with the other problems.
  std::string problem;
};

/// Entries in the file's order. A later entry with the same key wins.
struct ConfigEntries {
  std::vector<ConfigEntry> entries;
  /// The file as messages name it, for what is missing in it.
  std::string file;
  /// What stands before the keys in the file, e.g. "gateway.": messages name whole keys.
  std::string prefix;
  /// First line of an answer that lists problems.
  std::string title = "configuration";
  /// Noticed while reading (e.g. a key that is given twice).
  std::vector<std::string> warnings;

  /// The last entry of that key; null if there is none.
  const ConfigEntry* Find(std::string_view key) const;
  /// The entries whose keys start with \p head, without it. Messages still name the whole key.
  ConfigEntries Section(std::string_view head) const;
  /// Adds an entry, e.g. one given by `--set`.
  void Set(std::string key, std::string value, std::string file = {}, int line = 0);
};

/// "pipeline.yaml:12: gateway.listen"; without a line "pipeline.yaml: gateway.listen".
std::string Place(const ConfigEntries& entries, const ConfigEntry& entry);

/// Of \p known, what was probably meant by \p typed; empty if nothing is near.
std::string_view NearestName(std::string_view typed, const std::vector<std::string_view>& known);

}  // namespace pinlake
