// Questions about plans: how good one is, what a run lost and to what, what other numbers of nodes would
// take, what changed, and how long one would take with other durations. Pure; used by `plan --what-if`,
// `--diff`, the report after `run`, and `replay`. PLAN.md defines the losses.
#ifndef ALIBI_COLLECTOR_PLAN_ANALYSIS_H_
#define ALIBI_COLLECTOR_PLAN_ANALYSIS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "collector/plan/planner.h"
#include "collector/plan/unit.h"

namespace alibi::plan {

// Wall to lower bound: 1 is the best there is; also for a plan of nothing.
double plan_quality(const Plan& plan);

// What a worker did. Workers that got nothing to do count too.
struct WorkerRun {
  uint64_t boot_ms = 0;       // until its first test could start
  std::vector<size_t> units;  // positions in Plan::units
};
struct RunFacts {
  std::vector<uint64_t> unit_ms;  // what each unit took, by position; those beyond count as planned
  std::vector<WorkerRun> workers;
  uint64_t wall_ms = 0;  // measured; less than the longest worker's boot and units counts as that
};
// Each at least 0; together wall_ms - lower_bound_ms.
struct Losses {
  uint64_t wall_ms = 0;
  uint64_t lower_bound_ms = 0;  // of the actual times over as many workers, without boots
  uint64_t packing_ms = 0;      // even with these times known
  uint64_t estimate_ms = 0;     // work divided otherwise than with these times known
  uint64_t boot_ms = 0;
  uint64_t straggler_ms = 0;  // neither boots nor units: waiting, late starts, ends
  uint64_t work_ms = 0;       // the units of the worker that had most
  uint64_t static_ms = 0;     // the same without stealing: of the plan's shares
};
Losses run_losses(const Plan& plan, const RunFacts& facts);

// One row a number, in its order; each as well as it can be packed. Numbers below 1 count as 1, those of
// more nodes than can have something to run as that many.
std::vector<Candidate> what_if(const PlanRequest& request, const std::vector<int64_t>& nodes);

struct UnitChange {
  Unit unit;  // of the new plan, or of the old one for what is gone
  std::optional<uint32_t> old_node, new_node;
  uint64_t old_weight_ms = 0, new_weight_ms = 0;
};
// By file, then selectors. A part with other selectors is another unit.
struct PlanDifference {
  std::vector<UnitChange> moved, added, gone, reweighted;
  uint32_t old_nodes = 0, new_nodes = 0;
};
PlanDifference difference(const Plan& old_plan, const Plan& new_plan);

struct Simulation {
  bool steals = true;    // inside a node: the heaviest unit of the worker with the most left
  uint64_t boot_ms = 0;  // of every worker, before its first unit
  uint32_t workers = 0;  // of each node, with those that got nothing; fewer than planned: as planned
};
// Until the last worker of the last node is done. `unit_ms`: as in RunFacts.
uint64_t simulate(const Plan& plan, const std::vector<uint64_t>& unit_ms, const Simulation& how);

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_ANALYSIS_H_
