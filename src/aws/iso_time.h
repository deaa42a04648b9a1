// Times in AWS's answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pinlake {

/// "2024-03-01T12:30:45Z", with or without a fraction of a second, in milliseconds since 1970. None
/// if it is not of that form.
std::optional<int64_t> ParseIsoTime(std::string_view text);

}  // namespace pinlake
