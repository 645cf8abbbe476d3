#include "collector/plan/shrinkage.h"

#include <algorithm>

namespace alibi::plan {
namespace {

constexpr int kLogBits = 16;  // of a logarithm that is squared
constexpr int kSquareBits = 2 * kLogBits;
constexpr Int128 kOne = Int128{1} << kSquareBits;

// Where a project has not shown it: runs of a file differ by a half, files by a factor of two. As much as
// so many measured differences.
constexpr Int128 kUsualWithin = kOne * 2 / 5, kUsualBetween = kOne;
constexpr int64_t kUsualWithins = 4, kUsualBetweens = 1;
// One outlier says little about the noise of all the others.
constexpr Int128 kMostWithin = 4 * kOne;
constexpr Int128 kLeastBetween = kOne / 400;  // files are alike to 3.5 %
// Of Student's distribution, whose tails are as long as those of suites: a file that is far from its like is
// no accident.
constexpr int64_t kDegrees = 4;
constexpr int kRounds = 20, kSteps = 8;
constexpr size_t kMostLookedAt = 500;  // of the distances: of more, every second, third, ...
constexpr uint64_t kMostWeight = uint64_t{16} << kCountBits;

Int128 square_of(Fixed difference) {
  const Int128 value = difference >> (kFixedBits - kLogBits);
  return value * value;
}

}  // namespace

// Of neighbours in time: a lasting change counts once.
void Shrinkage::add_runs(const std::vector<uint64_t>& ms) {
  for (size_t at = 1; at < ms.size(); ++at) {
    within_sum_ += std::min(square_of(log2_of(ms[at]) - log2_of(ms[at - 1])) / 2, kMostWithin);
    ++within_count_;
  }
}

// A quantile of so many samples is less exact than their mean.
uint64_t Shrinkage::worth_of(uint64_t count) {
  constexpr uint64_t kSample = uint64_t{1} << kCountBits;
  return count <= kSample ? std::max<uint64_t>(count, 1) : kSample + (count - kSample) * 3 / 5;
}

void Shrinkage::add_distance(Fixed distance, uint64_t count) {
  distances_.push_back({distance, worth_of(count)});
}

// The most likely distance without noise, coming from what was measured: where that is more than about four
// times the noise it stays, else it goes to where most files are.
Shrinkage::Effect Shrinkage::effect_of(const Distance& one) const {
  Effect effect{0, square_of(one.distance)};
  for (int step = 0; step < kSteps; ++step) {
    const Int128 spread = std::max<Int128>(kDegrees * between_ + effect.square, 1);
    const Int128 weight = (within_ * (kDegrees + 1) << kCountBits) / spread;
    effect.weight = static_cast<uint64_t>(std::min<Int128>(weight, kMostWeight));
    effect.square =
        square_of(static_cast<Fixed>(Int128{one.distance} * one.count / Int128{one.count + effect.weight}));
  }
  return effect;
}

void Shrinkage::settle() {
  within_ = (within_sum_ + kUsualWithins * kUsualWithin) / (within_count_ + kUsualWithins);
  between_ = kUsualBetween;
  std::sort(distances_.begin(), distances_.end());
  const size_t step = distances_.size() / kMostLookedAt + 1,
               looked_at = (distances_.size() + step - 1) / step;
  // Each round: the variance of what is no noise, the far ones counting less.
  for (int round = 0; round < kRounds; ++round) {
    Int128 sum = kUsualBetweens * kUsualBetween;
    for (size_t at = 0; at < distances_.size(); at += step) {
      const Distance& one = distances_[at];
      const Effect effect = effect_of(one);
      const Int128 unsure = (within_ << kCountBits) / Int128{one.count + effect.weight};
      const Int128 spread = std::max<Int128>(kDegrees * between_ + effect.square, 1);
      const Int128 trust = (between_ * (kDegrees + 1) << kLogBits) / spread;
      sum += (effect.square + unsure) * trust >> kLogBits;
    }
    between_ = std::max(sum / (static_cast<int64_t>(looked_at) + kUsualBetweens), kLeastBetween);
  }
}

uint64_t Shrinkage::prior_weight(Fixed distance, uint64_t count) const {
  const uint64_t worth = worth_of(count);
  return static_cast<uint64_t>(Uint128{effect_of({distance, worth}).weight} * std::max<uint64_t>(count, 1) /
                               worth);
}

}  // namespace alibi::plan
