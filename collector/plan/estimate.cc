#include "collector/plan/estimate.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "collector/plan/fixed_point.h"
#include "collector/plan/prior.h"
#include "collector/plan/shrinkage.h"

namespace alibi::plan {
namespace {

constexpr uint64_t kLongestMs = uint64_t{1} << 40;  // 34 years
constexpr int kWeightBits = 20;                     // the newest sample weighs 2^20
constexpr size_t kFewestCommonFiles = 3;

struct Rules {
  explicit Rules(const EstimateRules& rules)
      : quantile_ppm(bounded(rules.quantile * 1e6, 1e6)),
        half_life_s(std::max<uint64_t>(bounded(rules.half_life_days * 86400, 1e10), 1)),
        prior_weight(bounded(rules.prior_weight * (1 << kCountBits), 1e9)),
        most_samples(std::max<size_t>(rules.most_samples, 1)) {}

  uint64_t quantile_ppm, half_life_s, prior_weight;
  size_t most_samples;

 private:
  static uint64_t bounded(double value, double most) {
    return value > 0 ? static_cast<uint64_t>(std::llround(std::min(value, most))) : 0;
  }
};

using MachineFactors = std::map<std::string, uint64_t>;  // in units of 2^-32

std::vector<Sample> usable_samples(const std::vector<Sample>& samples, int64_t now_s, size_t most) {
  std::vector<Sample> usable;
  for (Sample sample : samples) {
    if (!sample.whole) continue;
    // A clock that was ahead must not outweigh everything that comes after.
    sample.at_s = std::clamp<int64_t>(sample.at_s, 0, std::max<int64_t>(now_s, 0));
    sample.duration_ms = std::clamp<uint64_t>(sample.duration_ms, 1, kLongestMs);
    usable.push_back(std::move(sample));
  }
  std::sort(usable.begin(), usable.end(), [](const Sample& a, const Sample& b) {
    return std::tie(b.at_s, a.duration_ms, a.machine) < std::tie(a.at_s, b.duration_ms, b.machine);
  });
  usable.resize(std::min(usable.size(), most));
  return usable;
}

uint64_t weight_of(int64_t age_s, const Rules& rules) {
  const Int128 halvings = (Int128{age_s} << kFixedBits) / Int128{rules.half_life_s};
  if (halvings > Int128{kWeightBits + 2} << kFixedBits) return 0;
  return exp2_of((Fixed{kWeightBits} << kFixedBits) - static_cast<Fixed>(halvings));
}

struct Quantile {
  uint64_t ms = 1;
  uint64_t count = 0;  // effective number of samples, kCountBits after the point
};

// Weights go by the distance to the newest sample: of an old history the newest part still counts in full,
// since what the file took then says more of it than what other files take now.
Quantile quantile_of(const std::vector<Sample>& samples, const Rules& rules) {
  std::vector<std::pair<uint64_t, uint64_t>> weighted;  // ms, weight
  uint64_t sum = 0, squares = 0;
  for (const Sample& sample : samples) {
    const uint64_t weight = weight_of(samples.front().at_s - sample.at_s, rules);
    weighted.emplace_back(sample.duration_ms, weight);
    sum += weight;
    squares += weight * weight;
  }
  std::sort(weighted.begin(), weighted.end());
  Quantile quantile;
  quantile.count = static_cast<uint64_t>(((Uint128{sum} * sum) << kCountBits) / squares);
  uint64_t reached = 0;
  for (const auto& [ms, weight] : weighted) {
    if (weight == 0) continue;
    quantile.ms = ms;
    reached += weight;
    if (Uint128{reached} * 1'000'000 >= Uint128{sum} * rules.quantile_ppm) break;
  }
  return quantile;
}

Fixed log_of(uint64_t ms) {
  return log2_of(std::clamp<uint64_t>(ms, 1, kLongestMs));
}

// The mean of the logarithms: of 60 s and 4 s the one is as far from it as the other.
uint64_t drawn_to(uint64_t prior_ms, const Quantile& quantile, uint64_t prior_weight) {
  const Int128 own = Int128{quantile.count} * log_of(quantile.ms);
  const Int128 prior = Int128{prior_weight} * log_of(prior_ms);
  return exp2_of(static_cast<Fixed>((own + prior) / Int128{quantile.count + prior_weight}));
}

template <typename Number>
Number median_of(std::vector<Number> numbers) {
  std::sort(numbers.begin(), numbers.end());
  const size_t half = numbers.size() / 2;
  return numbers.size() % 2 != 0 ? numbers[half] : (numbers[half - 1] + numbers[half]) / 2;
}

// How much longer files take on `machine` than on each other one, going by those that both have run.
MachineFactors machine_factors(const std::map<std::string, std::vector<Sample>>& files,
                               const std::string& machine) {
  MachineFactors factors;
  if (machine.empty()) return factors;
  std::map<std::string, std::vector<Fixed>> ratios;
  for (const auto& [file, samples] : files) {
    std::map<std::string, std::vector<uint64_t>> by_machine;
    for (const Sample& sample : samples) by_machine[sample.machine].push_back(sample.duration_ms);
    const auto here = by_machine.find(machine);
    if (here == by_machine.end() || by_machine.size() == 1) continue;
    const Fixed own = log2_of(median_of(here->second));
    for (const auto& [other, durations] : by_machine) {
      if (other != machine) ratios[other].push_back(own - log2_of(median_of(durations)));
    }
  }
  const Fixed tenfold = log2_of(10), one = Fixed{kFixedBits} << kFixedBits;
  for (const auto& [other, list] : ratios) {
    if (list.size() >= kFewestCommonFiles)
      factors[other] = exp2_of(one + std::clamp(median_of(list), -tenfold, tenfold));
  }
  return factors;
}

// How many were changed.
size_t scale(const MachineFactors& factors, std::vector<Sample>* samples) {
  size_t scaled = 0;
  for (Sample& sample : *samples) {
    const auto factor = factors.find(sample.machine);
    if (factor == factors.end()) continue;
    constexpr Uint128 kHalf = Uint128{1} << (kFixedBits - 1);
    const auto ms =
        static_cast<uint64_t>((Uint128{sample.duration_ms} * factor->second + kHalf) >> kFixedBits);
    sample.duration_ms = std::clamp<uint64_t>(ms, 1, kLongestMs);
    ++scaled;
  }
  return scaled;
}

std::string samples_text(size_t samples, size_t scaled, const Rules& rules) {
  std::string text = "q";
  text += std::to_string(rules.quantile_ppm / 10'000) + " of " + std::to_string(samples);
  text += samples == 1 ? " sample" : " samples";
  if (scaled > 0) text += ", " + std::to_string(scaled) + " of them scaled from other machines";
  return text;
}

constexpr size_t kFewestOthers = 3;  // that were measured, for a prior of one that was

std::vector<uint64_t> oldest_first(const std::vector<Sample>& samples) {
  std::vector<uint64_t> times;
  for (auto sample = samples.rbegin(); sample != samples.rend(); ++sample)
    times.push_back(sample->duration_ms);
  return times;
}

Fixed distance(const Prior& prior, const Quantile& own) {
  return log_of(own.ms) - log_of(prior.ms);
}

Estimate unmeasured(const std::optional<Prior>& prior) {
  Estimate estimate;
  estimate.why = "nothing is known";
  if (prior) estimate = {prior->ms, DurationSource::kDefault, "never measured; " + prior->why};
  return estimate;
}

}  // namespace

std::optional<uint64_t> estimate_one(const std::vector<Sample>& samples, int64_t now_s,
                                     std::optional<uint64_t> prior_ms, const EstimateRules& given) {
  const Rules rules(given);
  const std::vector<Sample> usable = usable_samples(samples, now_s, rules.most_samples);
  if (usable.empty()) return prior_ms;
  const Quantile quantile = quantile_of(usable, rules);
  return prior_ms ? drawn_to(*prior_ms, quantile, rules.prior_weight) : quantile.ms;
}

std::map<std::string, Estimate> estimate_files(const std::vector<FileHistory>& files, int64_t now_s,
                                               const std::string& machine, const EstimateRules& given) {
  const Rules rules(given);
  std::map<std::string, std::vector<Sample>> usable;
  for (const FileHistory& file : files)
    usable.emplace(file.file, usable_samples(file.samples, now_s, rules.most_samples));
  const MachineFactors factors = machine_factors(usable, machine);

  std::map<std::string, size_t> scaled;
  std::map<std::string, Quantile> quantiles;
  std::vector<MeasuredFile> measured;
  for (const FileHistory& file : files) {
    std::vector<Sample>& samples = usable[file.file];
    if (samples.empty() || quantiles.contains(file.file)) continue;
    scaled[file.file] = scale(factors, &samples);
    const Quantile quantile = quantiles[file.file] = quantile_of(samples, rules);
    measured.push_back({file.file, file.bytes, file.tests, quantile.ms});
  }

  const Priors priors(measured);
  Shrinkage shrinkage;
  std::map<std::string, std::optional<Prior>> prior_of;
  for (const FileHistory& file : files) {
    const auto [at, is_new] = prior_of.try_emplace(file.file);
    if (!is_new) continue;
    at->second = priors.of(file.file, file.bytes, file.tests);
    const auto quantile = quantiles.find(file.file);
    if (quantile == quantiles.end()) continue;
    shrinkage.add_runs(oldest_first(usable[file.file]));
    if (at->second) shrinkage.add_distance(distance(*at->second, quantile->second), quantile->second.count);
  }
  shrinkage.settle();

  std::map<std::string, Estimate> estimates;
  for (const auto& [file, prior] : prior_of) {
    const auto quantile = quantiles.find(file);
    Estimate& estimate = estimates[file];
    if (quantile == quantiles.end()) {
      estimate = unmeasured(prior);
      continue;
    }
    const Quantile& own = quantile->second;
    estimate = {own.ms, DurationSource::kKnown, samples_text(usable[file].size(), scaled[file], rules)};
    // Of one or two others nothing can be said about it that its own time does not say better.
    if (!prior || measured.size() <= kFewestOthers) continue;
    const uint64_t weight = given.learns_prior_weight
                                ? shrinkage.prior_weight(distance(*prior, own), own.count)
                                : rules.prior_weight;
    estimate.duration_ms = drawn_to(prior->ms, own, weight);
    const uint64_t percent = (weight * 100 + (own.count + weight) / 2) / (own.count + weight);
    if (percent != 0) estimate.why += "; " + std::to_string(percent) + " % " + prior->why;
  }
  return estimates;
}

}  // namespace alibi::plan
