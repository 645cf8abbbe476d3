// Weights into bins so that the fullest holds little: what all algorithms of this folder take and give. Pure;
// used by best_packing and the planner.
#ifndef ALIBI_COLLECTOR_PLAN_PACKING_H_
#define ALIBI_COLLECTOR_PLAN_PACKING_H_

#include <algorithm>
#include <cstdint>
#include <vector>

namespace alibi::plan {

// Heaviest first, each at least 1; their sum is at most kMostTotal (items.h sees to it): no sum overflows.
using Weights = std::vector<uint64_t>;
inline constexpr uint64_t kMostTotal = uint64_t{1} << 62;
// For products of what users may set to anything.
__extension__ typedef unsigned __int128 Wide;

struct Packing {
  std::vector<uint32_t> bin_of;  // by position in the weights
  std::vector<uint64_t> loads;   // by bin

  uint64_t fullest() const { return loads.empty() ? 0 : *std::max_element(loads.begin(), loads.end()); }
  uint64_t emptiest() const { return loads.empty() ? 0 : *std::min_element(loads.begin(), loads.end()); }
};

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_PACKING_H_
