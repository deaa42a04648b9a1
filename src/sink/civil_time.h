// Fields of a moment in the proleptic ISO calendar.
#pragma once

#include <cstdint>
#include <optional>

namespace pinlake {

struct CivilTime {
  int64_t year = 1970, week_year = 1970;
  int month = 1, day = 1, day_of_year = 1, week = 1;
  int weekday = 4;  ///< Monday is 1
  int hour = 0, minute = 0, second = 0, ms = 0;
};

/// \p ms: since 1970-01-01 00:00, of whatever zone the fields are wanted in.
CivilTime ToCivil(int64_t ms);

/// Days since 1970-01-01. None: no such day, or a year beyond 292,000,000.
std::optional<int64_t> DaysOfDate(int64_t year, int month, int day);
std::optional<int64_t> DaysOfOrdinal(int64_t year, int day_of_year);
std::optional<int64_t> DaysOfWeekDate(int64_t week_year, int week, int weekday);

}  // namespace pinlake
