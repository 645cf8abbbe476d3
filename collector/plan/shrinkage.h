// How much of its prior an estimate takes: from how far runs of one file differ in this project, and files
// from what their like take (PLAN.md, "Estimates"). Pure, whole numbers, any order of files; used by estimate
// only.
#ifndef ALIBI_COLLECTOR_PLAN_SHRINKAGE_H_
#define ALIBI_COLLECTOR_PLAN_SHRINKAGE_H_

#include <compare>
#include <cstdint>
#include <vector>

#include "collector/plan/fixed_point.h"

namespace alibi::plan {

// Numbers of samples and their weights: kCountBits after the point.
inline constexpr int kCountBits = 16;

class Shrinkage {
 public:
  // One file: what its runs took, oldest first.
  void add_runs(const std::vector<uint64_t>& ms);
  // One file: log2 of its own time less that of its prior, and how many samples the first stands for.
  void add_distance(Fixed distance, uint64_t count);
  // After all files.
  void settle();

  // What the prior weighs beside `count`, for a file this far from it.
  uint64_t prior_weight(Fixed distance, uint64_t count) const;

 private:
  struct Distance {
    Fixed distance = 0;
    uint64_t count = 0;
    auto operator<=>(const Distance&) const = default;
  };
  struct Effect {
    uint64_t weight = 0;  // of the prior
    Int128 square = 0;    // of what remains of the distance
  };
  static uint64_t worth_of(uint64_t count);
  Effect effect_of(const Distance& one) const;

  // Squares of log2, kSquareBits after the point.
  Int128 within_sum_ = 0, within_ = 0, between_ = 0;
  int64_t within_count_ = 0;
  std::vector<Distance> distances_;
};

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_SHRINKAGE_H_
