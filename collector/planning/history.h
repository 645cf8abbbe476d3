// What every file is expected to take: joins what timings, store and service know with the files that are
// there. Used by planning and by `alibi run`, which adds what it measured; reads the data folder and the
// files' sizes, never fails.
#ifndef ALIBI_COLLECTOR_PLANNING_HISTORY_H_
#define ALIBI_COLLECTOR_PLANNING_HISTORY_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "collector/plan/estimate.h"
#include "collector/plan/planner.h"
#include "collector/timings/timings.h"

namespace alibi::planning {

struct HistoryQuestion {
  std::string directory;  // of the project
  std::string data;       // Alibi's data folder
  bool has_evidence = false;
  std::string framework;
  std::vector<std::string> files;  // as discovered
  std::vector<std::string> junit;  // files and folders
  timings::TestsOfFiles tests;     // ids of those that a file has, where they are known
  int64_t now_s = 0;
  bool compat = false;  // no fixed costs; the prior's weight is the specified one
};

struct History {
  std::map<std::string, plan::Estimate> files;
  std::map<std::string, std::vector<plan::Sample>> samples;
  timings::LearnedCosts learned;
  std::vector<std::string> notices;
  std::string digest_source;  // all that the estimates came from, as one text
};

History read_history(const HistoryQuestion& question);

}  // namespace alibi::planning

#endif  // ALIBI_COLLECTOR_PLANNING_HISTORY_H_
