// Of a divided file, one part is what the others leave, where the framework can leave tests out by name: so a
// test that only a node defines (by a variable, a package that the planner has not) is run, too. Pure; used
// by long_files.
#ifndef ALIBI_COLLECTOR_PLAN_REST_OF_FILE_H_
#define ALIBI_COLLECTOR_PLAN_REST_OF_FILE_H_

#include <vector>

#include "collector/plan/unit.h"

namespace alibi::plan {

// The first part whose tests' ids begin with none of the other parts' becomes its file with "--deselect=ID"
// for each of these: pytest takes an id for a beginning. Without such a part, or where the ids would take
// more than 64 KiB of a command line, the parts stay as they are. All are of one file.
void leave_rest_to_one(std::vector<Unit>* parts);

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_REST_OF_FILE_H_
