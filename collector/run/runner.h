// Runs a node's units with its workers: process groups, output, signals, time limits, retries, exit status.
//
// Used by `alibi run`, on one thread with one poll loop. It owns the signals of the process while it runs.
// What it starts is ended with it: every worker is a process group that gets one signal, then TERM, then KILL
// after the grace. No unit is run twice except a failed one that is to be retried, and none is forgotten:
// what could not be run is in the outcome and in the exit status.
#ifndef ALIBI_COLLECTOR_RUN_RUNNER_H_
#define ALIBI_COLLECTOR_RUN_RUNNER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collector/framework/framework.h"
#include "collector/run/work_source.h"
#include "tracer/base/result.h"

namespace alibi::run {

enum class OutputStyle : uint8_t {
  kPlain,     // one worker: untouched
  kPrefixed,  // "[w1] line"
  kGrouped,   // a worker's batch at once, in the CI system's foldable group
};
enum class CiSyntax : uint8_t { kNone, kGithub, kGitlab, kBuildkite, kAzure, kTeamcity, kTravis };

struct RunRequest {
  std::string directory;
  std::map<std::string, std::string> environment;  // the parent's
  uint32_t node = 0;
  uint32_t workers = 1;
  std::vector<std::pair<std::string, std::string>> worker_env;  // with {{nodeIndex}}, {{workerIndex}}
  std::string session_name;  // "<service>": names are "<service>-node-N-worker-W" where nobody gave one
  std::string manifest;      // absolute path of manifest.txt; "" none
  bool persistent = true;
  bool fail_fast = false;
  uint32_t retry_failed = 0;
  uint64_t file_timeout_ms = 0;
  // With a time limit: what a persistent worker may take besides files (start, session fixtures, reports).
  uint64_t between_files_ms = 60000;
  uint64_t grace_ms = 10000;
  // At the end: how long a reader of our output may take nothing at all before what is left is lost.
  uint64_t reader_patience_ms = 600'000;
  uint64_t boot_ms = 0;  // of one process of the framework, from earlier runs; 0 not known. Sizes batches
  OutputStyle style = OutputStyle::kPrefixed;
  CiSyntax syntax = CiSyntax::kNone;
  bool terminal = false;  // progress may be redrawn
  std::string logs;       // folder of the workers' logs; "" none
  std::string junit;      // merged report; "" none
  std::string scratch;
};

struct UnitRun {
  size_t unit = 0;
  uint32_t worker = 0;
  UnitEnd end = UnitEnd::kNotRun;
  uint64_t wall_ms = 0;
  uint32_t attempts = 0;  // 2 and more with kPassed: flaky
  bool measured = true;   // false: wall_ms is its part, by estimate, of a batch of several
  // Of its last attempt, as far as a driver said.
  std::optional<uint64_t> tests, left_out;
  std::optional<uint64_t> loading_ms;  // of wall_ms, until its tests could begin
};
struct WorkerRun {
  uint64_t boot_ms = 0;        // until it asked for its first unit; of a batch: until its process ran
  bool boot_is_whole = false;  // it asked
  uint64_t busy_ms = 0;
  uint64_t idle_ms = 0;  // from its end to the end of the last worker
  uint32_t processes = 0;
  int worst_status = 0;  // 128 + signal
};
struct RunOutcome {
  std::vector<UnitRun> units;
  std::vector<WorkerRun> workers;
  uint64_t wall_ms = 0;
  size_t stolen = 0;                  // units run by another worker than planned
  int exit_status = 0;                // the worst child's; 0 when all passed
  int signal = 0;                     // that ended the run
  std::vector<size_t> flaky;          // passed on a retry
  std::vector<std::string> problems;  // each was printed on standard error when it happened
};

// `share`: the units as planned for each worker (for what was stolen). Errors: nothing could be started.
Result<RunOutcome> run_units(const RunRequest& request, framework::Framework* framework, WorkSource* source,
                             const std::vector<std::vector<size_t>>& share);

}  // namespace alibi::run

#endif  // ALIBI_COLLECTOR_RUN_RUNNER_H_
