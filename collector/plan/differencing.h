// Karmarkar and Karp's largest differencing over n bins: the two partial packings that are most uneven are
// laid over one another, the fullest bin of one on the emptiest of the other. Pure.
#ifndef ALIBI_COLLECTOR_PLAN_DIFFERENCING_H_
#define ALIBI_COLLECTOR_PLAN_DIFFERENCING_H_

#include <cstdint>

#include "collector/plan/packing.h"

namespace alibi::plan {

// Takes time and memory for weights.size() * bins in the worst case: the caller bounds it.
Packing differencing(const Weights& weights, uint32_t bins);

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_DIFFERENCING_H_
