#include "collector/plan/multifit.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <utility>
#include <vector>

namespace alibi::plan {
namespace {

// More halvings gain less than a thousandth of the range.
constexpr int kRounds = 12;

// The first bin with room: a tree over the bins, each inner place the most room below it.
class Rooms {
 public:
  Rooms(uint32_t bins, uint64_t capacity) : leaves_(std::bit_ceil(size_t{bins})), most_(2 * leaves_, 0) {
    std::fill_n(most_.begin() + static_cast<ptrdiff_t>(leaves_), bins, capacity);
    for (size_t i = leaves_; i-- > 1;) most_[i] = std::max(most_[2 * i], most_[2 * i + 1]);
  }

  std::optional<uint32_t> place(uint64_t weight) {
    if (most_[1] < weight) return std::nullopt;
    size_t at = 1;
    while (at < leaves_) at = 2 * at + (most_[2 * at] < weight ? 1 : 0);
    const auto bin = static_cast<uint32_t>(at - leaves_);
    most_[at] -= weight;
    while (at > 1) {
      at /= 2;
      most_[at] = std::max(most_[2 * at], most_[2 * at + 1]);
    }
    return bin;
  }

 private:
  size_t leaves_;
  std::vector<uint64_t> most_;
};

std::optional<Packing> first_fit(const Weights& weights, uint32_t bins, uint64_t capacity) {
  Rooms rooms(bins, capacity);
  Packing packing;
  packing.bin_of.resize(weights.size());
  packing.loads.resize(bins);
  for (size_t i = 0; i < weights.size(); ++i) {
    const std::optional<uint32_t> bin = rooms.place(weights[i]);
    if (!bin) return std::nullopt;
    packing.bin_of[i] = *bin;
    packing.loads[*bin] += weights[i];
  }
  return packing;
}

}  // namespace

std::optional<Packing> multifit(const Weights& weights, uint32_t bins, uint64_t least, uint64_t below) {
  std::optional<Packing> best;
  if (bins == 0) return best;
  for (int round = 0; round < kRounds && least < below; ++round) {
    const uint64_t capacity = least + (below - least) / 2;
    std::optional<Packing> found = first_fit(weights, bins, capacity);
    if (found) {
      below = std::min(capacity, found->fullest());
      best = std::move(found);
    } else {
      least = capacity + 1;
    }
  }
  return best;
}

}  // namespace alibi::plan
