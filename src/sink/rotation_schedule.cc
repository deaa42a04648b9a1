#include "sink/rotation_schedule.h"

#include <utility>

namespace pinlake {
namespace {

constexpr int64_t kDayMs = 86'400'000;

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

Result<RotationSchedule> RotationSchedule::Make(int64_t interval_ms, const std::string& timezone) {
  if (interval_ms < 1) {
    return Fail(ErrorKind::kInvalidArgument, "rotate.schedule.interval.ms: {} is below 1",
                interval_ms);
  }
  ASSIGN_OR_RETURN(LocalZone zone, LocalZone::Make(timezone));
  return RotationSchedule(interval_ms, std::move(zone));
}

int64_t RotationSchedule::MidnightUtc(int64_t local_day) const {
  // Where midnight falls into a gap or twice, the earlier reading: two steps settle both.
  const int64_t local = local_day * kDayMs;
  const int64_t guess = local - zone_.OffsetAt(local);
  return local - zone_.OffsetAt(guess);
}

int64_t RotationSchedule::NextAfter(int64_t now_ms) const {
  int64_t day = FloorDiv(now_ms + zone_.OffsetAt(now_ms), kDayMs);
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
