// A session's tests -> the events that the intake gets of it: every attempt, every test that was left out,
// suites, modules, the session itself, in the order in which the intake wants them.
//
// Pure, and the same for the same session: ids are made from the session's, so that a report which is sent
// twice is seen to be one. Used when a merged session is shipped.
#ifndef ALIBI_COLLECTOR_SHIP_RUN_REPORT_H_
#define ALIBI_COLLECTOR_SHIP_RUN_REPORT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "collector/model/session_coverage.h"
#include "collector/origin/codeowners.h"
#include "collector/payload/test_events.h"
#include "collector/ship/reporting.h"

namespace alibi::ship {

// How a process ended in a test, as the crash recorder saw it.
struct Crash {
  std::string type;  // "SIGSEGV"
  std::string message;
  std::string stack;
};
using Crashes = std::map<std::string, Crash>;  // by test id

// Where the coverage of a test belongs: its last attempt, and its suite.
struct TestPlace {
  uint64_t suite_id = 0;
  uint64_t span_id = 0;
};

struct RunReport {
  payload::TestCycle cycle;
  std::map<std::string, TestPlace> places;  // by test id; none of tests that did not run
  uint64_t left_out = 0;                    // tests
};

// `owners`: of source files; null: nobody is named.
RunReport report_of(const collector::SessionCoverage& session, const Reporting& reporting,
                    const origin::Codeowners* owners = nullptr, const Crashes& crashes = {});

}  // namespace alibi::ship

#endif  // ALIBI_COLLECTOR_SHIP_RUN_REPORT_H_
