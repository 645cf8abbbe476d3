// What a plan asks the Test Optimization service: settings, what may be skipped, managed tests, durations.
// Used by `alibi plan` and by `alibi run` when it plans. All is asked at once
// and within one patience (ALIBI_INTAKE_PATIENCE_MS, 10 s); what is not answered in it is a problem to tell
// and nothing that is skipped; never an error.
#ifndef ALIBI_COLLECTOR_CLI_PLAN_SERVICE_H_
#define ALIBI_COLLECTOR_CLI_PLAN_SERVICE_H_

#include <string>

#include "collector/origin/session_origin.h"
#include "collector/planning/planning.h"

namespace alibi::cli {

// `data`: Alibi's folder, for the embedded intake.
planning::ServiceAnswer ask_service_for_plan(const planning::ServiceQuestion& question,
                                             const std::string& data);

// Commit, branch, repository and service of the project here.
planning::Revision revision_here(const std::string& directory);

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_PLAN_SERVICE_H_
