// Branch and bound for few items: the optimum, or the best found when its steps are used up. Pure.
#ifndef ALIBI_COLLECTOR_PLAN_EXACT_SEARCH_H_
#define ALIBI_COLLECTOR_PLAN_EXACT_SEARCH_H_

#include <cstdint>

#include "collector/plan/packing.h"

namespace alibi::plan {

inline constexpr size_t kMostExactItems = 24;
inline constexpr uint64_t kExactSteps = 100'000;

// Improves `packing` in place; stops at `bound` (a lower bound).
void improve_exactly(const Weights& weights, uint64_t bound, uint64_t steps, Packing* packing);

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_EXACT_SEARCH_H_
