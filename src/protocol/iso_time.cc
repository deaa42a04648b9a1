#include "protocol/iso_time.h"

#include <fmt/format.h>

#include <chrono>

namespace pinlake {
namespace {

constexpr int64_t kSecondMs = 1000, kMinuteMs = 60 * kSecondMs, kHourMs = 60 * kMinuteMs;

/// Takes pieces off the front of a text; fails for good once something is missing.
class Pieces {
 public:
  explicit Pieces(std::string_view text) : text_(text) {}

  bool failed() const { return failed_; }
  bool done() const { return !failed_ && text_.empty(); }
  bool TryTake(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  void Take(char c) { failed_ |= !TryTake(c); }
  int Digits(size_t count) {
    int number = 0;
    for (size_t i = 0; i < count; ++i) {
      if (text_.empty() || text_.front() < '0' || text_.front() > '9') {
        failed_ = true;
        return 0;
      }
      number = number * 10 + (text_.front() - '0');
      text_.remove_prefix(1);
    }
    return number;
  }
  /// Milliseconds of 1 to 9 digits behind the point.
  int Fraction() {
    int millis = 0, digits = 0;
    for (; !text_.empty() && text_.front() >= '0' && text_.front() <= '9' && digits < 9; ++digits) {
      if (digits < 3) millis = millis * 10 + (text_.front() - '0');
      text_.remove_prefix(1);
    }
    failed_ |= digits == 0;
    for (; digits < 3; ++digits) millis *= 10;
    return millis;
  }

 private:
  std::string_view text_;
  bool failed_ = false;
};

/// Milliseconds of "Z", "+01:00", "-0330" is none.
std::optional<int64_t> Zone(Pieces& pieces) {
  if (pieces.TryTake('Z')) return 0;
  const bool minus = pieces.TryTake('-');
  if (!minus) pieces.Take('+');
  const int hours = pieces.Digits(2);
  pieces.Take(':');
  const int minutes = pieces.Digits(2);
  if (pieces.failed() || hours > 18 || minutes > 59) return std::nullopt;
  const int64_t span = hours * kHourMs + minutes * kMinuteMs;
  return minus ? -span : span;
}

}  // namespace

std::optional<TimestampMs> ParseIsoInstant(std::string_view text) {
  Pieces pieces(text);
  const int year = pieces.Digits(4);
  pieces.Take('-');
  const int month = pieces.Digits(2);
  pieces.Take('-');
  const int day = pieces.Digits(2);
  pieces.Take('T');
  const int hour = pieces.Digits(2);
  pieces.Take(':');
  const int minute = pieces.Digits(2);
  int second = 0, millis = 0;
  if (pieces.TryTake(':')) {
    second = pieces.Digits(2);
    if (pieces.TryTake('.')) millis = pieces.Fraction();
  }
  if (pieces.failed()) return std::nullopt;
  const auto zone = Zone(pieces);
  if (!zone || !pieces.done()) return std::nullopt;
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(year),
                            std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (year == 0 || !date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const int64_t days = sys_days(date).time_since_epoch().count();
  return days * 24 * kHourMs + hour * kHourMs + minute * kMinuteMs + second * kSecondMs + millis -
         *zone;
}

std::string FormatIsoInstant(TimestampMs at) {
  using namespace std::chrono;
  const sys_time<milliseconds> point{milliseconds(at)};
  const auto days = floor<std::chrono::days>(point);
  const year_month_day date(days);
  const int64_t rest = (point - days).count();
  std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  rest / kHourMs, rest % kHourMs / kMinuteMs, rest % kMinuteMs / kSecondMs);
  if (rest % kSecondMs != 0) text += fmt::format(".{:03}", rest % kSecondMs);
  return text + 'Z';
}

}  // namespace pinlake
