// How long files took before: from what earlier `alibi run`s measured, from JUnit files, from the store of
// evidence. Used by `alibi plan` and `replay`; `alibi run` adds to it. One thread; bad input costs that input
// only and is named in a notice. What the service knows comes through collector/ship.
#ifndef ALIBI_COLLECTOR_TIMINGS_TIMINGS_H_
#define ALIBI_COLLECTOR_TIMINGS_TIMINGS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "collector/plan/estimate.h"
#include "collector/plan/planner.h"
#include "collector/store/index_rows.h"
#include "tracer/base/result.h"

namespace alibi::timings {

struct RunTimings {  // of one `alibi run`
  int64_t at_s = 0;
  std::string machine;  // class: processor model, cores
  std::string framework;
  uint32_t workers = 1;
  std::optional<uint64_t> node_ms, boot_ms, file_ms;  // measured fixed costs
  struct File {
    std::string file;
    uint64_t ms = 0;
    bool whole = true;
  };
  std::vector<File> files;
};

inline constexpr size_t kMostRuns = 200;  // kept; fewer when they are large

// DATA/timings: one file a run, never rewritten, so that folders can be merged by copying; old ones go.
Result<void> add_run(const std::string& data, const RunTimings& run);
struct Known {
  std::map<std::string, std::vector<plan::Sample>> samples;  // by file
  std::vector<RunTimings> runs;                              // newest last, without their files
  std::vector<std::string> notices;
};
Known read_runs(const std::string& data);

// Which tests each file has now, where that is known: what a run must have run to be of the whole file.
// Without it, all tests that any run had: a file that lost a long test then has no new samples for a while.
using TestsOfFiles = std::map<std::string, std::set<std::string>>;

// Files or folders of them. Suites are joined to `files` by file attribute, class name or suite name.
void add_junit(const std::vector<std::string>& paths, const std::vector<std::string>& files, Known* known);

// Rows of one environment, in any order (Store::newest_per_test). A session that left out more than a tenth
// of a file gives a sample of it that is not whole. Files that `known` has three whole samples of are passed
// over: those include loading.
void add_store(const std::vector<store::SessionRow>& sessions, const std::vector<store::TestRow>& tests,
               const std::vector<std::string>& files, const TestsOfFiles& tests_now, Known* known);

struct LearnedCosts {
  plan::FixedCosts costs;                                // zeros where nothing was measured
  size_t node_runs = 0, worker_runs = 0, file_runs = 0;  // that each comes from
};
// Medians of what the newest runs of the framework measured (TIMINGS.md). `machine`: where the plan will run;
// its own runs count alone where there are enough of them.
LearnedCosts learned_costs(const std::vector<RunTimings>& runs, const std::string& framework,
                           const std::string& machine);

// So that samples with and without loading mean the same: what a file takes besides file_ms, which the plan
// adds to each unit.
std::vector<plan::Sample> without_loading(std::vector<plan::Sample> samples, uint64_t file_ms);

std::string machine_class();  // of this machine
// `cpuinfo`: as /proc/cpuinfo.
std::string machine_class_of(std::string_view cpuinfo, std::string_view architecture, long cores);

}  // namespace alibi::timings

#endif  // ALIBI_COLLECTOR_TIMINGS_TIMINGS_H_
