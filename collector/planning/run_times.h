// What a run measured that later plans go by: times of whole files, the start of workers, the loading of
// files. Pure; used by `alibi run` when it is over.
#ifndef ALIBI_COLLECTOR_PLANNING_RUN_TIMES_H_
#define ALIBI_COLLECTOR_PLANNING_RUN_TIMES_H_

#include <vector>

#include "collector/plan/unit.h"
#include "collector/run/runner.h"
#include "collector/timings/timings.h"

namespace alibi::planning {

// `units`: of the outcome's positions. `may_leave_out`: workers may have left out tests without saying so.
void put_times(const std::vector<plan::Unit>& units, const run::RunOutcome& outcome, bool may_leave_out,
               timings::RunTimings* times);

}  // namespace alibi::planning

#endif  // ALIBI_COLLECTOR_PLANNING_RUN_TIMES_H_
