#include "config/option_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace pinlake {
namespace {

using std::chrono::microseconds;

struct Unit {
  std::string_view name;
  int64_t factor;
};

// Largest first, so that Show finds the shortest text.
constexpr Unit kByteUnits[] = {{"TiB", int64_t{1} << 40},
                               {"GiB", int64_t{1} << 30},
                               {"MiB", int64_t{1} << 20},
                               {"KiB", int64_t{1} << 10},
                               {"TB", 1'000'000'000'000},
                               {"GB", 1'000'000'000},
                               {"MB", 1'000'000},
                               {"kB", 1'000},
                               {"B", 1}};
constexpr Unit kSpanUnits[] = {{"d", 86'400'000'000}, {"h", 3'600'000'000}, {"m", 60'000'000},
                               {"s", 1'000'000},      {"ms", 1'000},        {"us", 1}};

bool SameIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

template <size_t N>
const Unit* FindUnit(const Unit (&units)[N], std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) return &unit;
  }
  for (const Unit& unit : units) {
    if (SameIgnoringCase(unit.name, name)) return &unit;
  }
  return nullptr;
}

/// The number times its unit; none if it is no number, has an unknown unit or does not fit.
template <size_t N>
std::optional<int64_t> Scaled(std::string_view text, const Unit (&units)[N],
                              std::string_view unit_if_none) {
  text = Trim(text);
  const size_t split = std::min(text.find_first_not_of("+-0123456789."), text.size());
  const std::string_view name = Trim(text.substr(split));
  const Unit* unit = FindUnit(units, name.empty() ? unit_if_none : name);
  if (unit == nullptr) return {};
  const std::string_view digits = Trim(text.substr(0, split));
  int64_t whole = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
  if (error == std::errc() && end == digits.data() + digits.size()) {
    int64_t product = 0;
    if (__builtin_mul_overflow(whole, unit->factor, &product)) return {};
    return product;
  }
  double real = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), real);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return {};
  real *= static_cast<double>(unit->factor);
  if (!(std::abs(real) < 9.2e18)) return {};
  return std::llround(real);
}

template <size_t N>
std::string ShowScaled(int64_t value, const Unit (&units)[N], std::string_view of_zero) {
  if (value == 0) return fmt::format("0{}", of_zero);
  for (const Unit& unit : units) {
    if (value % unit.factor == 0) return fmt::format("{}{}", value / unit.factor, unit.name);
  }
  return fmt::format("{}", value);
}

std::string Bounds(bool has_least, const std::string& least, bool has_most,
                   const std::string& most) {
  if (has_least && has_most) return fmt::format("{} .. {}", least, most);
  if (has_least) return fmt::format("at least {}", least);
  if (has_most) return fmt::format("at most {}", most);
  return {};
}

constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

}  // namespace

std::string_view Trim(std::string_view text) {
  const auto space = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

Read<int64_t> ReadInteger(std::string_view text, int64_t least, int64_t most) {
  text = Trim(text);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || text.empty() || error == std::errc::invalid_argument) {
    return tl::unexpected<std::string>("is not an integer");
  }
  if (error != std::errc() || value < least || value > most) {
    return tl::unexpected<std::string>("is out of bounds");
  }
  return value;
}

Read<double> ReadReal(std::string_view text, double least, double most) {
  text = Trim(text);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return tl::unexpected<std::string>("is not a number");
  }
  if (value < least || value > most) return tl::unexpected<std::string>("is out of bounds");
  return value;
}

Read<bool> ReadBool(std::string_view text) {
  text = Trim(text);
  if (SameIgnoringCase(text, "true")) return true;
  if (SameIgnoringCase(text, "false")) return false;
  return tl::unexpected<std::string>("is not true or false");
}

Read<int64_t> ReadBytes(std::string_view text, int64_t least, int64_t most) {
  const auto bytes = Scaled(text, kByteUnits, "B");
  if (!bytes) return tl::unexpected<std::string>("is not a number of bytes such as 256MiB");
  if (*bytes < least || *bytes > most) return tl::unexpected<std::string>("is out of bounds");
  return *bytes;
}

Read<microseconds> ReadDuration(std::string_view text, microseconds least, microseconds most) {
  const auto span = Scaled(text, kSpanUnits, "ms");
  if (!span) return tl::unexpected<std::string>("is not a span of time such as 500ms, 5s or 2h");
  const microseconds value(*span);
  if (value < least || value > most) return tl::unexpected<std::string>("is out of bounds");
  return value;
}

Read<std::string> ReadUrl(std::string_view text, const std::vector<std::string_view>& schemes) {
  text = Trim(text);
  const size_t split = text.find("://");
  if (split == std::string_view::npos || split == 0 || split + 3 == text.size()) {
    return tl::unexpected<std::string>("is not a URL");
  }
  const std::string_view scheme = text.substr(0, split);
  if (!schemes.empty() && std::find(schemes.begin(), schemes.end(), scheme) == schemes.end()) {
    return tl::unexpected<std::string>("has a scheme that is not known here");
  }
  return std::string(text);
}

Read<std::string> ReadHostPort(std::string_view text) {
  text = Trim(text);
  const size_t colon = text.rfind(':');
  const bool bracketed = text.starts_with('[');
  const auto wrong = tl::unexpected<std::string>("is not HOST:PORT such as 127.0.0.1:8082");
  if (colon == std::string_view::npos || colon == 0) return wrong;
  if (bracketed ? text[colon - 1] != ']' : text.find(':') != colon) return wrong;
  const std::string_view port = text.substr(colon + 1);
  int number = -1;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size()) return wrong;
  if (number < 0 || number > 65535) {
    return tl::unexpected<std::string>("has a port that is not between 0 and 65535");
  }
  return std::string(text);
}

std::vector<std::string> ReadList(const ConfigEntry& entry) {
  if (entry.items) return *entry.items;
  std::vector<std::string> items;
  std::string_view rest = Trim(entry.value);
  while (!rest.empty()) {
    const size_t comma = rest.find(',');
    items.emplace_back(Trim(rest.substr(0, comma)));
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  return items;
}

std::string ShowBytes(int64_t bytes) {
  // Powers of 1024 only: 1000 is clearer than 1kB in a list of KiB and MiB.
  const Unit binary[] = {kByteUnits[0], kByteUnits[1], kByteUnits[2], kByteUnits[3], {"", 1}};
  return ShowScaled(bytes, binary, "");
}

std::string ShowDuration(microseconds span) { return ShowScaled(span.count(), kSpanUnits, "s"); }

std::string ShowReal(double value) { return fmt::format("{}", value); }

std::string ShowList(const std::vector<std::string>& items) {
  return fmt::format("{}", fmt::join(items, ","));
}

std::string ShowBounds(int64_t least, int64_t most) {
  const bool has_most = most != kMost && most != std::numeric_limits<int32_t>::max();
  const bool has_least = least != kLeast && least != std::numeric_limits<int32_t>::min();
  return Bounds(has_least, fmt::format("{}", least), has_most, fmt::format("{}", most));
}

std::string ShowBounds(double least, double most) {
  return Bounds(least > std::numeric_limits<double>::lowest(), ShowReal(least),
                most < std::numeric_limits<double>::max(), ShowReal(most));
}

std::string ShowBounds(microseconds least, microseconds most) {
  return Bounds(least != microseconds::min(), ShowDuration(least), most != microseconds::max(),
                ShowDuration(most));
}

std::string ShowByteBounds(int64_t least, int64_t most) {
  return Bounds(least != kLeast, ShowBytes(least), most != kMost, ShowBytes(most));
}

}  // namespace pinlake
