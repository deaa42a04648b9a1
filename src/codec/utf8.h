// UTF-8, as RFC 3629 and Java's decoder see it.
#pragma once

#include <string>
#include <string_view>

namespace pinlake {

/// Bytes of the sequence at the beginning of \p text (not empty); 0 if it is invalid or cut short.
size_t Utf8Length(std::string_view text);

bool IsUtf8(std::string_view text);

/// \p text with U+FFFD for each invalid piece, as `new String(bytes, UTF_8)` does it: one for the
/// longest beginning of a valid sequence, else one a byte.
std::string ReplaceInvalidUtf8(std::string_view text);

}  // namespace pinlake
