// Moments and spans of time as Kafka's tools write them.
#pragma once

#include <optional>
#include <string_view>

#include "model/record.h"

namespace pinlake {

/// `YYYY-MM-DDTHH:MM:SS[.fff][Z|±HH[:]MM]`; without a zone UTC. None: not of that form.
std::optional<TimestampMs> ParseDateTime(std::string_view text);

/// ISO 8601's `PnDTnHnMn.nS`, any part may be missing, a fraction in the seconds only. In
/// milliseconds. None: not of that form.
std::optional<int64_t> ParseDuration(std::string_view text);

}  // namespace pinlake
