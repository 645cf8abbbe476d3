// The best plan with long files divided: how fine depends on what fills the workers evenly. Pure; used by
// planning in place of make_plan where the framework can select single tests.
#ifndef ALIBI_COLLECTOR_PLAN_DIVIDED_PLAN_H_
#define ALIBI_COLLECTOR_PLAN_DIVIDED_PLAN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "collector/plan/long_files.h"
#include "collector/plan/planner.h"

namespace alibi::plan {

struct DividedPlan {
  Plan plan;
  Division division;  // what was planned
};

// bins: nodes * workers that the plan may take at most. Several divisions are planned; the best by the
// request's objective is taken, of equal ones (to a thousandth of the wall) that with the fewest parts.
DividedPlan divided_plan(const PlanRequest& request, const std::vector<FileTests>& tests, uint32_t bins);

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_DIVIDED_PLAN_H_
