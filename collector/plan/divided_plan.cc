#include "collector/plan/divided_plan.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "collector/plan/candidates.h"
#include "collector/plan/items.h"
#include "collector/plan/longest_first.h"

namespace alibi::plan {
namespace {

// From one part a worker to what the smallest gaps need.
constexpr uint64_t kPartTenths[] = {10, kUsualPartTenths, 5, 3};

struct Tried {
  DividedPlan made;
  Candidate taken;  // the plan's row
};

Tried tried(const PlanRequest& request, Division division) {
  PlanRequest wanted = request;
  wanted.units = division.units;
  Tried made;
  made.made.plan = make_plan(std::move(wanted));
  made.made.division = std::move(division);
  const std::vector<Candidate>& rows = made.made.plan.candidates;
  const size_t nodes = made.made.plan.nodes.size();
  const auto row = std::ranges::find_if(rows, [nodes](const Candidate& one) { return one.nodes == nodes; });
  if (row != rows.end()) made.taken = *row;
  return made;
}

// By what is quickly known: the fullest worker when the heaviest goes first.
Division most_even(const PlanRequest& request, const std::vector<FileTests>& tests, uint32_t bins) {
  Division best;
  uint64_t least = 0;
  for (const uint64_t tenths : kPartTenths) {
    Division division =
        divide_long_files(request.units, tests, bins, request.target_ms, request.costs, tenths);
    const Items items = make_items(division.units, planning_order(division.units), request.costs.file_ms);
    const uint64_t wall = longest_first_loads(items.weights, bins).fullest;
    if (tenths != kPartTenths[0] && saturated_sum(wall, wall / 1000) >= least) continue;
    least = wall;
    best = std::move(division);
  }
  return best;
}

// Lower is better; what target and objective say first.
std::pair<uint64_t, uint64_t> rank_of(const PlanRequest& request, const Candidate& row) {
  if (request.target_ms > 0 && row.wall_ms > request.target_ms) return {1, row.wall_ms};
  return {0, objective_of(request, row)};
}

// That the first is so much better that more parts are worth it, or as good with fewer.
bool is_better(const PlanRequest& request, const Tried& one, const Tried& other) {
  const auto rank = rank_of(request, one.taken), rank_of_other = rank_of(request, other.taken);
  if (rank.first != rank_of_other.first) return rank.first < rank_of_other.first;
  const size_t units = one.made.division.units.size(), units_of_other = other.made.division.units.size();
  const uint64_t slack = std::min(one.taken.wall_ms, other.taken.wall_ms) / 1000;
  if (units > units_of_other) return saturated_sum(rank.second, slack) < rank_of_other.second;
  if (units < units_of_other) return rank.second <= saturated_sum(rank_of_other.second, slack);
  return rank.second < rank_of_other.second;
}

bool are_alike(const Division& one, const Division& other) {
  return one.units.size() == other.units.size() && one.reasons == other.reasons;
}

}  // namespace

DividedPlan divided_plan(const PlanRequest& request, const std::vector<FileTests>& tests, uint32_t bins) {
  const auto divided = [&](uint64_t tenths) {
    return divide_long_files(request.units, tests, bins, request.target_ms, request.costs, tenths);
  };
  Tried best = tried(request, divided(kUsualPartTenths));
  if (best.made.division.units.size() == request.units.size()) return std::move(best.made);
  const auto consider = [&](Division division) {
    if (are_alike(division, best.made.division)) return;
    Tried other = tried(request, std::move(division));
    if (is_better(request, other, best)) best = std::move(other);
  };
  consider(most_even(request, tests, bins));
  // For as many as the objective takes; then parts of another size may fill them.
  const uint64_t taken = best.made.plan.nodes.size() * uint64_t{std::max(request.workers_per_node, 1U)};
  if (taken < bins && taken > 1) consider(most_even(request, tests, static_cast<uint32_t>(taken)));
  return std::move(best.made);
}

}  // namespace alibi::plan
