#include "collector/junit/numbers.h"

#include <gtest/gtest.h>

#include <string>

namespace alibi::junit {
namespace {

TEST(JunitNumbers, AreTimesInAnyWriting) {
  EXPECT_EQ(nanoseconds("0.125"), 125'000'000u);
  EXPECT_EQ(nanoseconds(" 3 "), 3'000'000'000u);
  EXPECT_EQ(nanoseconds("1,234.5"), 1'234'500'000'000u);
  EXPECT_EQ(nanoseconds("1,234,567.5"), 1'234'567'500'000'000u);
  EXPECT_EQ(nanoseconds("1e-05"), 10'000u);
  EXPECT_EQ(nanoseconds("1e-4000"), 0u);
  for (const char* bad : {"", " ", "x", "1x", "-1", "nan", "inf", "1e300", "1e4000", "1,5", "1,234",
                          "1.5,000", ",123.4", "12,34.5", "1,,234.5", "0x10"})
    EXPECT_EQ(nanoseconds(bad), std::nullopt) << bad;
  EXPECT_EQ(nanoseconds(std::string(100'000, '1')), std::nullopt);
}

TEST(JunitNumbers, AreMomentsWithTheirOffsets) {
  EXPECT_EQ(moment("1970-01-01T00:00:00"), 0);
  EXPECT_EQ(moment("2026-11-20T10:00:00+01:00"), 1795165200);
  EXPECT_EQ(moment("2026-11-20T10:00:00.123456Z"), 1795168800);
  EXPECT_EQ(moment("2026-11-20 10:00:00 -0130"), 1795174200);
  for (const char* bad :
       {"", "now", "2026-13-01T00:00:00", "2026-02-30T00:00:00", "2026-11-20", "20261120T100000",
        "2026-11-20T25:00:00", "2026-11-20T10:00:00+xx", "-026-11-20T10:00:00"})
    EXPECT_EQ(moment(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace alibi::junit
