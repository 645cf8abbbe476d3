#include "collector/plan/longest_first.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace alibi::plan {
namespace {

// Load and bin in one number: the heap's order is one comparison.
using Key = Wide;

Key key_of(uint64_t load, uint32_t bin) {
  return Key{load} << 32 | bin;
}
uint32_t bin_in(Key key) {
  return static_cast<uint32_t>(key);
}
uint64_t load_in(Key key) {
  return static_cast<uint64_t>(key >> 32);
}

// A heap of all bins whose root is the least loaded.
class LeastLoaded {
 public:
  explicit LeastLoaded(uint32_t bins) : keys_(bins) {
    for (uint32_t bin = 0; bin < bins; ++bin) keys_[bin] = key_of(0, bin);
  }

  uint32_t add(uint64_t weight) {
    const Key grown = keys_[0] + (Key{weight} << 32);
    const uint32_t bin = bin_in(grown);
    const size_t count = keys_.size();
    size_t hole = 0;
    for (size_t child = 1; child < count; child = 2 * hole + 1) {
      if (child + 1 < count) child += keys_[child + 1] < keys_[child] ? 1 : 0;
      if (grown < keys_[child]) break;
      keys_[hole] = keys_[child];
      hole = child;
    }
    keys_[hole] = grown;
    return bin;
  }
  const std::vector<Key>& keys() const { return keys_; }

 private:
  std::vector<Key> keys_;
};

}  // namespace

Packing longest_first(const Weights& weights, uint32_t bins) {
  Packing packing;
  packing.loads.resize(bins);
  packing.bin_of.resize(weights.size());
  if (bins == 0) return packing;
  LeastLoaded heap(bins);
  for (size_t i = 0; i < weights.size(); ++i) packing.bin_of[i] = heap.add(weights[i]);
  for (const Key key : heap.keys()) packing.loads[bin_in(key)] = load_in(key);
  return packing;
}

LoadRange longest_first_loads(const Weights& weights, uint32_t bins) {
  if (bins == 0 || weights.empty()) return {};
  if (bins >= weights.size()) return {weights.front(), bins > weights.size() ? 0 : weights.back()};
  LeastLoaded heap(bins);
  for (const uint64_t weight : weights) heap.add(weight);
  return {load_in(*std::max_element(heap.keys().begin(), heap.keys().end())), load_in(heap.keys().front())};
}

}  // namespace alibi::plan
