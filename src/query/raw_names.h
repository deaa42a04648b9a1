// The names that raw objects have in SQL, and which of them a statement mentions.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/record.h"

namespace pinlake {

/// The names that follow `raw.` in \p sql, as written, without quotes: `raw.pin` gives "pin",
/// `raw."a.b"` gives "a.b". Texts, comments and quoted names are understood.
std::set<std::string> RawNamesIn(std::string_view sql);

/// What each name stands for: a topic's whole name, and what follows its last dot.
class RawNames {
 public:
  explicit RawNames(const std::vector<TopicName>& topics);

  /// None: no topic has the name (DuckDB then says so). kInvalidArgument: a short name that several
  /// topics share.
  Result<std::optional<TopicName>> Find(const std::string& name) const;
  /// "raw.geo, raw.pin, raw.user", for messages; at most \p limit, then their number.
  std::string List(size_t limit = 20) const;

 private:
  std::map<std::string, std::vector<TopicName>> by_name_;
  std::vector<TopicName> topics_;
};

/// What follows the last dot of \p topic; all of it without a dot.
std::string ShortName(const TopicName& topic);

}  // namespace pinlake
