// What people and programs are told of a plan and of a run. Pure; used by the commands.
#ifndef ALIBI_COLLECTOR_PLANNING_REPORT_H_
#define ALIBI_COLLECTOR_PLANNING_REPORT_H_

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "collector/plan/analysis.h"
#include "collector/planning/planning.h"
#include "collector/run/runner.h"

namespace alibi::planning {

std::string clock_text(uint64_t milliseconds);  // "1m30s", "1.5s", "250ms", as Go writes durations
std::string grouped(uint64_t number);           // "12,345"

// "+++ Alibi: plan report" and its lines; Buildkite opens a section at the pluses.
std::string plan_text(const Planned& planned, const plan::Settings& settings);
nlohmann::json plan_json(const Planned& planned);

struct RunFacts {
  std::string mode;  // "sequential", "parallel", "CI node 2"
  uint64_t planned_ms = 0;
  const std::vector<plan::Unit>* units = nullptr;  // of the outcome's positions
  const run::RunOutcome* outcome = nullptr;
  std::optional<plan::Losses> losses;  // not where a queue decided who runs what
};
std::string run_text(const RunFacts& facts);
nlohmann::json run_json(const RunFacts& facts);

// `plan`: of one node, its units in the outcome's positions.
plan::Losses losses_of(const plan::Plan& plan, const run::RunOutcome& outcome);

}  // namespace alibi::planning

#endif  // ALIBI_COLLECTOR_PLANNING_REPORT_H_
