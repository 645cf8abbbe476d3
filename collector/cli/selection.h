// From the store and the project as it is now to a verdict for every known test. The shell around change and
// select: reads evidence, asks project_state, runs the rules. Used by `alibi select`, `why`, `verify`,
// `audit` and `watch`.
#ifndef ALIBI_COLLECTOR_CLI_SELECTION_H_
#define ALIBI_COLLECTOR_CLI_SELECTION_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "collector/change/current_project.h"
#include "collector/change/ground.h"
#include "collector/select/decision.h"
#include "collector/store/store.h"
#include "tracer/base/result.h"

namespace alibi::cli {

enum class VerdictKind : uint8_t {
  kSkip,       // has an alibi
  kAffected,   // a change meets its evidence
  kFailed,     // did not pass when it last ran
  kUnfinished  // its evidence is not complete
};

struct Verdict {
  VerdictKind kind = VerdictKind::kUnfinished;
  std::string test;
  std::string evidence;  // the file that decided
  uint64_t duration_ns = 0;
  collector::Outcome outcome = collector::kNeverEnded;
  select::Reason reason;
  bool runs() const { return kind != VerdictKind::kSkip; }
};

// What comes after a selection: a process that ends leaves its memory to the system.
enum class Afterwards : uint8_t { kWorkGoesOn, kProcessEnds };

struct SelectionRequest {
  change::CurrentProject project;
  std::string environment;
  change::KeepUnits keep_units = change::KeepUnits::kYes;
  bool skipped_apart = false;  // the answer: of tests that need not run, id and duration alone
  bool runs_tests = false;     // a test runner asks, and runs them next: stale bytecode of what changed goes
  // Other machines leave out what this says: no test that the whole environment can break, and
  // Selection::ground has what they are to compare.
  bool of_other_machines = false;
  std::string since;  // a git revision; empty: only what differs from the evidence counts
  Afterwards afterwards = Afterwards::kWorkGoesOn;
};

struct Selection {
  std::vector<Verdict> verdicts;  // of every known test, by id
  // Test files (ids of their collectors) that need not even be collected: what would be found in them is
  // known, and all of it has an alibi.
  std::vector<std::string> settled_files;
  bool all_files_settled = false;  // of those that the evidence knows
  // What the newest session said about options: subject -> canonical text. Without a test runner in the
  // request they are taken to hold still.
  std::map<std::string, std::string> options;
  std::vector<std::string> changes;  // what is different now, for people
  std::vector<std::string> notices;  // for people: what could not be used, and so costs more runs
  change::Ground ground;             // of the tests that need not run, where other machines are to compare it
};

Result<Selection> select_tests(store::Store* store, const SelectionRequest& request);

// Why one test runs or is skipped, with the chain from its own evidence to what changed.
struct Explanation {
  Verdict verdict;
  std::vector<std::string> chain;
  // Of a skipped test: what its outcome rests on, each with the hash or state that still holds. Whoever finds
  // all of them unchanged has checked the alibi.
  struct Holding {
    std::string kind;  // "source", "file", "directory", "probe", "environment", "package", "option", "import"
    std::string subject;
    std::string state;  // hash, version, or "absent"
  };
  std::vector<Holding> holdings;
};
Result<Explanation> explain_test(store::Store* store, const SelectionRequest& request,
                                 const std::string& test);

// One line for people.
std::string verdict_text(const Verdict& verdict);

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_SELECTION_H_
