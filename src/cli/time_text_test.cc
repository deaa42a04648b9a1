#include "cli/time_text.h"

#include <gtest/gtest.h>

namespace pinlake {
namespace {

TEST(TimeTextTest, MomentsInAnyZone) {
  EXPECT_EQ(ParseDateTime("1970-01-01T00:00:00.000"), 0);
  EXPECT_EQ(ParseDateTime("2024-03-01T12:30:45.5Z"), 1709296245500);
  EXPECT_EQ(ParseDateTime("2024-03-01T12:30:45.123+0100"), 1709292645123);
  EXPECT_EQ(ParseDateTime("2024-03-01T12:30:45.123-05:30"), 1709316045123);
  EXPECT_EQ(ParseDateTime("1969-12-31T23:59:59"), -1000);
  for (const char* wrong : {"", "2024-03-01", "2024-02-30T00:00:00", "2024-03-01T24:00:00",
                            "2024-03-01T12:30:45.", "2024-03-01T12:30:45+1",
                            "2024-03-01T12:30:45Zx", "2024-3-01T12:30:45", "2024-03-01 12:30:45"}) {
    EXPECT_FALSE(ParseDateTime(wrong)) << wrong;
  }
}

TEST(TimeTextTest, SpansOfTime) {
  EXPECT_EQ(ParseDuration("P1D"), 86'400'000);
  EXPECT_EQ(ParseDuration("PT1H30M"), 5'400'000);
  EXPECT_EQ(ParseDuration("P0DT0H5M0S"), 300'000);
  EXPECT_EQ(ParseDuration("PT1.5S"), 1500);
  for (const char* wrong :
       {"", "P", "PT", "P1DT", "1D", "P1H", "PT1D", "PT5M1H", "PT1.S", "P1Dx"}) {
    EXPECT_FALSE(ParseDuration(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace pinlake
