// From what units took before to what one will take now. Pure: the time of asking is an argument. Used by
// collector/timings and `replay`.
#ifndef ALIBI_COLLECTOR_PLAN_ESTIMATE_H_
#define ALIBI_COLLECTOR_PLAN_ESTIMATE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collector/plan/unit.h"

namespace alibi::plan {

struct Sample {
  int64_t at_s = 0;          // since 1970, UTC
  uint64_t duration_ms = 0;  // of the whole file
  std::string machine;       // class of machines; "" unknown
  bool whole = true;  // false: tests were skipped, it was cut short, or it failed while loading: ignored
  bool with_loading = false;  // of the file; else its tests alone
};

struct FileHistory {
  std::string file;
  uint64_t bytes = 0;  // its size now; 0 unknown
  uint64_t tests = 0;  // how many it has, 0 unknown
  std::vector<Sample> samples;
};

struct EstimateRules {
  double quantile = 0.6;
  double half_life_days = 14;
  double prior_weight = 2;
  // The prior weighs what the spread of the project's times says, in place of prior_weight. Only for many
  // files at once.
  bool learns_prior_weight = true;
  size_t most_samples = 20;
};

struct Estimate {
  uint64_t duration_ms = 1000;
  DurationSource source = DurationSource::kDefault;
  std::string why;  // for --explain: "q60 of 6 samples", "files of its size in tests/unit", ...
};

// For all files at once: priors and the machines' speeds come from the others. `machine`: where it will run.
std::map<std::string, Estimate> estimate_files(const std::vector<FileHistory>& files, int64_t now_s,
                                               const std::string& machine, const EstimateRules& rules = {});

// Of one file with the prior given: nothing without samples and prior.
std::optional<uint64_t> estimate_one(const std::vector<Sample>& samples, int64_t now_s,
                                     std::optional<uint64_t> prior_ms, const EstimateRules& rules = {});

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_ESTIMATE_H_
