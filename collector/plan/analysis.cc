#include "collector/plan/analysis.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "collector/plan/candidates.h"
#include "collector/plan/items.h"

namespace alibi::plan {
namespace {

struct Held {
  const Unit* unit = nullptr;
  uint32_t node = 0;
};
using Name = std::pair<std::string, std::vector<std::string>>;

std::map<Name, Held> held_by_name(const Plan& plan) {
  std::map<Name, Held> held;
  for (uint32_t node = 0; node < plan.nodes.size(); ++node) {
    for (const WorkerShare& worker : plan.nodes[node].workers) {
      for (const size_t at : worker.units) {
        if (at >= plan.units.size()) continue;
        const Unit& unit = plan.units[at];
        held[{unit.file, unit.selectors}] = {&unit, node};
      }
    }
  }
  return held;
}

UnitChange change_of(const Held* before, const Held* after) {
  UnitChange change;
  change.unit = after != nullptr ? *after->unit : *before->unit;
  if (before != nullptr) {
    change.old_node = before->node;
    change.old_weight_ms = before->unit->weight_ms;
  }
  if (after != nullptr) {
    change.new_node = after->node;
    change.new_weight_ms = after->unit->weight_ms;
  }
  return change;
}

}  // namespace

double plan_quality(const Plan& plan) {
  if (plan.lower_bound_ms == 0) return 1;
  return static_cast<double>(plan.wall_ms) / static_cast<double>(plan.lower_bound_ms);
}

std::vector<Candidate> what_if(const PlanRequest& request, const std::vector<int64_t>& nodes) {
  PlanRequest asked = request;
  if (asked.compat) asked.costs = {asked.costs.node_ms, 0, 0};
  const Items items = make_items(asked.units, planning_order(asked.units), asked.costs.file_ms);
  const int64_t useful = static_cast<int64_t>(std::min<size_t>(items.weights.size(), kMostNodes));
  const int64_t most = asked.compat ? kMostNodes : useful;
  const int64_t least = items.weights.empty() && !asked.compat ? 0 : 1;
  std::map<uint32_t, Candidate> rows;
  std::vector<uint32_t> wanted;
  for (const int64_t number : nodes)
    wanted.push_back(static_cast<uint32_t>(std::max(least, std::min(number, most))));
  std::vector<uint32_t> sorted = wanted;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  for (const Row& row : Candidates(asked, items).best_rows(sorted)) rows[row.candidate.nodes] = row.candidate;
  std::vector<Candidate> answers;
  answers.reserve(wanted.size());
  for (const uint32_t number : wanted) answers.push_back(rows[number]);
  return answers;
}

PlanDifference difference(const Plan& old_plan, const Plan& new_plan) {
  const std::map<Name, Held> before = held_by_name(old_plan), after = held_by_name(new_plan);
  PlanDifference found;
  found.old_nodes = static_cast<uint32_t>(old_plan.nodes.size());
  found.new_nodes = static_cast<uint32_t>(new_plan.nodes.size());
  for (const auto& [name, now] : after) {
    const auto was = before.find(name);
    if (was == before.end()) {
      found.added.push_back(change_of(nullptr, &now));
      continue;
    }
    const UnitChange change = change_of(&was->second, &now);
    if (change.old_node != change.new_node) found.moved.push_back(change);
    if (change.old_weight_ms != change.new_weight_ms) found.reweighted.push_back(change);
  }
  for (const auto& [name, was] : before) {
    if (!after.contains(name)) found.gone.push_back(change_of(&was, nullptr));
  }
  return found;
}

}  // namespace alibi::plan
