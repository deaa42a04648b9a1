// Texts that say when.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pinlake {

/// Milliseconds since 1970 UTC of an ISO-8601 date or date and time: calendar, week and ordinal
/// dates, parts left out at the end, `.` or `,` before a fraction of the last time field, `Z` or an
/// offset. Without one it is UTC. None: anything else ("2024-03-01 12:30", "12:30").
/// \see ISODateTimeFormat.dateTimeParser of Joda-Time
std::optional<int64_t> ParseIsoTimestamp(std::string_view text);

}  // namespace pinlake
