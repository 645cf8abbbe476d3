// Opens a session's report: asks the service what it wants of the run, and settles who the session is there.
//
// Used by `alibi ship --open` before the tests run. What is asked goes through one door, so that tests need
// no network; what the service does not answer in time, or answers with nonsense, is a feature that is off, a
// tag that says so, and one line for the user. Never an error: the run goes on.
#ifndef ALIBI_COLLECTOR_SHIP_OPENING_H_
#define ALIBI_COLLECTOR_SHIP_OPENING_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/origin/session_origin.h"
#include "collector/payload/run_facts.h"
#include "collector/payload/settings.h"
#include "collector/payload/skippable.h"
#include "collector/ship/reporting.h"
#include "collector/transport/routes.h"
#include "tracer/base/result.h"

namespace alibi::ship {

// What the test runner says of itself: JSON on standard input of `alibi ship --open`.
struct RunDescription {
  std::string framework;  // "pytest"
  std::string framework_version;
  std::string command;
  std::string language;  // "python"
  std::string runtime_name;
  std::string runtime_version;
  std::string root;  // of the project
};
Result<RunDescription> read_run_description(std::string_view json);

// Everything that is settled before anybody is asked.
struct SessionFacts {
  RunDescription run;
  origin::SessionOrigin origin;
  std::string root;  // of the repository
  std::string library_version;
  std::string runtime_id;  // 32 hex digits
  uint64_t session_id = 0;
  bool itr_switched_off = false;  // by the user
  bool wants_suites = false;
};

// A question in JSON, and the answer's text.
using Ask = std::function<Result<std::string>(transport::Route, std::string_view)>;

struct Opening {
  Reporting reporting;
  payload::Settings settings;
  std::optional<std::vector<payload::SkippableItem>> skippable;  // nothing: the service has no opinion
  std::vector<std::string> problems;
};

// `tell_commits`: tells the service about the commits that are here, as far as it wants and time allows;
// between the settings, which may be asked for twice, and the rest.
Opening open_report(const SessionFacts& facts, const Ask& ask, const std::function<void()>& tell_commits);

// For the test runner's glue: what it has to know, as JSON.
std::string encode_opening(const Opening& opening);

}  // namespace alibi::ship

#endif  // ALIBI_COLLECTOR_SHIP_OPENING_H_
