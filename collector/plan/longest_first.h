// LPT, the peer's packing: the heaviest goes to the least loaded bin, to the lowest index where loads are
// equal. Pure; at most 4/3 of the optimum.
#ifndef ALIBI_COLLECTOR_PLAN_LONGEST_FIRST_H_
#define ALIBI_COLLECTOR_PLAN_LONGEST_FIRST_H_

#include <cstdint>

#include "collector/plan/packing.h"

namespace alibi::plan {

Packing longest_first(const Weights& weights, uint32_t bins);

// Without who goes where: for numbers of nodes that are only compared.
struct LoadRange {
  uint64_t fullest = 0, emptiest = 0;
};
LoadRange longest_first_loads(const Weights& weights, uint32_t bins);

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_LONGEST_FIRST_H_
