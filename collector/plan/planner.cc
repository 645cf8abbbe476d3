#include "collector/plan/planner.h"

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>

#include "collector/plan/best_packing.h"
#include "collector/plan/candidates.h"
#include "collector/plan/choice.h"
#include "collector/plan/items.h"
#include "collector/plan/longest_first.h"
#include "collector/plan/node_shares.h"
#include "collector/plan/previous_nodes.h"

namespace alibi::plan {
namespace {

std::vector<Unit> in_order(std::vector<Unit> units) {
  std::vector<Unit> sorted;
  sorted.reserve(units.size());
  for (const size_t at : planning_order(units)) sorted.push_back(std::move(units[at]));
  return sorted;
}

// Nothing to run: no nodes; with compat as many empty ones as the peer starts.
void plan_nothing(const PlanRequest& request, Plan* plan) {
  plan->choice = Choice::kNoRunnableTests;
  if (!request.compat) return;
  Candidate row;
  row.nodes = node_range(request, 0, &plan->warnings).first;
  row.score_ms = score_of(request, row.nodes, 0);
  plan->candidates.push_back(row);
  plan->without_target = row.nodes;
  plan->nodes.resize(row.nodes);
}

// Positions are in planning order: heaviest first.
void sort_workers(NodeShare* node) {
  for (WorkerShare& worker : node->workers) std::sort(worker.units.begin(), worker.units.end());
}

void sort_by_path(const std::vector<Unit>& units, NodeShare* node) {
  for (WorkerShare& worker : node->workers) {
    std::sort(worker.units.begin(), worker.units.end(), [&units](size_t one, size_t other) {
      return std::tie(units[one].file, units[one].selectors) <
             std::tie(units[other].file, units[other].selectors);
    });
  }
}

// Wall and imbalance of what is shared out, workers without anything included.
void set_spread(uint64_t workers, Plan* plan) {
  uint64_t least = UINT64_MAX, busy = 0;
  plan->wall_ms = 0;
  for (const NodeShare& node : plan->nodes) {
    plan->wall_ms = std::max(plan->wall_ms, node.wall_ms);
    busy += node.workers.size();
    for (const WorkerShare& worker : node.workers) least = std::min(least, worker.load_ms);
  }
  plan->imbalance_ms = plan->wall_ms - (busy < workers ? 0 : least);
}

}  // namespace

Plan make_plan(PlanRequest request) {
  Plan plan;
  plan.units = in_order(std::move(request.units));
  request.units.clear();
  for (const Unit& unit : plan.units) plan.total_ms = saturated_sum(plan.total_ms, unit.weight_ms);
  if (plan.units.empty()) {
    plan_nothing(request, &plan);
    return plan;
  }
  if (request.compat) request.costs = {request.costs.node_ms, 0, 0};
  const Items items = make_items(plan.units, planning_order(plan.units), request.costs.file_ms);
  const Candidates candidates(request, items);
  const NodeRange range = node_range(request, items.weights.size(), &plan.warnings);
  const std::vector<Row> rows = candidates.rows(range, &plan.warnings);
  const Chosen chosen = choose_nodes(request, rows, &plan.warnings);
  for (const Row& row : rows) plan.candidates.push_back(row.candidate);
  plan.choice = chosen.choice;
  plan.without_target = chosen.without_target;

  const Candidate& taken = rows[chosen.row].candidate;
  const uint32_t workers = request.compat ? 1 : std::max(request.workers_per_node, 1U);
  plan.lower_bound_ms = taken.lower_bound_ms;
  Assignment assignment = bins_to_nodes(candidates.packing_of(rows[chosen.row]), taken.nodes, workers);
  if (!request.compat && !request.previous.empty()) {
    const uint64_t most = (taken.wall_ms - std::min(request.costs.worker_ms, kMostTotal));
    assignment = on_previous_nodes({plan.units, items, request.previous, taken.nodes, workers, most},
                                   std::move(assignment));
  }
  for (const auto& node : assignment) {
    plan.nodes.push_back(node_share(items, node, request.costs.worker_ms));
    sort_workers(&plan.nodes.back());
  }
  if (request.compat && plan.nodes.size() == 1) sort_by_path(plan.units, &plan.nodes.front());
  set_spread(uint64_t{taken.nodes} * workers, &plan);
  return plan;
}

NodeShare share_over_workers(const std::vector<Unit>& units, uint32_t workers, const FixedCosts& costs,
                             bool compat) {
  const std::vector<size_t> order = planning_order(units);
  const Items items = make_items(units, order, compat ? 0 : costs.file_ms);
  const auto bins = static_cast<uint32_t>(std::min<size_t>(std::max(workers, 1U), items.weights.size()));
  if (bins == 0) return {};
  const Packing packing = compat ? longest_first(items.weights, bins) : best_packing(items.weights, bins);
  const Assignment assignment = bins_to_nodes(packing, 1, bins);
  NodeShare share = node_share(items, assignment.front(), compat ? 0 : costs.worker_ms);
  std::vector<size_t> rank(units.size());
  for (size_t i = 0; i < order.size(); ++i) rank[order[i]] = i;
  for (WorkerShare& worker : share.workers) {
    std::sort(worker.units.begin(), worker.units.end(),
              [&rank](size_t one, size_t other) { return rank[one] < rank[other]; });
  }
  return share;
}

}  // namespace alibi::plan
