// What crash and hang reports say about the tests of a merged session. Pure.
#ifndef ALIBI_COLLECTOR_CRASH_CRASH_OUTCOMES_H_
#define ALIBI_COLLECTOR_CRASH_CRASH_OUTCOMES_H_

#include <vector>

#include "collector/crash/crash.h"
#include "collector/model/session_coverage.h"

namespace alibi::collector {

// A test that its process did not live to end failed, and the report says of what; it stays incomplete, so it
// runs next time. A crash that the process survived (a program that handles its own faults) is dropped from
// *crashes. A hang of a test that ended is a note.
void apply_crashes(std::vector<Crash>* crashes, SessionCoverage* coverage);

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_CRASH_CRASH_OUTCOMES_H_
