// Flags that hold `name=value`, such as --property and --config.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config_entries.h"

namespace pinlake {

/// Entries of all \p values of the flag \p flag ("--property"); a name alone has an empty value, as
/// Kafka's tools take it. kInvalidArgument: one without a name. Values stand in no message.
Result<ConfigEntries> NameValues(std::string_view flag, const std::vector<std::string>& values);

}  // namespace pinlake
