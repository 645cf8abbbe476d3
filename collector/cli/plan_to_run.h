// Which plan `alibi run` runs, and which of its nodes this is: the plan in the folder where it is still of
// this project, else a new one. One thread; warns on the console.
#ifndef ALIBI_COLLECTOR_CLI_PLAN_TO_RUN_H_
#define ALIBI_COLLECTOR_CLI_PLAN_TO_RUN_H_

#include <cstdint>
#include <memory>

#include "collector/cli/console.h"
#include "collector/cli/options.h"
#include "collector/cli/splitting.h"
#include "collector/framework/framework.h"
#include "collector/plan_folder/plan_folder.h"
#include "tracer/base/result.h"

namespace alibi::cli {

struct PlanToRun {
  Splitting splitting;  // also the settings that the plan was made with and this command does not name
  plan_folder::PlannedRun run;
  std::unique_ptr<framework::Framework> framework;
  int64_t node = -1;  // negative: all of it runs here
};

// An error when a test could be left to nobody: a plan of another state, a node that is not in it, fewer
// nodes than it has.
Result<PlanToRun> plan_to_run(const RunOptions& options, Console* console);

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_PLAN_TO_RUN_H_
