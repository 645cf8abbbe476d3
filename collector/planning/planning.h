// The steps from a project to its plan: what there is, what need not run, what the rest takes, who runs it.
// Used by `alibi plan`, and by `alibi run` where there is no plan yet. The service is asked through a door;
// framework programs through the framework's. Writes nothing but the framework's scratch files.
#ifndef ALIBI_COLLECTOR_PLANNING_PLANNING_H_
#define ALIBI_COLLECTOR_PLANNING_PLANNING_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collector/framework/framework.h"
#include "collector/plan/long_files.h"
#include "collector/plan_folder/plan_folder.h"
#include "collector/planning/history.h"
#include "collector/planning/skips.h"
#include "tracer/base/result.h"

namespace alibi::planning {

// Where the project stands: the working tree's commit, with a digest of what differs from it.
struct Revision {
  std::string commit;     // "" without git; "<sha>+<16 hex>" with changes to tracked files
  std::string untracked;  // digest of names and contents of files that git does not know; "" none
  std::string root;       // of the repository, absolute
  std::string repository, branch, service;
};

struct ServiceQuestion {
  std::string language;  // "python", "ruby", "javascript"
  std::string framework;
  std::map<std::string, std::string> runtime_tags;
  bool suite_level = false;
  std::string directory;
};
struct ServiceAnswer {
  std::string where;  // for people; "" nobody is configured
  ServiceSkips skips;
  std::map<SuiteName, KnownSuite> known;  // durations
  std::map<SuiteName, uint64_t> p90_ns;
  std::map<std::string, std::string> bodies;  // for the workers' libraries: "settings.json" -> text
  uint64_t milliseconds = 0;
  std::vector<std::string> problems;
};

struct PlanningRequest {
  plan::Settings settings;
  std::string directory;
  std::string data;           // Alibi's data folder
  bool has_evidence = false;  // it holds some
  std::map<std::string, std::string> environment;
  std::string scratch;
  int64_t now_s = 0;
  Trust trust = Trust::kBoth;
  bool runs_here = false;                    // at once, by the process that plans
  std::map<std::string, uint32_t> previous;  // file -> node, with --sticky
};

struct PlanningDoors {
  framework::RunProgram run_program;
  std::function<ServiceAnswer(const ServiceQuestion&)> ask_service;
  std::function<Revision()> revision;
  // Tests of an earlier discovery, where they are those of now; and to keep those of this one. `pattern`: of
  // the test files.
  std::function<std::optional<framework::Discovery>(const framework::Framework& framework)> find_tests;
  std::function<void(const framework::Framework& framework, const framework::Discovery& found)> keep_tests;
};

struct Planned {
  plan_folder::PlannedRun run;
  plan::PlanRequest request;  // for what-if
  std::unique_ptr<framework::Framework> framework;
  History history;
  ServiceAnswer service;
  bool full_discovery = false;
  size_t discovered_files = 0;
  // As the framework lists files without starting: what a run compares. Listing tests sees no empty files.
  std::vector<std::string> listed_files;
  // What the skipped tests rest on besides the commit, as `alibi select` said it; "" where no file is left
  // out.
  std::string ground;
  size_t discovered_tests = 0;
  uint64_t discovery_ms = 0;
  std::vector<std::string> divisions;  // long files, one line each
  std::vector<std::string> notices;
};

Result<Planned> make_planned_run(const PlanningRequest& request, const PlanningDoors& doors);

}  // namespace alibi::planning

#endif  // ALIBI_COLLECTOR_PLANNING_PLANNING_H_
