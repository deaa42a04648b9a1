// Any bytes as printable ASCII.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pinlake {

/// \p text with `%XX` for '%', for each of \p reserved, and for all outside '!' … '~' (so spaces
/// too).
std::string PercentEncode(std::string_view text, std::string_view reserved = {});

/// The inverse. None for a '%' without two hexadecimal digits.
std::optional<std::string> PercentDecode(std::string_view text);

}  // namespace pinlake
