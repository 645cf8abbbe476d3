#include "collector/plan/candidates.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "collector/plan/best_packing.h"
#include "collector/plan/longest_first.h"
#include "collector/plan/refinement.h"

namespace alibi::plan {
namespace {

// Units placed for all rows together: about half a second of work.
constexpr uint64_t kMostPlacements = 1 << 24;
constexpr size_t kFewestRows = 16;
// Below as many, all rows are refined; above, those that could win, until their work is done.
constexpr uint64_t kCheapPlacements = 100'000;
constexpr uint64_t kMostRefinedPlacements = 400'000;

uint64_t clipped(Wide value) {
  return value > UINT64_MAX ? UINT64_MAX : static_cast<uint64_t>(value);
}

}  // namespace

NodeRange node_range(const PlanRequest& request, size_t items, std::vector<std::string>* warnings) {
  int64_t least = request.min_nodes, most = request.max_nodes;
  const auto text = [](int64_t number) { return std::to_string(number); };
  if (most < 1) warnings->push_back("--max-parallelism is " + text(most) + ", which counts as 1");
  if (most <= 1) return {1, 1};
  if (least < 1) {
    warnings->push_back("--min-parallelism is " + text(least) + ", which counts as 1");
    least = 1;
  }
  if (most < least) {
    warnings->push_back("--max-parallelism " + text(most) + " is less than --min-parallelism " + text(least) +
                        ", which counts as " + text(most));
    least = most;
  }
  if (least > kMostNodes) {
    warnings->push_back("--min-parallelism " + text(least) + " counts as " + text(kMostNodes) + ", the most");
    least = kMostNodes;
  }
  most = std::min(most, kMostNodes);
  const int64_t useful = static_cast<int64_t>(std::min<size_t>(items, kMostNodes));
  if (least > useful && !request.compat && items > 0) {
    warnings->push_back("--min-parallelism " + text(least) + " is more than the " + text(useful) +
                        " that can have something to run, and counts as that");
    least = useful;
  }
  most = std::max(least, std::min(most, useful));
  return {static_cast<uint32_t>(least), static_cast<uint32_t>(most)};
}

uint64_t score_of(const PlanRequest& request, uint32_t nodes, uint64_t wall_ms) {
  if (request.objective == Objective::kCost)
    return clipped(Wide{nodes} * (Wide{request.costs.node_ms} + wall_ms + request.overhead_ms));
  return clipped(Wide{wall_ms} + Wide{nodes} * request.overhead_ms);
}

uint64_t objective_of(const PlanRequest& request, const Candidate& candidate) {
  return request.objective == Objective::kWall ? candidate.wall_ms : candidate.score_ms;
}

Candidates::Candidates(const PlanRequest& request, const Items& items)
    : request_(request),
      items_(items),
      bound_(items.weights),
      workers_(request.compat ? 1 : std::max(request.workers_per_node, 1U)),
      worker_ms_(request.compat ? 0 : std::min(request.costs.worker_ms, kMostTotal)) {}

uint32_t Candidates::bins_of(uint32_t nodes) const {
  return static_cast<uint32_t>(std::min<uint64_t>(uint64_t{nodes} * workers_, items_.weights.size()));
}

uint64_t Candidates::wall_at_least(uint32_t nodes) const {
  return items_.weights.empty() ? 0 : worker_ms_ + bound_.of(bins_of(nodes));
}

void Candidates::set_loads(uint64_t fullest, uint64_t emptiest, Row* row) const {
  Candidate& shown = row->candidate;
  const bool idle = emptiest == 0 || uint64_t{shown.nodes} * workers_ > row->bins;
  shown.wall_ms = fullest == 0 ? 0 : worker_ms_ + fullest;
  shown.imbalance_ms = shown.wall_ms - (idle ? 0 : worker_ms_ + emptiest);
  shown.score_ms = score_of(request_, shown.nodes, shown.wall_ms);
}

Row Candidates::row_of(uint32_t nodes) const {
  Row row;
  row.candidate.nodes = nodes;
  row.candidate.lower_bound_ms = wall_at_least(nodes);
  row.bins = row.base_bins = bins_of(nodes);
  const LoadRange loads = longest_first_loads(items_.weights, row.bins);
  set_loads(loads.fullest, loads.emptiest, &row);
  return row;
}

void Candidates::refine_row(Row* row) const {
  const Packing packing = best_packing(items_.weights, row->bins);
  row->refined = true;
  row->base_bins = row->bins;
  set_loads(packing.fullest(), packing.emptiest(), row);
}

std::vector<Row> Candidates::best_rows(const std::vector<uint32_t>& numbers) const {
  std::vector<Row> rows;
  for (const uint32_t nodes : numbers) {
    rows.push_back(row_of(nodes));
    if (!request_.compat) refine_row(&rows.back());
  }
  if (!request_.compat) keep_walls_from_growing(&rows);
  return rows;
}

std::vector<Row> Candidates::rows(NodeRange range, std::vector<std::string>* warnings) const {
  const size_t count = range.last - range.first + 1;
  const uint64_t units = std::max<uint64_t>(items_.weights.size(), 1);
  const size_t most = std::max(static_cast<size_t>(kMostPlacements / units), kFewestRows);
  std::vector<Row> rows;
  if (count > most) {
    for (const uint32_t nodes : worth_a_look(range, most)) rows.push_back(row_of(nodes));
    warnings->push_back("of " + std::to_string(count) + " numbers of nodes only the " +
                        std::to_string(rows.size()) + " most promising were compared");
  } else {
    rows.reserve(count);
    for (uint32_t nodes = range.first; nodes <= range.last; ++nodes) rows.push_back(row_of(nodes));
  }
  if (request_.compat) return rows;
  refine_rows(&rows);
  keep_walls_from_growing(&rows);
  return rows;
}

// By what their lower bounds promise: half of them for the target, or the least wall where it is out of
// reach, half for the objective alone.
std::vector<uint32_t> Candidates::worth_a_look(NodeRange range, size_t most) const {
  std::vector<Candidate> all;
  all.reserve(range.last - range.first + 1);
  bool within_reach = false;
  for (uint32_t nodes = range.first; nodes <= range.last; ++nodes) {
    Candidate promise;
    promise.nodes = nodes;
    promise.wall_ms = wall_at_least(nodes);
    promise.score_ms = score_of(request_, nodes, promise.wall_ms);
    within_reach |= promise.wall_ms <= request_.target_ms;
    all.push_back(promise);
  }
  std::vector<uint32_t> found{range.first, range.last};
  const auto take = [&](const auto& rank) {
    std::stable_sort(all.begin(), all.end(),
                     [&rank](const Candidate& a, const Candidate& b) { return rank(a) < rank(b); });
    for (size_t i = 0; i < all.size() && i < most / 2 - 1; ++i) found.push_back(all[i].nodes);
  };
  take([this](const Candidate& promise) {
    return std::make_pair(objective_of(request_, promise), promise.nodes);
  });
  take([this, within_reach](const Candidate& promise) {
    const bool misses = promise.wall_ms > request_.target_ms;
    const uint64_t last = misses || !within_reach ? promise.wall_ms : objective_of(request_, promise);
    return std::make_pair(std::make_pair(misses, last), promise.nodes);
  });
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

bool Candidates::could_win(const Row& row, uint64_t best_objective) const {
  Candidate promise = row.candidate;
  promise.wall_ms = promise.lower_bound_ms;
  promise.score_ms = score_of(request_, promise.nodes, promise.wall_ms);
  if (objective_of(request_, promise) < best_objective) return true;
  return request_.target_ms > 0 && promise.wall_ms <= request_.target_ms &&
         row.candidate.wall_ms > request_.target_ms;
}

void Candidates::refine_rows(std::vector<Row>* rows) const {
  const uint64_t units = items_.weights.size();
  const bool all = rows->size() * units <= kCheapPlacements;
  uint64_t best = UINT64_MAX;
  for (const Row& row : *rows) best = std::min(best, objective_of(request_, row.candidate));
  std::vector<size_t> order(rows->size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t one, size_t other) {
    const Candidate &a = (*rows)[one].candidate, &b = (*rows)[other].candidate;
    return score_of(request_, a.nodes, a.lower_bound_ms) < score_of(request_, b.nodes, b.lower_bound_ms);
  });
  uint64_t work = 0;
  for (const size_t i : order) {
    Row& row = (*rows)[i];
    if (near_bound(row.candidate.wall_ms, row.candidate.lower_bound_ms, units)) continue;
    if (!all && (work + units > kMostRefinedPlacements || !could_win(row, best))) continue;
    work += units;
    refine_row(&row);
    best = std::min(best, objective_of(request_, row.candidate));
  }
}

// The packing of fewer nodes can be used with more of them: lighter items go to the new ones.
void Candidates::keep_walls_from_growing(std::vector<Row>* rows) const {
  for (size_t i = 1; i < rows->size(); ++i) {
    const Row& before = (*rows)[i - 1];
    Row& row = (*rows)[i];
    if (row.candidate.wall_ms <= before.candidate.wall_ms) continue;
    row.base_bins = before.base_bins;
    row.refined = before.refined;
    const Packing packing = packing_of(row);
    set_loads(packing.fullest(), packing.emptiest(), &row);
  }
}

Packing Candidates::packing_of(const Row& row) const {
  Packing packing = row.refined ? best_packing(items_.weights, row.base_bins)
                                : longest_first(items_.weights, row.base_bins);
  packing.loads.resize(row.bins);
  if (!request_.compat) fill_empty_bins(items_.weights, &packing);
  return packing;
}

}  // namespace alibi::plan
