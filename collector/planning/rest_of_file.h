// Of a divided pytest file, one part is what the others leave: so a test that only a node defines (by a
// variable, a package that the planner has not) is run, too. Pure; used by planning.
#ifndef ALIBI_COLLECTOR_PLANNING_REST_OF_FILE_H_
#define ALIBI_COLLECTOR_PLANNING_REST_OF_FILE_H_

#include <vector>

#include "collector/plan/unit.h"

namespace alibi::planning {

// The first part whose tests' ids begin with none of the other parts' becomes its file with "--deselect=ID"
// for each of these: pytest takes an id for a beginning. Without such a part, or where the ids would take
// more than 64 KiB of a command line, the file stays as it is.
std::vector<plan::Unit> with_rest_of_files(std::vector<plan::Unit> units);

}  // namespace alibi::planning

#endif  // ALIBI_COLLECTOR_PLANNING_REST_OF_FILE_H_
