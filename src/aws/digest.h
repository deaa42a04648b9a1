// Digests and text forms that AWS's protocols use, on OpenSSL.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pinlake {

using Sha256Digest = std::array<unsigned char, 32>;
using Md5Digest = std::array<unsigned char, 16>;

/// Of the pieces one after the other. Thread-safe, as all here.
Sha256Digest Sha256(std::initializer_list<std::string_view> pieces);
Sha256Digest Sha256(std::string_view text);
Sha256Digest HmacSha256(std::string_view key, std::string_view text);
Md5Digest Md5(std::string_view text);

std::string_view AsText(std::span<const unsigned char> bytes);
std::string LowerHex(std::span<const unsigned char> bytes);
std::string Base64(std::span<const unsigned char> bytes);
/// None if \p text is no base64 with its padding.
std::optional<std::string> Base64Decoded(std::string_view text);
/// Big-endian, as the x-amz-checksum-crc32… headers hold them.
std::string Base64(uint32_t checksum);

/// RFC 3986's unreserved characters as they are, all others as %XX in upper case; '/' as it is if
/// \p keep_slash. \see AWS Signature Version 4, UriEncode
std::string UriEncode(std::string_view text, bool keep_slash);

}  // namespace pinlake
