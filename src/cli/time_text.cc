#include "cli/time_text.h"

#include <charconv>
#include <chrono>
#include <string>

namespace pinlake {
namespace {

/// Takes digits (at least \p least, at most \p most) off the beginning of \p text.
std::optional<int64_t> TakeNumber(std::string_view* text, size_t least, size_t most) {
  size_t count = 0;
  while (count < text->size() && count < most && (*text)[count] >= '0' && (*text)[count] <= '9')
    ++count;
  if (count < least) return std::nullopt;
  int64_t number = 0;
  std::from_chars(text->data(), text->data() + count, number);
  text->remove_prefix(count);
  return number;
}

bool Take(std::string_view* text, char expected) {
  if (text->empty() || text->front() != expected) return false;
  text->remove_prefix(1);
  return true;
}

/// A fraction's digits as milliseconds; what is finer is cut.
std::optional<int64_t> TakeMillis(std::string_view* text) {
  int64_t millis = 0;
  int64_t unit = 100;
  size_t digits = 0;
  for (; !text->empty() && text->front() >= '0' && text->front() <= '9'; ++digits) {
    millis += (text->front() - '0') * unit;
    unit /= 10;
    text->remove_prefix(1);
  }
  return digits == 0 ? std::nullopt : std::optional(millis);
}

/// Z, ±HH, ±HHMM or ±HH:MM, in minutes.
std::optional<int64_t> TakeZone(std::string_view* text) {
  if (text->empty() || Take(text, 'Z')) return 0;
  const int64_t sign = text->front() == '-' ? -1 : 1;
  if (!Take(text, '-') && !Take(text, '+')) return std::nullopt;
  const auto hours = TakeNumber(text, 2, 2);
  Take(text, ':');
  const auto minutes = text->empty() ? std::optional<int64_t>(0) : TakeNumber(text, 2, 2);
  if (!hours || !minutes || *hours > 18 || *minutes > 59) return std::nullopt;
  return sign * (*hours * 60 + *minutes);
}

}  // namespace

std::optional<TimestampMs> ParseDateTime(std::string_view text) {
  const auto year = TakeNumber(&text, 4, 4);
  if (!year || !Take(&text, '-')) return std::nullopt;
  const auto month = TakeNumber(&text, 2, 2);
  if (!month || !Take(&text, '-')) return std::nullopt;
  const auto day = TakeNumber(&text, 2, 2);
  if (!day || !Take(&text, 'T')) return std::nullopt;
  const auto hour = TakeNumber(&text, 2, 2);
  if (!hour || *hour > 23 || !Take(&text, ':')) return std::nullopt;
  const auto minute = TakeNumber(&text, 2, 2);
  if (!minute || *minute > 59 || !Take(&text, ':')) return std::nullopt;
  const auto second = TakeNumber(&text, 2, 2);
  if (!second || *second > 59) return std::nullopt;
  const auto millis = Take(&text, '.') ? TakeMillis(&text) : std::optional<int64_t>(0);
  const auto zone = millis ? TakeZone(&text) : std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!zone || !text.empty() || !date.ok()) return std::nullopt;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return (((days * 24 + *hour) * 60 + *minute - *zone) * 60 + *second) * 1000 + *millis;
}

std::optional<int64_t> ParseDuration(std::string_view text) {
  if (!Take(&text, 'P')) return std::nullopt;
  struct Part {
    char letter;
    int64_t millis;
  };
  int64_t total = 0;
  bool any = false;
  const auto take = [&](std::initializer_list<Part> parts) {
    for (const Part& part : parts) {
      std::string_view rest = text;
      const auto number = TakeNumber(&rest, 1, 9);
      if (!number) return;
      int64_t millis = 0;
      if (part.letter == 'S' && Take(&rest, '.')) {
        const auto fraction = TakeMillis(&rest);
        if (!fraction) return;
        millis = *fraction;
      }
      if (!Take(&rest, part.letter)) continue;
      total += *number * part.millis + millis;
      any = true;
      text = rest;
    }
  };
  take({{'D', 86'400'000}});
  if (Take(&text, 'T')) {
    any = false;
    take({{'H', 3'600'000}, {'M', 60'000}, {'S', 1000}});
  }
  return any && text.empty() ? std::optional(total) : std::nullopt;
}

}  // namespace pinlake
