// Crashes and hangs for people: both stacks below a line that says what happened. Used by `alibi show`.
#ifndef ALIBI_COLLECTOR_REPORT_CRASH_TEXT_H_
#define ALIBI_COLLECTOR_REPORT_CRASH_TEXT_H_

#include <string>
#include <vector>

#include "collector/crash/crash.h"
#include "collector/model/session_coverage.h"
#include "collector/report/style.h"

namespace alibi::report {

// Those of one test, as the session's document keeps them.
std::vector<collector::Crash> crashes_of(const collector::SessionCoverage& coverage,
                                         const collector::TestCoverage& test);
// Indented lines, each ended; empty for none.
std::string crashes_text(const std::vector<collector::Crash>& crashes, const Style& style);

}  // namespace alibi::report

#endif  // ALIBI_COLLECTOR_REPORT_CRASH_TEXT_H_
