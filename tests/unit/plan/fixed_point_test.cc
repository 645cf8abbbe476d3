#include "collector/plan/fixed_point.h"

#include <gtest/gtest.h>

#include <cmath>

namespace alibi::plan {
namespace {

constexpr Fixed kOne = Fixed{1} << kFixedBits;

TEST(FixedPoint, TakesLogarithmsOfPowersOfTwoExactly) {
  EXPECT_EQ(log2_of(0), 0);
  EXPECT_EQ(log2_of(1), 0);
  EXPECT_EQ(log2_of(2), kOne);
  EXPECT_EQ(log2_of(1024), 10 * kOne);
  EXPECT_EQ(log2_of(uint64_t{1} << 63), 63 * kOne);
}

TEST(FixedPoint, AgreesWithTheMathematicalLibraryToNineDigits) {
  for (const uint64_t number : {3u, 7u, 1000u, 4000u, 60000u, 123456789u})
    EXPECT_NEAR(static_cast<double>(log2_of(number)) / kOne, std::log2(number), 1e-9) << number;
}

TEST(FixedPoint, GoesThereAndBack) {
  for (uint64_t number = 1; number < 2'000'000; number += number / 7 + 1)
    EXPECT_EQ(exp2_of(log2_of(number)), number);
  EXPECT_NEAR(static_cast<double>(exp2_of(log2_of(1'000'000'000'000))), 1e12, 2e3);
}

TEST(FixedPoint, StaysInItsRange) {
  EXPECT_EQ(exp2_of(64 * kOne), UINT64_MAX);
  EXPECT_EQ(exp2_of(INT64_MAX), UINT64_MAX);
  EXPECT_EQ(exp2_of(63 * kOne), uint64_t{1} << 63);
  EXPECT_EQ(exp2_of(62 * kOne), uint64_t{1} << 62);
  EXPECT_EQ(exp2_of(-1 * kOne), 1u);  // a half, rounded
  EXPECT_EQ(exp2_of(-3 * kOne), 0u);
  EXPECT_EQ(exp2_of(INT64_MIN), 0u);
}

}  // namespace
}  // namespace alibi::plan
