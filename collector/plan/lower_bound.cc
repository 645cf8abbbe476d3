#include "collector/plan/lower_bound.h"

#include <algorithm>

namespace alibi::plan {

LowerBound::LowerBound(const Weights& weights) {
  sums_.reserve(weights.size() + 1);
  sums_.push_back(0);
  for (const uint64_t weight : weights) sums_.push_back(sums_.back() + weight);
}

uint64_t LowerBound::of(uint64_t bins) const {
  const uint64_t count = sums_.size() - 1;
  if (count == 0 || bins == 0) return 0;
  if (bins >= count) return sums_[1];
  uint64_t bound = std::max(sums_[1], (sums_[count] + bins - 1) / bins);
  for (uint64_t k = 1; k * bins < count; ++k) {
    bound = std::max(bound, sums_[k * bins + 1] - sums_[k * bins - k]);
  }
  return bound;
}

}  // namespace alibi::plan
