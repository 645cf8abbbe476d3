// The folder .testoptimization/ between `alibi plan` and `alibi run`: written whole or not at all, read with
// suspicion (PLAN_FOLDER.md has every file's bytes; test-splitting-ddtest.md 3 is where they come from).
//
// Used by the commands. One writer at a time; a reader sees the plan before or the plan after. What other
// tools keep in the folder (tests-discovery/, cache/) outlives a new plan where PLAN_FOLDER.md says so.
#ifndef ALIBI_COLLECTOR_PLAN_FOLDER_PLAN_FOLDER_H_
#define ALIBI_COLLECTOR_PLAN_FOLDER_PLAN_FOLDER_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "collector/plan/planner.h"
#include "collector/plan/suites.h"
#include "tracer/base/result.h"

namespace alibi::plan_folder {

class FolderDisk;

inline constexpr char kFolder[] = ".testoptimization";

// What a plan was made of; another key is another plan.
struct PlanKey {
  std::string commit;           // "" without git
  std::string settings_digest;  // 16 hex digits each
  std::string files_digest;
  std::string timings_digest;                    // informs; a plan is not refused for it
  std::map<std::string, std::string> settings;   // flag -> value of those that change the plan (plan_key.h)
  std::map<std::string, std::string> variables;  // name -> state of those that what is left out rests on
  std::string untracked;  // of files that git does not know; compared on the machine of the plan alone
  std::string ground;  // packages, files, … that what is left out rests on (collector/change/ground_json.h)
  bool operator==(const PlanKey&) const = default;
};

struct RunInfo {
  std::string service, repository, commit, branch;
};

struct PlannedRun {
  PlanKey key;
  RunInfo run;
  std::string platform, framework;
  std::string skipping_level;  // "test", "suite"
  std::map<std::string, std::string> os_tags, runtime_tags;
  plan::Plan plan;
  plan::FixedCosts costs;
  uint32_t workers_per_node = 1;
  bool compat = false;
  bool made_by_run = false;           // nobody asked for this plan by itself: another run makes its own
  std::vector<std::string> no_tests;  // files that look like tests and are none
  plan::RunnableFiles files;          // plan.json keeps the left-out ones, too
  std::map<std::string, std::string> reasons;    // file -> why it is left out or divided
  std::map<std::string, std::string> estimates;  // file -> plan::Estimate::why
  // (module, suite) -> what the service said beside the p50; the peer keeps it and never uses it.
  std::map<std::pair<std::string, std::string>, uint64_t> p90_ns;
  // Raw answers of the service for libraries in the workers: "settings.json" -> body; empty: not written, and
  // never read back.
  std::map<std::string, std::string> http_cache;
  std::string github_matrix;  // the line of github/config; "" when the provider is another
};

// Checks that the splits are disjoint and together the units, writes beside `folder`, syncs, renames.
Result<void> write_plan(const std::string& folder, const PlannedRun& planned);
Result<void> write_plan(const std::string& folder, const PlannedRun& planned, const FolderDisk& disk);
// An error (collector/model/plan_errors.h) that names the file and what is wrong with it. A folder that the
// peer wrote (no plan.json) is read, too: its lists are whole files and the key is empty.
Result<PlannedRun> read_plan(const std::string& folder);
bool has_plan(const std::string& folder);

}  // namespace alibi::plan_folder

#endif  // ALIBI_COLLECTOR_PLAN_FOLDER_PLAN_FOLDER_H_
