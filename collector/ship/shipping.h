// A merged session -> bodies that the intake takes, kept in the spool until it has taken them.
//
// Used by `alibi merge`, after the evidence is stored and before the session's directory goes: whatever
// happens in between, the report is either still to be made, with the same ids, or safe on disk.
#ifndef ALIBI_COLLECTOR_SHIP_SHIPPING_H_
#define ALIBI_COLLECTOR_SHIP_SHIPPING_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collector/model/session_coverage.h"
#include "collector/ship/reporting.h"
#include "collector/ship/run_report.h"
#include "collector/transport/spool.h"
#include "tracer/base/result.h"

namespace alibi::ship {

struct Spooled {
  uint64_t events = 0;    // test events and those of suites, modules, the session
  uint64_t coverage = 0;  // coverage events
  uint64_t bodies = 0;
  std::vector<std::string> problems;  // what was left out or given up, and why
};

// What the report holds besides, that other parts of the collector make.
struct Enclosed {
  std::string lcov;  // coverage of the whole run, where the service wants a report; empty: there is none
  Crashes crashes;
};

// `boundary`: of the forms, not in any body (random). An error: nothing more could be kept; the message says
// what was lost.
Result<Spooled> spool_session(const collector::SessionCoverage& session, const Reporting& reporting,
                              const Enclosed& enclosed, std::string_view boundary, transport::Spool* spool);

}  // namespace alibi::ship

#endif  // ALIBI_COLLECTOR_SHIP_SHIPPING_H_
