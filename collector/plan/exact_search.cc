#include "collector/plan/exact_search.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace alibi::plan {
namespace {

class ExactSearch {
 public:
  ExactSearch(const Weights& weights, uint64_t bound, uint64_t steps, Packing* best)
      : weights_(weights),
        bound_(bound),
        steps_(steps),
        best_(*best),
        fullest_(best->fullest()),
        bin_of_(weights.size()),
        loads_(best->loads.size()),
        left_(weights.size() + 1) {
    for (size_t i = weights.size(); i-- > 0;) left_[i] = left_[i + 1] + weights[i];
  }

  void run() { descend(0, 0); }

 private:
  bool done() const { return steps_ == 0 || fullest_ <= bound_; }

  void descend(size_t item, uint64_t full) {
    if (done()) return;
    --steps_;
    if (item == weights_.size()) {
      fullest_ = full;
      best_.bin_of = bin_of_;
      best_.loads = loads_;
      return;
    }
    if (room() < left_[item]) return;
    // Least loaded first, as LPT; bins of equal load are the same bin.
    std::array<uint32_t, kMostExactItems> order;
    for (uint32_t bin = 0; bin < loads_.size(); ++bin) {
      uint32_t place = bin;
      for (; place > 0 && loads_[order[place - 1]] > loads_[bin]; --place) order[place] = order[place - 1];
      order[place] = bin;
    }
    uint64_t before = UINT64_MAX;
    for (size_t i = 0; i < loads_.size(); ++i) {
      const uint32_t bin = order[i];
      const uint64_t load = loads_[bin] + weights_[item];
      if (load >= fullest_) break;
      if (loads_[bin] == before) continue;
      before = loads_[bin];
      loads_[bin] = load;
      bin_of_[item] = bin;
      descend(item + 1, std::max(full, load));
      loads_[bin] = before;
      if (done()) return;
    }
  }

  // What still fits below the best found: bins in which nothing fits count as full.
  uint64_t room() const {
    uint64_t room = 0;
    for (const uint64_t load : loads_) {
      const uint64_t free = fullest_ - 1 - std::min(load, fullest_ - 1);
      if (free >= weights_.back()) room += free;
    }
    return room;
  }

  const Weights& weights_;
  const uint64_t bound_;
  uint64_t steps_;
  Packing& best_;
  uint64_t fullest_;
  std::vector<uint32_t> bin_of_;
  std::vector<uint64_t> loads_;
  std::vector<uint64_t> left_;  // weight of the items from i on
};

}  // namespace

void improve_exactly(const Weights& weights, uint64_t bound, uint64_t steps, Packing* packing) {
  const size_t bins = packing->loads.size();
  if (weights.empty() || weights.size() > kMostExactItems || bins == 0 || bins > kMostExactItems) return;
  ExactSearch(weights, bound, steps, packing).run();
}

}  // namespace alibi::plan
