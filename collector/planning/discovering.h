// The step of planning.h that finds out what there is: the files, as the framework lists them without
// starting, and the tests, where something may be left out. Used by planning.cc; a program of the framework's
// may run.
#ifndef ALIBI_COLLECTOR_PLANNING_DISCOVERING_H_
#define ALIBI_COLLECTOR_PLANNING_DISCOVERING_H_

#include <string>

#include "collector/planning/planning.h"

namespace alibi::planning {

// What runs, or an error when nothing does and nobody asked for that. `planned` has the framework and the
// service's answer; it gets counts, times, the listed files and notices. `commit`: the revision's.
Result<framework::Discovery> discover(const PlanningRequest& request, const PlanningDoors& doors,
                                      const framework::Project& project, const std::string& commit,
                                      Planned* planned);

// An error of a step of the planning: `code` is the step's; what the step itself named stays.
Error in_step(ErrorCode code, Error error);

}  // namespace alibi::planning

#endif  // ALIBI_COLLECTOR_PLANNING_DISCOVERING_H_
