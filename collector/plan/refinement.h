// Makes a packing better step by step: an item of the fullest bin moves to another or changes places with a
// smaller one, while that lowers the fuller of the two. Pure; used by best_packing.
#ifndef ALIBI_COLLECTOR_PLAN_REFINEMENT_H_
#define ALIBI_COLLECTOR_PLAN_REFINEMENT_H_

#include <cstdint>

#include "collector/plan/packing.h"

namespace alibi::plan {

// Where nothing helps the fullest bin, the next fullest is tried, so that the rest gets even too. `effort`
// bounds the steps (items looked at). Never makes the fullest bin fuller.
void refine(const Weights& weights, uint64_t effort, Packing* packing);

// Gives each empty bin the lightest item of the fullest bin that has several, while there is one.
void fill_empty_bins(const Weights& weights, Packing* packing);

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_REFINEMENT_H_
