// Logarithms and powers of two in whole numbers, 32 bits after the point, so that estimates are equal to the
// last digit whatever the host's mathematical library and compiler do. Pure; used by estimate only.
#ifndef ALIBI_COLLECTOR_PLAN_FIXED_POINT_H_
#define ALIBI_COLLECTOR_PLAN_FIXED_POINT_H_

#include <cstdint>

namespace alibi::plan {

__extension__ using Int128 = __int128;
__extension__ using Uint128 = unsigned __int128;

using Fixed = int64_t;  // in units of 2^-32
inline constexpr int kFixedBits = 32;

Fixed log2_of(uint64_t number);  // of 0 as of 1
// Rounded to the next whole number; UINT64_MAX for what is larger.
uint64_t exp2_of(Fixed exponent);

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_FIXED_POINT_H_
