#include "collector/plan/choice.h"

#include <optional>
#include <tuple>

namespace alibi::plan {
namespace {

bool better(const PlanRequest& request, const Candidate& one, const Candidate& other) {
  const auto rank = [&request](const Candidate& row) {
    const uint64_t first = objective_of(request, row);
    const uint64_t second = request.objective == Objective::kCost ? row.wall_ms : 0;
    return std::make_tuple(first, second, row.nodes, row.wall_ms, row.imbalance_ms);
  };
  return rank(one) < rank(other);
}

// Among those whose wall is within `most_wall`. A row counts only when against every smaller number of nodes
// each further node saves min_saving on average, that is when wall + nodes * min_saving is a new minimum.
std::optional<size_t> best_row(const PlanRequest& request, const std::vector<Row>& rows, uint64_t most_wall) {
  std::optional<size_t> best;
  Wide least = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const Candidate& row = rows[i].candidate;
    if (row.wall_ms > most_wall) continue;
    const Wide worth = Wide{row.wall_ms} + Wide{row.nodes} * request.min_saving_ms;
    if (best && request.min_saving_ms > 0 && worth > least) continue;
    if (!best || worth < least) least = worth;
    if (!best || better(request, row, rows[*best].candidate)) best = i;
  }
  return best;
}

size_t shortest_row(const std::vector<Row>& rows) {
  size_t best = 0;
  for (size_t i = 1; i < rows.size(); ++i) {
    const auto rank = [&rows](size_t at) {
      const Candidate& row = rows[at].candidate;
      return std::make_tuple(row.wall_ms, row.nodes, row.imbalance_ms);
    };
    if (rank(i) < rank(best)) best = i;
  }
  return best;
}

std::string seconds_text(uint64_t milliseconds) {
  std::string text = std::to_string(milliseconds / 1000);
  if (milliseconds % 1000 != 0) {
    std::string rest = std::to_string(1000 + milliseconds % 1000);
    rest.front() = '.';
    text += rest;
  }
  text += " s";
  return text;
}

}  // namespace

Chosen choose_nodes(const PlanRequest& request, const std::vector<Row>& rows,
                    std::vector<std::string>* warnings) {
  Chosen chosen;
  chosen.row = best_row(request, rows, UINT64_MAX).value_or(0);
  chosen.without_target = rows[chosen.row].candidate.nodes;
  if (request.target_ms > 0) {
    const std::optional<size_t> within = best_row(request, rows, request.target_ms);
    if (within) {
      chosen.choice =
          *within == chosen.row ? Choice::kTargetMetLowestScore : Choice::kTargetMetChangedSelection;
      chosen.row = *within;
    } else {
      chosen.choice = Choice::kTargetUnreachableLowestWall;
      chosen.row = shortest_row(rows);
      const Candidate& taken = rows[chosen.row].candidate;
      warnings->push_back("no number of nodes from " + std::to_string(rows.front().candidate.nodes) + " to " +
                          std::to_string(rows.back().candidate.nodes) + " meets --target-time " +
                          seconds_text(request.target_ms) + "; the shortest is taken: " +
                          seconds_text(taken.wall_ms) + " with " + std::to_string(taken.nodes));
    }
  }
  // The peer's words: a single number to choose from is no choice.
  if (rows.size() == 1 && rows.front().candidate.nodes == 1) chosen.choice = Choice::kSingleRunnerOnly;
  return chosen;
}

std::string_view choice_text(Choice choice) {
  switch (choice) {
    case Choice::kNoRunnableTests:
      return "no_runnable_tests";
    case Choice::kSingleRunnerOnly:
      return "single_runner_only";
    case Choice::kLowestScore:
      return "lowest_score";
    case Choice::kTargetMetLowestScore:
      return "target_met_lowest_score";
    case Choice::kTargetMetChangedSelection:
      return "target_met_changed_selection";
    case Choice::kTargetUnreachableLowestWall:
      return "target_unreachable_lowest_wall_time";
  }
  return "lowest_score";
}

}  // namespace alibi::plan
