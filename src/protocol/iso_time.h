// Instants as ISO 8601 writes them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/record.h"

namespace pinlake {

/// "2024-03-01T12:30:45.123Z", "…T12:30:45+01:00", "…T12:30Z": milliseconds, what is finer is cut
/// off. None if it is no instant of the years 0001 to 9999.
/// \see java.time.ZonedDateTime.parse, which the original reads positions with
std::optional<TimestampMs> ParseIsoInstant(std::string_view text);

/// "2024-03-01T12:30:45.123Z"; without a fraction if it has none, as Java's Instant.toString.
std::string FormatIsoInstant(TimestampMs at);

}  // namespace pinlake
