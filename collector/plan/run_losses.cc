#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "collector/plan/analysis.h"
#include "collector/plan/best_packing.h"
#include "collector/plan/items.h"
#include "collector/plan/lower_bound.h"

namespace alibi::plan {
namespace {

uint64_t actual_ms(const Plan& plan, const std::vector<uint64_t>& unit_ms, size_t unit) {
  return unit < unit_ms.size() ? unit_ms[unit] : plan.units[unit].weight_ms;
}

// The longest share of the plan, of the units that ran.
uint64_t longest_share(const Plan& plan, const std::vector<uint64_t>& unit_ms, const std::vector<bool>& ran) {
  uint64_t longest = 0;
  for (const NodeShare& node : plan.nodes) {
    for (const WorkerShare& worker : node.workers) {
      uint64_t work = 0;
      for (const size_t unit : worker.units) {
        if (unit < ran.size() && ran[unit]) work = saturated_sum(work, actual_ms(plan, unit_ms, unit));
      }
      longest = std::max(longest, work);
    }
  }
  return longest;
}

}  // namespace

Losses run_losses(const Plan& plan, const RunFacts& facts) {
  Losses losses;
  std::vector<Unit> executed;
  std::vector<bool> ran(plan.units.size());
  uint64_t booted = 0;
  for (const WorkerRun& worker : facts.workers) {
    uint64_t work = 0;
    for (const size_t unit : worker.units) {
      if (unit >= plan.units.size()) continue;  // of another plan
      ran[unit] = true;
      executed.push_back(plan.units[unit]);
      executed.back().weight_ms = actual_ms(plan, facts.unit_ms, unit);
      work = saturated_sum(work, executed.back().weight_ms);
    }
    losses.work_ms = std::max(losses.work_ms, work);
    booted = std::max(booted, saturated_sum(worker.boot_ms, work));
  }
  losses.static_ms = longest_share(plan, facts.unit_ms, ran);

  const Items items = make_items(executed, planning_order(executed), 0);
  const auto bins = static_cast<uint32_t>(std::min(facts.workers.size(), items.weights.size()));
  // What happened can be luckier than the packing, and rounding can lift the bound.
  const uint64_t known =
      std::min(bins == 0 ? 0 : best_packing(items.weights, bins).fullest(), losses.work_ms);
  losses.lower_bound_ms = std::min(LowerBound(items.weights).of(bins), known);
  losses.packing_ms = known - losses.lower_bound_ms;
  losses.estimate_ms = losses.work_ms - known;
  losses.boot_ms = booted - losses.work_ms;
  losses.wall_ms = std::max(facts.wall_ms, booted);
  losses.straggler_ms = losses.wall_ms - booted;
  return losses;
}

}  // namespace alibi::plan
