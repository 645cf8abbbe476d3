// What each number of nodes would take: the rows that the choice compares. Pure; used by make_plan and
// what_if. PLAN.md says which rows are refined and how walls are kept from growing with the nodes.
#ifndef ALIBI_COLLECTOR_PLAN_CANDIDATES_H_
#define ALIBI_COLLECTOR_PLAN_CANDIDATES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "collector/plan/items.h"
#include "collector/plan/lower_bound.h"
#include "collector/plan/packing.h"
#include "collector/plan/planner.h"

namespace alibi::plan {

// More nodes than any CI system starts: what is above counts as this.
inline constexpr int64_t kMostNodes = 65'536;

struct NodeRange {
  uint32_t first = 1, last = 1;  // both inclusive
};
// Clamped as the peer does; without compat to as many nodes as can have something to run.
NodeRange node_range(const PlanRequest& request, size_t items, std::vector<std::string>* warnings);

// What is compared: the score, or what stands in its place for the other objectives.
uint64_t score_of(const PlanRequest& request, uint32_t nodes, uint64_t wall_ms);
uint64_t objective_of(const PlanRequest& request, const Candidate& candidate);

struct Row {
  Candidate candidate;
  uint32_t bins = 1;       // workers of all nodes; never more than items
  uint32_t base_bins = 1;  // fewer: the packing of fewer nodes, spread out, as it is the better one
  bool refined = false;    // LPT else
};

class Candidates {
 public:
  // Both outlive this.
  Candidates(const PlanRequest& request, const Items& items);

  // Not all of a range that is too large for its units: the most promising, with a warning.
  std::vector<Row> rows(NodeRange range, std::vector<std::string>* warnings) const;
  // These, ascending, each as well as it can be packed.
  std::vector<Row> best_rows(const std::vector<uint32_t>& numbers) const;
  Packing packing_of(const Row& row) const;

 private:
  uint32_t bins_of(uint32_t nodes) const;
  Row row_of(uint32_t nodes) const;
  uint64_t wall_at_least(uint32_t nodes) const;
  std::vector<uint32_t> worth_a_look(NodeRange range, size_t most) const;
  void refine_rows(std::vector<Row>* rows) const;
  bool could_win(const Row& row, uint64_t best_objective) const;
  void refine_row(Row* row) const;
  void keep_walls_from_growing(std::vector<Row>* rows) const;
  void set_loads(uint64_t fullest, uint64_t emptiest, Row* row) const;

  const PlanRequest& request_;
  const Items& items_;
  LowerBound bound_;
  uint32_t workers_;
  uint64_t worker_ms_;
};

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_CANDIDATES_H_
