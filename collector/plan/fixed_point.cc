#include "collector/plan/fixed_point.h"

#include <array>
#include <bit>
#include <cstddef>

namespace alibi::plan {
namespace {

constexpr int kScale = 62;  // of factors between 1 and 2

constexpr uint64_t root_of(Uint128 square) {
  uint64_t root = 0;
  for (uint64_t bit = uint64_t{1} << 63; bit != 0; bit >>= 1) {
    const uint64_t larger = root | bit;
    if (Uint128{larger} * larger <= square) root = larger;
  }
  return root;
}

// 2^(1/2), 2^(1/4), …
constexpr std::array<uint64_t, kFixedBits> roots_of_two() {
  std::array<uint64_t, kFixedBits> roots{};
  uint64_t last = uint64_t{2} << kScale;
  for (uint64_t& root : roots) root = last = root_of(Uint128{last} << kScale);
  return roots;
}

}  // namespace

Fixed log2_of(uint64_t number) {
  if (number < 2) return 0;
  const int whole = std::bit_width(number) - 1;
  Fixed result = whole;
  Uint128 mantissa = Uint128{number} << (63 - whole);  // 2^63 is one
  for (int bit = 0; bit < kFixedBits; ++bit) {
    mantissa = (mantissa * mantissa) >> 63;
    const bool is_two = (mantissa >> 64) != 0;
    if (is_two) mantissa >>= 1;
    result = result * 2 + (is_two ? 1 : 0);
  }
  return result;
}

uint64_t exp2_of(Fixed exponent) {
  static constexpr std::array<uint64_t, kFixedBits> kRoots = roots_of_two();
  const int64_t whole = exponent >> kFixedBits;
  if (whole >= 64) return UINT64_MAX;
  if (whole < -1) return 0;
  uint64_t factor = uint64_t{1} << kScale;
  for (int bit = 0; bit < kFixedBits; ++bit) {
    const bool is_set = ((exponent >> (kFixedBits - 1 - bit)) & 1) != 0;
    if (is_set)
      factor = static_cast<uint64_t>((Uint128{factor} * kRoots[static_cast<size_t>(bit)]) >> kScale);
  }
  const int shift = kScale - static_cast<int>(whole);  // -1 … 63
  if (shift < 1) return factor << -shift;
  return static_cast<uint64_t>((Uint128{factor} + (Uint128{1} << (shift - 1))) >> shift);
}

}  // namespace alibi::plan
