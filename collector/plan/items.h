// Units as the packing algorithms see them: groups are one item, file costs are inside, and sums cannot
// overflow. Pure; used by the planner and the analysis.
#ifndef ALIBI_COLLECTOR_PLAN_ITEMS_H_
#define ALIBI_COLLECTOR_PLAN_ITEMS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "collector/plan/packing.h"
#include "collector/plan/planner.h"
#include "collector/plan/unit.h"

namespace alibi::plan {

// Weight descending, then file, selectors and what else there is, by bytes: the order of Plan::units.
bool goes_before(const Unit& one, const Unit& other);
std::vector<size_t> planning_order(const std::vector<Unit>& units);

struct Items {
  Weights weights;                           // with file costs
  std::vector<std::vector<size_t>> members;  // positions in the units given, in planning order
  std::vector<uint64_t> unit_weights;        // of one unit with its file cost, by position in the units
};

// `order`: planning_order(units). Weights above kMostTotal / units count as that; 0 counts as 1.
Items make_items(const std::vector<Unit>& units, const std::vector<size_t>& order, uint64_t file_ms);

// UINT64_MAX in the place of what is more.
uint64_t saturated_sum(uint64_t one, uint64_t other);

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_ITEMS_H_
