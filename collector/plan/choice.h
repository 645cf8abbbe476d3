// Which number of nodes is taken. Pure; used by make_plan.
#ifndef ALIBI_COLLECTOR_PLAN_CHOICE_H_
#define ALIBI_COLLECTOR_PLAN_CHOICE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "collector/plan/candidates.h"
#include "collector/plan/planner.h"

namespace alibi::plan {

struct Chosen {
  size_t row = 0;
  Choice choice = Choice::kLowestScore;
  uint32_t without_target = 0;
};

// `rows`: by nodes, at least one.
Chosen choose_nodes(const PlanRequest& request, const std::vector<Row>& rows,
                    std::vector<std::string>* warnings);

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_CHOICE_H_
