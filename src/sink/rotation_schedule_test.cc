#include "sink/rotation_schedule.h"

#include <gtest/gtest.h>

namespace pinlake {
namespace {

constexpr int64_t kHour = 3'600'000;
constexpr int64_t kNoonUtc = 1'709'294'400'000;  // 2024-03-01 12:00:00 UTC

RotationSchedule Make(int64_t interval_ms, const std::string& zone = "UTC") {
  auto made = RotationSchedule::Make(interval_ms, zone);
  EXPECT_TRUE(made) << made.error().message();
  return *made;
}

TEST(RotationScheduleTest, NextIsStrictlyGreaterThanNow) {
  EXPECT_EQ(Make(kHour).NextAfter(kNoonUtc), kNoonUtc + kHour);
  EXPECT_EQ(Make(kHour).NextAfter(kNoonUtc - 1), kNoonUtc);
}

TEST(RotationScheduleTest, CountsFromLocalMidnight) {
  EXPECT_EQ(Make(7 * kHour).NextAfter(kNoonUtc + kHour / 2), kNoonUtc + 2 * kHour);
  // Half past five in Kolkata is midnight UTC.
  EXPECT_EQ(Make(kHour, "Asia/Kolkata").NextAfter(kNoonUtc), kNoonUtc + kHour / 2);
  EXPECT_EQ(Make(kHour, "+05:30").NextAfter(kNoonUtc), kNoonUtc + kHour / 2);
}

TEST(RotationScheduleTest, TheLastSpanOfADayIsCutShort) {
  const int64_t at_22 = kNoonUtc + 10 * kHour;
  EXPECT_EQ(Make(7 * kHour).NextAfter(at_22), kNoonUtc + 12 * kHour);
  EXPECT_EQ(Make(INT64_MAX).NextAfter(at_22), kNoonUtc + 12 * kHour);
}

TEST(RotationScheduleTest, ADayOfTwentyThreeHoursEndsAtItsMidnight) {
  // 2024-03-10 in Los Angeles lasts from 08:00 UTC to 07:00 UTC of the next day.
  const int64_t midnight = 1'710'057'600'000;
  const auto schedule = Make(24 * kHour, "America/Los_Angeles");
  EXPECT_EQ(schedule.NextAfter(midnight), midnight + 23 * kHour);
  EXPECT_EQ(schedule.NextAfter(midnight - 1), midnight);
}

TEST(RotationScheduleTest, NextNeverStandsStillInAnyZone) {
  for (const char* zone : {"UTC", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe",
                           "Asia/Beirut", "-09:30"}) {
    const auto schedule = Make(5 * kHour + 17, zone);
    int64_t now = 1'500'000'000'000;
    for (int i = 0; i < 3000; ++i) {
      const int64_t next = schedule.NextAfter(now);
      ASSERT_GT(next, now) << zone;
      ASSERT_LE(next - now, 5 * kHour + 17) << zone << " at " << now;
      now = next;
    }
  }
}

TEST(RotationScheduleTest, RefusesUnknownZones) {
  EXPECT_FALSE(RotationSchedule::Make(1000, "Mars/Olympus"));
  EXPECT_FALSE(RotationSchedule::Make(1000, ""));
  EXPECT_FALSE(RotationSchedule::Make(1000, "GMT+2"));
  EXPECT_FALSE(RotationSchedule::Make(0, "UTC"));
}

}  // namespace
}  // namespace pinlake
