// What was settled about reporting when a session began: its identity at the intake, the tags that all of its
// events have, and what the service wants to have of it. Kept as reporting.json in the session's directory.
//
// Made by opening, used when the session is shipped, maybe by another process. It never holds a key.
#ifndef ALIBI_COLLECTOR_SHIP_REPORTING_H_
#define ALIBI_COLLECTOR_SHIP_REPORTING_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collector/payload/test_events.h"
#include "tracer/base/result.h"

namespace alibi::ship {

inline constexpr char kReportingFile[] = "reporting.json";

struct Reporting {
  uint64_t session_id = 0;  // the intake's number of the session, never 0
  std::string framework;    // "pytest", "rspec", "minitest", "cucumber"
  std::string service;
  std::string root;                 // of the repository, absolute: paths are told relative to it
  payload::Tags tags;               // of all events
  payload::Tags test_tags;          // of test events: what this client is capable of
  payload::Tags session_tags;       // of session, module, suite and test events each
  payload::Tags session_only_tags;  // of the session's event: which features are on
  std::string correlation_id;
  bool wants_coverage = false;
  bool wants_suites = false;  // coverage and skipping are of suites, not of tests
  bool skipping = false;      // tests may be left out
  bool wants_report = false;  // of the coverage of the whole run
  std::vector<std::string> report_flags;
};

std::string encode_reporting(const Reporting& reporting);
Result<Reporting> decode_reporting(std::string_view json);

}  // namespace alibi::ship

#endif  // ALIBI_COLLECTOR_SHIP_REPORTING_H_
