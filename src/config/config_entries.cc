#include "config/config_entries.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>

namespace pinlake {
namespace {

/// Letters to insert, delete, replace or swap with their neighbour to make \p b of \p a.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        next[j] = std::min(next[j], before[j - 2] + 1);
      }
    }
    before.swap(row);
    row.swap(next);
  }
  return row[b.size()];
}

}  // namespace

const ConfigEntry* ConfigEntries::Find(std::string_view key) const {
  const auto it = std::find_if(entries.rbegin(), entries.rend(),
                               [&](const ConfigEntry& entry) { return entry.key == key; });
  return it == entries.rend() ? nullptr : &*it;
}

ConfigEntries ConfigEntries::Section(std::string_view head) const {
  ConfigEntries section{
      .entries = {}, .file = file, .prefix = prefix + std::string(head), .title = title};
  for (const ConfigEntry& entry : entries) {
    if (entry.key.size() <= head.size() || !entry.key.starts_with(head)) continue;
    section.entries.push_back(entry);
    section.entries.back().key.erase(0, head.size());
  }
  return section;
}

void ConfigEntries::Set(std::string key, std::string value, std::string from, int line) {
  ConfigEntry entry;
  entry.key = std::move(key);
  entry.value = std::move(value);
  entry.file = std::move(from);
  entry.line = line;
  entries.push_back(std::move(entry));
}

std::string Place(const ConfigEntries& entries, const ConfigEntry& entry) {
  std::string place = entry.file;
  if (!place.empty() && entry.line > 0) place += fmt::format(":{}", entry.line);
  if (!place.empty()) place += ": ";
  return place + entries.prefix + entry.key;
}

std::string_view NearestName(std::string_view typed, const std::vector<std::string_view>& known) {
  std::string_view nearest;
  size_t least = std::max<size_t>(1, typed.size() / 3) + 1;
  if (typed.size() > 200) return nearest;
  for (const std::string_view name : known) {
    const size_t distance = EditDistance(typed, name);
    if (distance < least) {
      least = distance;
      nearest = name;
    }
  }
  return nearest;
}

}  // namespace pinlake
