// Base64 as the REST Proxy's binary format reads it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace pinlake {

/// True if \p text decodes: the standard alphabet, any number of `=` at the end, none inside, and a
/// length that a whole number of bytes can have. Bits left over in the last letter are not looked
/// at. \see Guava's BaseEncoding.base64(); golden cases 041 and 043 of tests/golden/rest-proxy
bool IsBase64(std::string_view text);

/// Decodes \p text, which IsBase64, into the same memory. \return bytes written.
size_t DecodeBase64InPlace(char* text, size_t size);

/// Appends \p bytes in the standard alphabet, padded.
void AppendBase64(std::string_view bytes, std::string* out);

}  // namespace pinlake
