// What no packing can be better than. Pure; used by the planner, best_packing and the analysis.
#ifndef ALIBI_COLLECTOR_PLAN_LOWER_BOUND_H_
#define ALIBI_COLLECTOR_PLAN_LOWER_BOUND_H_

#include <cstdint>
#include <vector>

#include "collector/plan/packing.h"

namespace alibi::plan {

class LowerBound {
 public:
  explicit LowerBound(const Weights& weights);
  // The mean, the heaviest, and for each k: of the k * bins + 1 heaviest, k + 1 share a bin.
  uint64_t of(uint64_t bins) const;

 private:
  std::vector<uint64_t> sums_;  // of the first i weights
};

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_LOWER_BOUND_H_
