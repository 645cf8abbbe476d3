#include "collector/plan/refinement.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <queue>
#include <utility>
#include <vector>

namespace alibi::plan {
namespace {

constexpr size_t kNothing = SIZE_MAX;

std::vector<std::vector<uint32_t>> contents_of(const Packing& packing) {
  std::vector<std::vector<uint32_t>> contents(packing.loads.size());
  for (uint32_t item = 0; item < packing.bin_of.size(); ++item)
    contents[packing.bin_of[item]].push_back(item);
  return contents;
}

class Refinement {
 public:
  Refinement(const Weights& weights, uint64_t effort, Packing* packing)
      : weights_(weights), effort_(effort), packing_(*packing), contents_(contents_of(*packing)) {}

  void run() {
    std::vector<uint32_t> open(packing_.loads.size());
    std::iota(open.begin(), open.end(), 0);
    while (open.size() > 1 && effort_ > 0) {
      std::sort(open.begin(), open.end(), [this](uint32_t one, uint32_t other) {
        const uint64_t a = packing_.loads[one], b = packing_.loads[other];
        return a != b ? a < b : one < other;
      });
      spend(open.size());
      if (!lighten(open.back(), open)) open.pop_back();
    }
  }

 private:
  // What leaves the heavy bin and what comes back for it, places in the bins' contents.
  struct Exchange {
    size_t given = kNothing, taken = kNothing;
    uint64_t shift = 0;
    uint64_t fuller = UINT64_MAX;  // of the two bins afterwards
  };

  // With the least loaded bin that can help.
  bool lighten(uint32_t heavy, const std::vector<uint32_t>& others) {
    for (const uint32_t light : others) {
      if (light == heavy || packing_.loads[light] >= packing_.loads[heavy] || effort_ == 0) break;
      spend(contents_[heavy].size() + contents_[light].size());
      const Exchange best = best_exchange(heavy, light);
      if (best.given == kNothing) continue;
      carry_out(heavy, light, best);
      return true;
    }
    return false;
  }

  // Both contents are heaviest first: for ever lighter items given, what should come back gets lighter too.
  Exchange best_exchange(uint32_t heavy, uint32_t light) const {
    const std::vector<uint32_t>& from = contents_[heavy];
    const std::vector<uint32_t>& to = contents_[light];
    const uint64_t gap = packing_.loads[heavy] - packing_.loads[light];
    Exchange best;
    size_t lighter = 0;  // the first of `to` that gives a shift of half the gap or more
    for (size_t i = 0; i < from.size(); ++i) {
      const uint64_t weight = weights_[from[i]];
      while (lighter < to.size() && weights_[to[lighter]] + gap / 2 > weight) ++lighter;
      consider(heavy, gap, i, kNothing, weight, &best);
      if (lighter > 0 && weights_[to[lighter - 1]] < weight)
        consider(heavy, gap, i, lighter - 1, weight - weights_[to[lighter - 1]], &best);
      if (lighter < to.size() && weights_[to[lighter]] < weight)
        consider(heavy, gap, i, lighter, weight - weights_[to[lighter]], &best);
    }
    return best;
  }

  void consider(uint32_t heavy, uint64_t gap, size_t given, size_t taken, uint64_t shift,
                Exchange* best) const {
    if (shift == 0 || shift >= gap) return;
    const uint64_t load = packing_.loads[heavy];
    const uint64_t fuller = std::max(load - shift, load - gap + shift);
    if (fuller < best->fuller) *best = {given, taken, shift, fuller};
  }

  void carry_out(uint32_t heavy, uint32_t light, const Exchange& exchange) {
    const uint32_t given = contents_[heavy][exchange.given];
    contents_[heavy].erase(contents_[heavy].begin() + static_cast<ptrdiff_t>(exchange.given));
    if (exchange.taken != kNothing) {
      const uint32_t taken = contents_[light][exchange.taken];
      contents_[light].erase(contents_[light].begin() + static_cast<ptrdiff_t>(exchange.taken));
      put(taken, heavy);
    }
    put(given, light);
    packing_.loads[heavy] -= exchange.shift;
    packing_.loads[light] += exchange.shift;
  }

  void put(uint32_t item, uint32_t bin) {
    std::vector<uint32_t>& content = contents_[bin];
    content.insert(std::lower_bound(content.begin(), content.end(), item), item);
    packing_.bin_of[item] = bin;
  }

  void spend(uint64_t steps) { effort_ -= std::min(effort_, steps); }

  const Weights& weights_;
  uint64_t effort_;
  Packing& packing_;
  std::vector<std::vector<uint32_t>> contents_;  // positions, so heaviest first
};

}  // namespace

void refine(const Weights& weights, uint64_t effort, Packing* packing) {
  Refinement(weights, effort, packing).run();
}

void fill_empty_bins(const Weights& weights, Packing* packing) {
  std::vector<uint32_t> empty;
  for (uint32_t bin = 0; bin < packing->loads.size(); ++bin) {
    if (packing->loads[bin] == 0) empty.push_back(bin);
  }
  if (empty.empty()) return;
  std::vector<std::vector<uint32_t>> contents = contents_of(*packing);
  // Fullest first, then the lowest index.
  const auto order = [packing](uint32_t one, uint32_t other) {
    const uint64_t a = packing->loads[one], b = packing->loads[other];
    return a != b ? a < b : one > other;
  };
  std::priority_queue<uint32_t, std::vector<uint32_t>, decltype(order)> givers(order);
  for (uint32_t bin = 0; bin < contents.size(); ++bin) {
    if (contents[bin].size() > 1) givers.push(bin);
  }
  for (const uint32_t bin : empty) {
    if (givers.empty()) return;
    const uint32_t giver = givers.top();
    givers.pop();
    const uint32_t item = contents[giver].back();
    contents[giver].pop_back();
    packing->bin_of[item] = bin;
    packing->loads[giver] -= weights[item];
    packing->loads[bin] = weights[item];
    if (contents[giver].size() > 1) givers.push(giver);
  }
}

}  // namespace alibi::plan
