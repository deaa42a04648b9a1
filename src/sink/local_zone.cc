#include "sink/local_zone.h"

#include <date/tz.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <limits>
#include <optional>

namespace pinlake {
namespace {

using std::chrono::milliseconds;

/// The tz library counts years in 16 bits.
constexpr int64_t kZonedMsMax = 900'000'000'000'000;

/// "+05:30" as milliseconds, the one form besides names that the original's zones take.
std::optional<int64_t> FixedOffset(const std::string& text) {
  int hours = 0;
  int minutes = 0;
  char sign = 0;
  int used = 0;
  if (std::sscanf(text.c_str(), "%c%2d:%2d%n", &sign, &hours, &minutes, &used) != 3) return {};
  if (static_cast<size_t>(used) != text.size() || text.size() != 6) return {};
  if ((sign != '+' && sign != '-') || hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
    return {};
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

date::sys_info InfoAt(const date::time_zone& zone, int64_t utc_ms) {
  const int64_t within = std::clamp(utc_ms, -kZonedMsMax, kZonedMsMax);
  return zone.get_info(date::sys_time<milliseconds>{milliseconds(within)});
}

}  // namespace

Result<LocalZone> LocalZone::Make(const std::string& name) {
  if (const auto fixed = FixedOffset(name)) return LocalZone(name, nullptr, *fixed);
  const date::time_zone* zone = Locate(name);
  if (zone == nullptr) {
    return Fail(ErrorKind::kInvalidArgument,
                "timezone: '{}' is no zone of the tz database (UTC, Europe/Berlin) and no offset "
                "(+05:30)",
                name);
  }
  return LocalZone(name, zone, 0);
}

int64_t LocalZone::OffsetAt(int64_t utc_ms) const {
  if (zone_ == nullptr) return fixed_offset_ms_;
  return std::chrono::duration_cast<milliseconds>(InfoAt(*zone_, utc_ms).offset).count();
}

int64_t LocalZone::NextChange(int64_t utc_ms) const {
  constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  if (zone_ == nullptr || utc_ms >= kZonedMsMax) return kNever;
  const int64_t end = InfoAt(*zone_, utc_ms).end.time_since_epoch().count();
  return end >= kZonedMsMax / 1000 ? kNever : end * 1000;
}

int64_t LocalZone::ToUtc(int64_t local_ms) const {
  const int64_t as_if_utc = OffsetAt(local_ms);
  const int64_t offset = OffsetAt(local_ms - as_if_utc);
  if (as_if_utc == offset || as_if_utc >= 0) return local_ms - offset;
  // West of Greenwich the two may disagree merely because a change lies between them.
  const bool skipped = NextChange(local_ms - as_if_utc) != NextChange(local_ms - offset);
  return local_ms - (skipped ? as_if_utc : offset);
}

}  // namespace pinlake
