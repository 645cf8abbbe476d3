// Answers to questions about a plan: why a file is where it is, what other numbers of nodes would give, what
// differs from another plan. Pure text for people; used by `alibi plan`.
#ifndef ALIBI_COLLECTOR_PLANNING_EXPLANATION_H_
#define ALIBI_COLLECTOR_PLANNING_EXPLANATION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "collector/plan/planner.h"
#include "collector/plan_folder/plan_folder.h"
#include "collector/planning/history.h"
#include "tracer/base/result.h"

namespace alibi::planning {

// An error when the plan does not know the file.
Result<std::string> explain_text(const plan_folder::PlannedRun& run, const History& history,
                                 const std::string& file);
std::string what_if_text(const plan::PlanRequest& request, const std::vector<uint32_t>& nodes);
std::string difference_text(const plan::Plan& before, const plan::Plan& now);

}  // namespace alibi::planning

#endif  // ALIBI_COLLECTOR_PLANNING_EXPLANATION_H_
