#include "collector/plan/differencing.h"

#include <algorithm>
#include <cstddef>
#include <queue>
#include <utility>
#include <vector>

namespace alibi::plan {
namespace {

constexpr uint32_t kNone = UINT32_MAX;

// A bin's items, linked through the array `next`; `first` is its heaviest.
struct Chain {
  uint64_t load = 0;
  uint32_t first = kNone, last = kNone;
};
bool fuller(const Chain& one, const Chain& other) {
  return one.load != other.load ? one.load > other.load : one.first < other.first;
}

// Its bins that hold something, fullest first; the others are not kept.
using Partial = std::vector<Chain>;

class Differencing {
 public:
  Differencing(const Weights& weights, uint32_t bins) : bins_(bins), next_(weights.size(), kNone) {
    for (uint32_t i = 0; i < weights.size(); ++i) add(Partial{{weights[i], i, i}});
  }

  Partial run() {
    while (open_.size() > 1) {
      Partial one = take();
      add(laid_over(std::move(one), take()));
    }
    return open_.empty() ? Partial() : take();
  }
  uint32_t after(uint32_t item) const { return next_[item]; }

 private:
  struct Open {
    uint64_t difference;
    uint32_t number;  // into partials_; the older goes first
    bool operator<(const Open& other) const {
      return difference != other.difference ? difference < other.difference : number > other.number;
    }
  };

  void add(Partial partial) {
    const uint64_t least = partial.size() < bins_ ? 0 : partial.back().load;
    open_.push({partial.front().load - least, static_cast<uint32_t>(partials_.size())});
    partials_.push_back(std::move(partial));
  }

  Partial take() {
    const uint32_t number = open_.top().number;
    open_.pop();
    return std::move(partials_[number]);
  }

  // Bin i of `one` with bin (bins - 1 - i) of `other`.
  Partial laid_over(Partial one, Partial other) {
    const size_t free = bins_ - one.size();
    Partial both = std::move(one);
    for (size_t j = 0; j < other.size(); ++j) {
      if (j < free) {
        both.push_back(other[j]);
      } else {
        join(&both[bins_ - 1 - j], other[j]);
      }
    }
    std::sort(both.begin(), both.end(), fuller);
    return both;
  }

  void join(Chain* into, const Chain& from) {
    into->load += from.load;
    if (from.first < into->first) {
      next_[from.last] = into->first;
      into->first = from.first;
    } else {
      next_[into->last] = from.first;
      into->last = from.last;
    }
  }

  const size_t bins_;
  std::vector<uint32_t> next_;
  std::vector<Partial> partials_;
  std::priority_queue<Open> open_;
};

}  // namespace

Packing differencing(const Weights& weights, uint32_t bins) {
  Packing packing;
  packing.bin_of.resize(weights.size());
  packing.loads.resize(bins);
  if (bins == 0 || weights.empty()) return packing;
  Differencing search(weights, bins);
  const Partial whole = search.run();
  for (uint32_t bin = 0; bin < whole.size(); ++bin) {
    packing.loads[bin] = whole[bin].load;
    for (uint32_t item = whole[bin].first; item != kNone; item = search.after(item))
      packing.bin_of[item] = bin;
  }
  return packing;
}

}  // namespace alibi::plan
