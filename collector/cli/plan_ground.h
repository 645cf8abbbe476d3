// What the left-out tests of a plan rest on besides the commit, between the machine that plans and those that
// run it (collector/change/ground.h). Used by `alibi plan` and `alibi run`; asks git which files the commit
// has, and the framework for what it knows of its interpreter already. One thread.
#ifndef ALIBI_COLLECTOR_CLI_PLAN_GROUND_H_
#define ALIBI_COLLECTOR_CLI_PLAN_GROUND_H_

#include <string>
#include <vector>

#include "collector/framework/framework.h"
#include "tracer/base/result.h"

namespace alibi::cli {

// As a plan keeps it. `said`: by `alibi select`. `data`: Alibi's folder, absolute. "" nothing.
Result<std::string> ground_of_plan(const std::string& said, const std::string& directory,
                                   const std::string& data, framework::Framework* framework);

// What is another one here, a line each. `kept`: of the plan.
Result<std::vector<std::string>> ground_changes(const std::string& kept, const std::string& directory,
                                                framework::Framework* framework);

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_PLAN_GROUND_H_
