// Units x nodes x workers -> who runs what, and how many nodes are worth their cost (PLAN.md has the rules).
//
// Pure and deterministic: equal requests, in any order of their units, give equal plans on every host. Used
// by `alibi plan`, `run` (a node's share over its workers), `--what-if` and `replay`; any thread.
#ifndef ALIBI_COLLECTOR_PLAN_PLANNER_H_
#define ALIBI_COLLECTOR_PLAN_PLANNER_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "collector/plan/unit.h"

namespace alibi::plan {

// What running costs besides the tests, in milliseconds. Learned (collector/timings) or given.
struct FixedCosts {
  uint64_t node_ms = 0;    // until a node can start its workers; the same for all, so it is in no choice
  uint64_t worker_ms = 0;  // start of a worker: interpreter, configuration
  uint64_t file_ms = 0;    // each unit: loading its file, fixtures of the module
};

enum class Objective : uint8_t {
  kScore,  // wall + nodes * overhead: the default, the peer's
  kWall,   // least wall; then fewest nodes
  kCost    // least nodes * (node + wall + overhead); then least wall
};

struct PlanRequest {
  std::vector<Unit> units;
  int64_t min_nodes = 1;
  int64_t max_nodes = 1;
  uint32_t workers_per_node = 1;
  uint64_t overhead_ms = 25000;  // what one more node costs in the score
  uint64_t target_ms = 0;        // wanted wall; 0: none
  uint64_t min_saving_ms = 0;    // one more node must shorten the wall by as much
  FixedCosts costs;
  Objective objective = Objective::kScore;
  // As the peer: LPT with its ties, nodes without workers, no fixed costs, never fewer than min_nodes.
  bool compat = false;
  std::map<std::string, uint32_t> previous;  // file -> node of the plan before: kept where it costs < 1 %
};

struct WorkerShare {
  std::vector<size_t> units;  // positions in Plan::units, heaviest first
  uint64_t load_ms = 0;       // with fixed costs
};
struct NodeShare {
  std::vector<WorkerShare> workers;  // those that have something; never more than asked for
  uint64_t wall_ms = 0;              // the longest of its workers
};

struct Candidate {
  uint32_t nodes = 0;
  uint64_t wall_ms = 0;
  uint64_t score_ms = 0;
  uint64_t imbalance_ms = 0;    // longest less shortest worker
  uint64_t lower_bound_ms = 0;  // no assignment can be shorter
};

enum class Choice : uint8_t {
  kNoRunnableTests,
  kSingleRunnerOnly,
  kLowestScore,
  kTargetMetLowestScore,
  kTargetMetChangedSelection,
  kTargetUnreachableLowestWall
};
std::string_view choice_text(Choice choice);  // "lowest_score", as the peer writes them

struct Plan {
  std::vector<Unit> units;       // sorted: weight descending, then file and selectors by bytes
  std::vector<NodeShare> nodes;  // none when nothing has to run (min_nodes empty ones with compat)
  uint64_t wall_ms = 0;
  uint64_t imbalance_ms = 0;
  uint64_t total_ms = 0;  // of the units' weights, without fixed costs
  uint64_t lower_bound_ms = 0;
  Choice choice = Choice::kNoRunnableTests;
  uint32_t without_target = 0;        // nodes that would have been taken without a target
  std::vector<Candidate> candidates;  // by nodes
  std::vector<std::string> warnings;  // clamped settings, a target that cannot be met
};

Plan make_plan(PlanRequest request);

// Over `workers` of one node, as make_plan packs them (`alibi run` with other workers than planned for).
NodeShare share_over_workers(const std::vector<Unit>& units, uint32_t workers, const FixedCosts& costs,
                             bool compat);

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_PLANNER_H_
