// Reads the texts of option values: what each type accepts, and what it says about the rest.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "config/config_entries.h"

namespace pinlake {

/// A value, or what is wrong with the text: "is not an integer". The caller puts the key and the
/// text in front and what is allowed behind.
template <typename T>
using Read = tl::expected<T, std::string>;

/// Decimal, as Java's Long.parseLong after trim.
Read<int64_t> ReadInteger(std::string_view text, int64_t least, int64_t most);
Read<double> ReadReal(std::string_view text, double least, double most);
/// true or false, in any case.
Read<bool> ReadBool(std::string_view text);
/// A number with B, KiB, MiB, GiB, TiB or kB, MB, GB, TB; without a unit bytes.
Read<int64_t> ReadBytes(std::string_view text, int64_t least, int64_t most);
/// A number with us, ms, s, m, h or d; without a unit milliseconds.
Read<std::chrono::microseconds> ReadDuration(std::string_view text, std::chrono::microseconds least,
                                             std::chrono::microseconds most);
/// scheme://rest with one of \p schemes. \p schemes empty: any.
Read<std::string> ReadUrl(std::string_view text, const std::vector<std::string_view>& schemes);
/// host:port; IPv6 hosts in brackets; port 0 to 65535. The text is returned trimmed.
Read<std::string> ReadHostPort(std::string_view text);
/// The entry's items, or its text split at commas, each trimmed; an empty text is no element.
std::vector<std::string> ReadList(const ConfigEntry& entry);

/// Without spaces and control characters at both ends (as Java's String.trim).
std::string_view Trim(std::string_view text);

/// The shortest text that reads back as the value: "256MiB", "1500ms", "5s".
std::string ShowBytes(int64_t bytes);
std::string ShowDuration(std::chrono::microseconds span);
std::string ShowReal(double value);
std::string ShowList(const std::vector<std::string>& items);

/// "1 .. 10", "at least 1", or empty for the type's whole range.
std::string ShowBounds(int64_t least, int64_t most);
std::string ShowBounds(double least, double most);
std::string ShowBounds(std::chrono::microseconds least, std::chrono::microseconds most);
std::string ShowByteBounds(int64_t least, int64_t most);

}  // namespace pinlake
