#include "collector/plan/best_packing.h"

#include <optional>
#include <utility>

#include "collector/plan/differencing.h"
#include "collector/plan/exact_search.h"
#include "collector/plan/longest_first.h"
#include "collector/plan/lower_bound.h"
#include "collector/plan/multifit.h"
#include "collector/plan/refinement.h"

namespace alibi::plan {
namespace {

// Differencing keeps items * bins sums.
constexpr uint64_t kMostDifferences = 1 << 20;

uint64_t refinement_effort(const Weights& weights, uint32_t bins) {
  return 200 * (weights.size() + bins);
}

class Contest {
 public:
  Contest(const Weights& weights, uint32_t bins)
      : weights_(weights), bins_(bins), bound_(LowerBound(weights).of(bins)) {}

  Packing run() {
    best_ = longest_first(weights_, bins_);
    if (settled()) return std::move(best_);
    Packing refined = best_;
    enter(std::move(refined));
    if (!settled()) {
      std::optional<Packing> fitted = multifit(weights_, bins_, bound_, best_.fullest());
      if (fitted) enter(std::move(*fitted));
    }
    if (!settled() && weights_.size() * bins_ <= kMostDifferences) enter(differencing(weights_, bins_));
    if (!settled() && weights_.size() <= kMostExactItems) {
      improve_exactly(weights_, bound_, kExactSteps, &best_);
      refine(weights_, refinement_effort(weights_, bins_), &best_);
    }
    fill_empty_bins(weights_, &best_);
    return std::move(best_);
  }

 private:
  bool settled() const { return near_bound(best_.fullest(), bound_, weights_.size()); }

  void enter(Packing packing) {
    refine(weights_, refinement_effort(weights_, bins_), &packing);
    if (packing.fullest() < best_.fullest()) best_ = std::move(packing);
  }

  const Weights& weights_;
  const uint32_t bins_;
  const uint64_t bound_;
  Packing best_;
};

}  // namespace

bool near_bound(uint64_t fullest, uint64_t bound, size_t items) {
  return fullest <= bound || (items > kMostExactItems && fullest - bound <= bound / 1000);
}

Packing best_packing(const Weights& weights, uint32_t bins) {
  return Contest(weights, bins).run();
}

}  // namespace alibi::plan
