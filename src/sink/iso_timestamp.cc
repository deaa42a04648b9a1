#include "sink/iso_timestamp.h"

#include <algorithm>

#include "sink/civil_time.h"

namespace pinlake {
namespace {

constexpr int64_t kHourMs = 3'600'000, kMinuteMs = 60'000, kSecondMs = 1000;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// What is left of a text.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : left_(text) {}

  bool done() const { return left_.empty(); }
  bool Take(char c) {
    if (left_.empty() || left_.front() != c) return false;
    left_.remove_prefix(1);
    return true;
  }
  bool Follows(char c) const { return !left_.empty() && left_.front() == c; }
  size_t digits() const {
    return static_cast<size_t>(std::find_if_not(left_.begin(), left_.end(), IsDigit) -
                               left_.begin());
  }
  /// \p least to \p most digits.
  std::optional<int64_t> Number(size_t least, size_t most) {
    const size_t count = std::min(digits(), most);
    if (count < least) return {};
    int64_t number = 0;
    for (size_t i = 0; i < count; ++i) number = number * 10 + (left_[i] - '0');
    left_.remove_prefix(count);
    return number;
  }
  /// `.5` of \p unit_ms, cut to milliseconds. None, taking nothing, if none follows.
  std::optional<int64_t> Fraction(int64_t unit_ms) {
    Cursor at = *this;
    if (!at.Take('.') && !at.Take(',')) return {};
    const size_t count = at.digits();
    if (count == 0) return {};
    int64_t value = 0;
    int64_t scale = 1;
    for (size_t i = 0; i < std::min<size_t>(count, 9); ++i) {
      value = value * 10 + (at.left_[i] - '0');
      scale *= 10;
    }
    at.left_.remove_prefix(count);
    *this = at;
    return value * unit_ms / scale;
  }

 private:
  std::string_view left_;
};

/// Days since 1970; the year with up to nine digits and a sign.
std::optional<int64_t> Date(Cursor& at) {
  const bool negative = at.Take('-');
  if (!negative) at.Take('+');
  const auto digits = at.Number(1, 9);
  if (!digits) return {};
  const int64_t year = negative ? -*digits : *digits;
  if (!at.Take('-')) return DaysOfDate(year, 1, 1);
  if (at.Take('W')) {
    const auto week = at.Number(1, 2);
    if (!week) return {};
    if (!at.Take('-')) return DaysOfWeekDate(year, static_cast<int>(*week), 1);
    const auto weekday = at.Number(1, 1);
    return weekday ? DaysOfWeekDate(year, static_cast<int>(*week), static_cast<int>(*weekday))
                   : std::optional<int64_t>();
  }
  if (at.digits() == 3) return DaysOfOrdinal(year, static_cast<int>(*at.Number(3, 3)));
  const auto month = at.Number(1, 2);
  if (!month) return {};
  if (!at.Take('-')) return DaysOfDate(year, static_cast<int>(*month), 1);
  const auto day = at.Number(1, 2);
  return day ? DaysOfDate(year, static_cast<int>(*month), static_cast<int>(*day))
             : std::optional<int64_t>();
}

/// Milliseconds of the day.
std::optional<int64_t> Time(Cursor& at) {
  const auto hour = at.Number(1, 2);
  if (!hour || *hour > 23) return {};
  int64_t ms = *hour * kHourMs;
  if (const auto part = at.Fraction(kHourMs)) return ms + *part;
  if (!at.Take(':')) return ms;
  const auto minute = at.Number(1, 2);
  if (!minute || *minute > 59) return {};
  ms += *minute * kMinuteMs;
  if (const auto part = at.Fraction(kMinuteMs)) return ms + *part;
  if (!at.Take(':')) return ms;
  const auto second = at.Number(1, 2);
  if (!second || *second > 59) return {};
  ms += *second * kSecondMs;
  return ms + at.Fraction(kSecondMs).value_or(0);
}

/// Local time minus UTC; UTC if none follows.
std::optional<int64_t> Offset(Cursor& at) {
  if (at.Take('Z') || at.done()) return 0;
  const bool west = at.Follows('-');
  if (!at.Take('-') && !at.Take('+')) return {};
  const auto hours = at.Number(2, 2);
  if (!hours || *hours > 23) return {};
  int64_t ms = *hours * kHourMs;
  const bool colons = at.Follows(':');
  for (const int64_t unit : {kMinuteMs, kSecondMs}) {
    if (at.done()) break;
    if (colons && !at.Take(':')) return {};
    const auto part = at.Number(2, 2);
    if (!part || *part > 59) return {};
    ms += *part * unit;
  }
  return west ? -ms : ms;
}

}  // namespace

std::optional<int64_t> ParseIsoTimestamp(std::string_view text) {
  Cursor at(text);
  int64_t ms = 0;
  if (!at.Follows('T')) {
    const auto days = Date(at);
    if (!days) return {};
    ms = *days * 24 * kHourMs;
  }
  if (at.done()) return text.empty() ? std::nullopt : std::optional(ms);
  if (!at.Take('T')) return {};
  if (at.digits() > 0) {
    const auto time = Time(at);
    if (!time) return {};
    ms += *time;
  } else if (text.front() == 'T') {
    return {};
  }
  const auto offset = Offset(at);
  if (!offset || !at.done()) return {};
  return ms - *offset;
}

}  // namespace pinlake
