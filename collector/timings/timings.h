// How long files took before: from the store of evidence, from what earlier `alibi run`s measured, from JUnit
// files, from the service. Used by `alibi plan` and `replay`; `alibi run` adds to it. One thread; bad input
// costs that input only and is named in a notice.
#ifndef ALIBI_COLLECTOR_TIMINGS_TIMINGS_H_
#define ALIBI_COLLECTOR_TIMINGS_TIMINGS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collector/plan/estimate.h"
#include "collector/plan/planner.h"
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

// DATA/timings: one file a run, never rewritten, so that folders can be merged by copying; old ones go.
Result<void> add_run(const std::string& data, const RunTimings& run);
struct Known {
  std::map<std::string, std::vector<plan::Sample>> samples;  // by file
  std::vector<RunTimings> runs;                              // newest last, without their files
  std::vector<std::string> notices;
};
Known read_runs(const std::string& data);

// Files or folders of them. Suites are joined to `files` by file attribute, class name or suite name.
void add_junit(const std::vector<std::string>& paths, const std::vector<std::string>& files, Known* known);

plan::FixedCosts learned_costs(const std::vector<RunTimings>& runs, const std::string& framework);
std::string machine_class();  // of this machine

}  // namespace alibi::timings

#endif  // ALIBI_COLLECTOR_TIMINGS_TIMINGS_H_
