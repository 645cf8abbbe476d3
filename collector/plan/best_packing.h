// The best of all algorithms of this folder for one number of bins (PLAN.md). Pure; used by the planner, the
// analysis and share_over_workers.
#ifndef ALIBI_COLLECTOR_PLAN_BEST_PACKING_H_
#define ALIBI_COLLECTOR_PLAN_BEST_PACKING_H_

#include <cstdint>

#include "collector/plan/packing.h"

namespace alibi::plan {

// Close enough to the bound that further search is not worth its time: equal to it where the exact search
// can be used, within a thousandth of it else.
bool near_bound(uint64_t fullest, uint64_t bound, size_t items);

// Never fuller than LPT's; no bin is empty while another has two items.
Packing best_packing(const Weights& weights, uint32_t bins);

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_BEST_PACKING_H_
