#include "sink/civil_time.h"

namespace pinlake {
namespace {

constexpr int64_t kDayMs = 86'400'000;
/// Milliseconds of its days fit 64 bits.
constexpr int64_t kYearMax = 292'000'000;

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

bool IsLeap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

/// Days from 1970-01-01 to \p year-01-01.
int64_t YearStart(int64_t year) {
  const int64_t before = year - 1;
  return 365 * (year - 1970) + FloorDiv(before, 4) - FloorDiv(before, 100) + FloorDiv(before, 400) -
         477;
}

int DaysBefore(int64_t year, int month) {
  constexpr int kBefore[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
  return kBefore[month - 1] + (month > 2 && IsLeap(year) ? 1 : 0);
}

/// Monday is 1; 1970-01-01 was a Thursday.
int Weekday(int64_t days) { return static_cast<int>((days + 3) - FloorDiv(days + 3, 7) * 7) + 1; }

/// The Monday of the week with the year's first Thursday.
int64_t WeekYearStart(int64_t week_year) {
  const int64_t fourth = YearStart(week_year) + 3;
  return fourth - (Weekday(fourth) - 1);
}

bool Within(int64_t year) { return year >= -kYearMax && year <= kYearMax; }

}  // namespace

CivilTime ToCivil(int64_t ms) {
  CivilTime at;
  const int64_t days = FloorDiv(ms, kDayMs);
  int64_t rest = ms - days * kDayMs;
  at.ms = static_cast<int>(rest % 1000);
  rest /= 1000;
  at.second = static_cast<int>(rest % 60);
  at.minute = static_cast<int>(rest / 60 % 60);
  at.hour = static_cast<int>(rest / 3600);

  at.year = 1970 + FloorDiv(days * 400, 146'097);  // within one of the year
  while (YearStart(at.year) > days) --at.year;
  while (YearStart(at.year + 1) <= days) ++at.year;
  at.day_of_year = static_cast<int>(days - YearStart(at.year)) + 1;
  while (at.month < 12 && DaysBefore(at.year, at.month + 1) < at.day_of_year) ++at.month;
  at.day = at.day_of_year - DaysBefore(at.year, at.month);

  at.weekday = Weekday(days);
  at.week_year = at.year;
  if (days < WeekYearStart(at.year)) --at.week_year;
  if (days >= WeekYearStart(at.year + 1)) ++at.week_year;
  at.week = static_cast<int>((days - WeekYearStart(at.week_year)) / 7) + 1;
  return at;
}

std::optional<int64_t> DaysOfDate(int64_t year, int month, int day) {
  if (!Within(year) || month < 1 || month > 12 || day < 1) return {};
  const int next = month == 12 ? (IsLeap(year) ? 366 : 365) : DaysBefore(year, month + 1);
  if (DaysBefore(year, month) + day > next) return {};
  return YearStart(year) + DaysBefore(year, month) + day - 1;
}

std::optional<int64_t> DaysOfOrdinal(int64_t year, int day_of_year) {
  if (!Within(year) || day_of_year < 1 || day_of_year > (IsLeap(year) ? 366 : 365)) return {};
  return YearStart(year) + day_of_year - 1;
}

std::optional<int64_t> DaysOfWeekDate(int64_t week_year, int week, int weekday) {
  if (!Within(week_year) || week < 1 || weekday < 1 || weekday > 7) return {};
  const int64_t monday = WeekYearStart(week_year) + (week - 1) * 7;
  if (monday >= WeekYearStart(week_year + 1)) return {};
  return monday + weekday - 1;
}

}  // namespace pinlake
