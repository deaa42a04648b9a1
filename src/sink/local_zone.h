// Local time of the zones that the original knows.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace date {
class time_zone;
}

namespace pinlake {

/// A time zone; milliseconds throughout. Immutable, thread-safe.
class LocalZone {
 public:
  /// \p name: of the tz database ("Europe/Berlin", "UTC"), or "+05:30". kInvalidArgument.
  static Result<LocalZone> Make(const std::string& name);

  /// Local time minus UTC at \p utc_ms.
  int64_t OffsetAt(int64_t utc_ms) const;
  /// Of a local time that a clock change skips, the instant as late after the change; of one that
  /// it repeats, the earlier or later by the side of UTC that the zone lies on. \see
  /// DateTimeZone.convertLocalToUTC(local, false) of Joda-Time
  int64_t ToUtc(int64_t local_ms) const;
  /// As it was given.
  const std::string& name() const { return name_; }

 private:
  LocalZone(std::string name, const date::time_zone* zone, int64_t fixed_offset_ms)
      : name_(std::move(name)), zone_(zone), fixed_offset_ms_(fixed_offset_ms) {}
  /// The first change of offset after \p utc_ms; INT64_MAX if there is none.
  int64_t NextChange(int64_t utc_ms) const;

  std::string name_;
  const date::time_zone* zone_;  ///< null: fixed_offset_ms_ applies
  int64_t fixed_offset_ms_;
};

}  // namespace pinlake
