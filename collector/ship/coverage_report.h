// A session's evidence -> the coverage that the intake gets: which files, and which of their lines, each test
// or suite ran or rests on.
//
// More than the lines that ran: a service that leaves tests out by this list must not miss a file. So the
// files that a covered file imports (with the lines their import ran), what collecting the test and the whole
// session did, and data files that were read are told as well; data files without lines. Paths outside of the
// repository are left out. Pure; one event at a time, since all of them may be much.
#ifndef ALIBI_COLLECTOR_SHIP_COVERAGE_REPORT_H_
#define ALIBI_COLLECTOR_SHIP_COVERAGE_REPORT_H_

#include <functional>
#include <map>
#include <string>

#include "collector/model/session_coverage.h"
#include "collector/payload/coverage_events.h"
#include "collector/ship/reporting.h"
#include "collector/ship/run_report.h"

namespace alibi::ship {

using CoverageSink = std::function<void(payload::CoverageEvent)>;

// One event of each test that has a place, or of each suite where the service wants suites.
void coverage_of(const collector::SessionCoverage& session, const Reporting& reporting,
                 const std::map<std::string, TestPlace>& places, const CoverageSink& sink);

}  // namespace alibi::ship

#endif  // ALIBI_COLLECTOR_SHIP_COVERAGE_REPORT_H_
