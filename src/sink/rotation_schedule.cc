#include "sink/rotation_schedule.h"

#include <date/tz.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>

namespace pinlake {
namespace {

constexpr int64_t kDayMs = 86'400'000;

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

/// "+05:30" as milliseconds, the one form besides names that the original's zones take.
std::optional<int64_t> FixedOffset(const std::string& text) {
  int hours = 0;
  int minutes = 0;
  char sign = 0;
  int used = 0;
  if (std::sscanf(text.c_str(), "%c%2d:%2d%n", &sign, &hours, &minutes, &used) != 3) return {};
  if (static_cast<size_t>(used) != text.size() || text.size() != 6) return {};
  if ((sign != '+' && sign != '-') || hours > 23 || minutes > 59) return {};
  const int64_t ms = (hours * 60 + minutes) * int64_t{60'000};
  return sign == '+' ? ms : -ms;
}

const date::time_zone* Locate(const std::string& name) {
  try {  // the tz library has no other way to say no
    return date::locate_zone(name);
  } catch (const std::exception&) {
    return nullptr;
  }
}

}  // namespace

Result<RotationSchedule> RotationSchedule::Make(int64_t interval_ms, const std::string& timezone) {
  if (interval_ms < 1) {
    return Fail(ErrorKind::kInvalidArgument, "rotate.schedule.interval.ms: {} is below 1",
                interval_ms);
  }
  if (const auto fixed = FixedOffset(timezone))
    return RotationSchedule(interval_ms, nullptr, *fixed);
  const date::time_zone* zone = Locate(timezone);
  if (zone == nullptr) {
    return Fail(ErrorKind::kInvalidArgument,
                "timezone: '{}' is no zone of the tz database (UTC, Europe/Berlin) and no offset "
                "(+05:30)",
                timezone);
  }
  return RotationSchedule(interval_ms, zone, 0);
}

int64_t RotationSchedule::OffsetAt(int64_t utc_ms) const {
  if (zone_ == nullptr) return fixed_offset_ms_;
  using std::chrono::milliseconds;
  const date::sys_time<milliseconds> at{milliseconds(utc_ms)};
  return std::chrono::duration_cast<milliseconds>(zone_->get_info(at).offset).count();
}

int64_t RotationSchedule::MidnightUtc(int64_t local_day) const {
  // Where midnight falls into a gap or twice, the earlier reading: two steps settle both.
  const int64_t local = local_day * kDayMs;
  const int64_t guess = local - OffsetAt(local);
  return local - OffsetAt(guess);
}

int64_t RotationSchedule::NextAfter(int64_t now_ms) const {
  int64_t day = FloorDiv(now_ms + OffsetAt(now_ms), kDayMs);
  int64_t midnight = MidnightUtc(day);
  if (midnight > now_ms) midnight = MidnightUtc(--day);
  int64_t next_midnight = MidnightUtc(day + 1);
  if (next_midnight <= now_ms) {
    midnight = next_midnight;
    next_midnight = MidnightUtc(day + 2);
  }
  const int64_t steps = FloorDiv(now_ms - midnight, interval_ms_) + 1;
  // Beyond one day the product could overflow; the midnight bound wins anyway.
  if (steps > (next_midnight - midnight) / interval_ms_) return next_midnight;
  return midnight + steps * interval_ms_;
}

}  // namespace pinlake
