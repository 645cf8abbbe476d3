// What people read: `alibi merge`, `show`, `list` and `stats` on a terminal. Pure; colours come with the
// Style.
#ifndef ALIBI_COLLECTOR_REPORT_TEXT_REPORT_H_
#define ALIBI_COLLECTOR_REPORT_TEXT_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "collector/model/session_coverage.h"
#include "collector/report/style.h"
#include "collector/store/evidence_index.h"
#include "collector/store/intake.h"

namespace alibi::report {

// kFull: every scope, name and input; kShort: as much of each as fits on a few lines.
enum class Detail : bool { kShort, kFull };

std::string test_text(const collector::SessionCoverage& coverage, const collector::TestCoverage& test,
                      Detail detail, const Style& style);
std::string intake_text(const store::IntakeReport& report, double duration_ms, const Style& style);
std::string list_text(const std::vector<store::TestRow>& tests,
                      const std::vector<store::SessionRow>& sessions, const Style& style);

// What selection has spared the sessions that are still there.
struct Spared {
  uint64_t sessions = 0;
  uint64_t tests = 0;
  uint64_t nanoseconds = 0;
};
Spared spared_in(const std::vector<store::SessionRow>& sessions);

struct StoreFigures {
  std::string data;
  std::vector<store::SessionRow> sessions;
  uint64_t tests = 0;          // distinct ids
  uint64_t test_evidence = 0;  // over all sessions
  uint64_t evidence_bytes = 0;
  uint64_t index_bytes = 0;
  uint64_t source_bytes = 0;
  uint64_t sources = 0;
  // What would be kept without compression and with a copy of its sources for each session.
  uint64_t unshared_bytes = 0;
  uint64_t damaged = 0;    // shards put aside
  uint64_t leftovers = 0;  // sessions waiting for a merge
};
std::string stats_text(const StoreFigures& figures, const Style& style);

}  // namespace alibi::report

#endif  // ALIBI_COLLECTOR_REPORT_TEXT_REPORT_H_
