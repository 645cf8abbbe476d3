// Opens a session's report: asks the service what it wants of the run, and settles who the session is there.
//
// Used by `alibi ship --open` before the tests run. Everything that is asked goes through doors, so that
// tests need no network and no threads; what the service does not answer in time, or answers with nonsense,
// is a feature that is off, a tag that says so, and one line for the user. Never an error: the run goes on.
#ifndef ALIBI_COLLECTOR_SHIP_OPENING_H_
#define ALIBI_COLLECTOR_SHIP_OPENING_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "collector/origin/changed_ranges.h"
#include "collector/origin/session_origin.h"
#include "collector/payload/known_tests.h"
#include "collector/payload/settings.h"
#include "collector/payload/skippable.h"
#include "collector/payload/test_management.h"
#include "collector/ship/questions.h"
#include "collector/ship/reporting.h"
#include "collector/ship/switches.h"
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

// Everything that is settled before anybody is asked.
struct SessionFacts {
  RunDescription run;
  origin::SessionOrigin origin;
  std::string root;  // of the repository
  std::string library_version;
  std::string runtime_id;  // 32 hex digits
  uint64_t session_id = 0;
  Switches switches;
  bool wants_suites = false;
  // The project's own intake, on this machine: it knows nothing about skipping that the evidence does not.
  bool is_local = false;
};

using Jobs = std::vector<std::function<void()>>;

struct Doors {
  Ask ask;  // from several threads, if `at_once` has some
  // Tells the service about the commits that are here, as far as it wants and time allows.
  std::function<Result<void>()> tell_commits;
  std::function<Result<origin::ChangedRanges>()> changed;  // since the base commit
  // Returns when all of them are done.
  std::function<void(const Jobs&)> at_once;
};

struct EarlyFlakeDetection {
  std::vector<payload::SlowTestRetries> retries;  // by rising durations
  uint32_t faulty_percent = 0;
};

struct FlakyTestRetries {
  uint32_t per_test = 0;
  uint32_t tests = 0;
};

// What is not there is off.
struct Opening {
  Reporting reporting;
  payload::Settings settings;
  std::optional<std::vector<payload::SkippableItem>> skippable;  // nothing: the service has no opinion
  std::optional<std::vector<payload::KnownSuite>> known;         // never empty
  std::optional<EarlyFlakeDetection> early_flake_detection;
  std::optional<FlakyTestRetries> flaky_test_retries;
  std::optional<std::vector<payload::ManagedTest>> managed;
  uint32_t attempt_to_fix_retries = 20;
  std::optional<origin::ChangedRanges> modified;
  std::vector<std::string> problems;
};

// What each request says of the run.
payload::RunFacts run_facts(const SessionFacts& facts);

// First the settings, then at once what they ask for and the commits. Where the service wants the commits
// before it decides, the settings once more; what may be skipped always last, since it depends on the
// commits.
Opening open_report(const SessionFacts& facts, const Doors& doors);

}  // namespace alibi::ship

#endif  // ALIBI_COLLECTOR_SHIP_OPENING_H_
