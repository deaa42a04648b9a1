// YAML files, flattened to dotted keys.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "config/config_entries.h"

namespace pinlake {

/// Reads one YAML document whose top is a map. Maps become dotted keys (`log.dir`), a list of
/// scalars one entry with `items`, a list of anything else numbered keys (`sinks[0].name`). A key
/// without a value (or null) becomes an entry whose problem says so.
/// kInvalidArgument: what is wrong, as "file:line:column: what"; a key twice in a map; more than
/// 10,000 values or 32 levels (aliases count as what they stand for).
Result<ConfigEntries> ParseYaml(std::string_view text, std::string file);

/// What stands at an entry without a value.
inline constexpr std::string_view kNoValue = "has no value";

}  // namespace pinlake
