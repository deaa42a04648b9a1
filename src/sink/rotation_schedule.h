// When rotate.schedule.interval.ms next closes open objects.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/result.h"
#include "sink/local_zone.h"

namespace pinlake {

/// Instants at local midnight + k × interval. Immutable, thread-safe.
class RotationSchedule {
 public:
  /// \p timezone: a name of the tz database ("Europe/Berlin", "UTC") or "+05:30".
  /// kInvalidArgument: unknown zone, interval below 1 ms.
  static Result<RotationSchedule> Make(int64_t interval_ms, const std::string& timezone);

  /// The smallest instant strictly greater than \p now_ms, and never past the next local midnight:
  /// the last span of a day is cut short.
  /// \see DateTimeUtils.getNextTimeAdjustedByDay of kafka-connect-storage-common
  int64_t NextAfter(int64_t now_ms) const;

  int64_t interval_ms() const { return interval_ms_; }

 private:
  RotationSchedule(int64_t interval_ms, LocalZone zone)
      : interval_ms_(interval_ms), zone_(std::move(zone)) {}

  int64_t MidnightUtc(int64_t local_day) const;

  int64_t interval_ms_;
  LocalZone zone_;
};

}  // namespace pinlake
