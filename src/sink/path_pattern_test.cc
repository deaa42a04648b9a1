#include "sink/path_pattern.h"

#include <gtest/gtest.h>

namespace pinlake {
namespace {

constexpr int64_t kMoment = 1709296245678;  // 2024-03-01 12:30:45.678 UTC, a Friday

std::string Format(const std::string& pattern, int64_t ms = kMoment,
                   const std::string& zone = "UTC", const std::string& locale = "en") {
  const auto made = PathPattern::Make(pattern, *LocalZone::Make(zone), locale);
  return made ? made->Format(ms) : made.error().message();
}

TEST(PathPatternTest, FieldsAreThoseOfJoda) {
  EXPECT_EQ(Format("'year'=YYYY/'month'=MM/'day'=dd/'hour'=HH"),
            "year=2024/month=03/day=01/hour=12");
  EXPECT_EQ(Format("y yy yyyyy M d D w e H k K h m s"),
            "2024 24 02024 3 1 61 9 5 12 12 0 12 30 45");
  EXPECT_EQ(Format("S SS SSS SSSSS"), "6 67 678 67800");
  EXPECT_EQ(Format("G CC ''a'quoted'' text'"), "AD 20 'PMquoted' text");
  EXPECT_EQ(Format("EEE EEEE MMM MMMM a"), "Fri Friday Mar March PM");
  EXPECT_EQ(Format("H k K h", 1709251200000), "0 24 0 12");
}

TEST(PathPatternTest, YyyyIsThePlainYearAndXxxxTheWeekYear) {
  EXPECT_EQ(Format("YYYY xxxx ww", 1609545600000), "2021 2020 53");  // 2021-01-02
}

TEST(PathPatternTest, ZonesAndTheirClockChanges) {
  EXPECT_EQ(Format("HHmm Z ZZ", kMoment, "+05:30"), "1800 +0530 +05:30");
  EXPECT_EQ(Format("HH ZZZ Z", 1710065700000, "America/Los_Angeles"),
            "03 America/Los_Angeles -0700");
  EXPECT_EQ(Format("HH Z", 1710064500000, "America/Los_Angeles"), "01 -0800");
}

TEST(PathPatternTest, NamesAreThoseOfJavasLocale) {
  EXPECT_EQ(Format("EEE MMM", kMoment, "UTC", "fr"), "ven. mars");
  EXPECT_EQ(Format("EEEE MMMM", kMoment, "UTC", "de"), "Freitag März");
  // To Java, "en-US" in one piece is no language: short names only.
  EXPECT_EQ(Format("EEEE MMMM", kMoment, "UTC", "en-US"), "Fri Mar");
}

TEST(PathPatternTest, WhatIsNoFieldIsRefusedByName) {
  EXPECT_NE(Format("YYYY-qq").find("'qq' is no field"), std::string::npos);
  EXPECT_NE(Format("MMMM", kMoment, "UTC", "xx").find("locale: the names of 'xx'"),
            std::string::npos);
  EXPECT_EQ(Format("MM", kMoment, "UTC", "xx"), "03");
}

TEST(LocalZoneTest, LocalTimesThatAChangeSkipsOrRepeats) {
  const auto berlin = *LocalZone::Make("Europe/Berlin");
  const int64_t hour = 3'600'000;
  // 2024-03-31 02:30 does not exist there: it is 03:30, 01:30 UTC.
  const int64_t gap = 1711852200000;
  EXPECT_EQ(berlin.ToUtc(gap), gap - hour);
  // 2024-10-27 02:30 exists twice; 01:30 UTC is the later.
  const int64_t twice = 1729996200000;
  EXPECT_EQ(berlin.ToUtc(twice), twice - hour);
  const auto angeles = *LocalZone::Make("America/Los_Angeles");
  // 2024-11-03 01:30 exists twice; 08:30 UTC is the earlier.
  const int64_t fall = 1730597400000;
  EXPECT_EQ(angeles.ToUtc(fall), fall + 7 * hour);
}

}  // namespace
}  // namespace pinlake
