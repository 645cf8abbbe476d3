// Runs of one file's tests, as reports and stored sessions have them, and which of these ran all of the file:
// what left a part of it out must not make it look quick. Used within timings; pure.
#ifndef ALIBI_COLLECTOR_TIMINGS_FILE_RUNS_H_
#define ALIBI_COLLECTOR_TIMINGS_FILE_RUNS_H_

#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "collector/plan/estimate.h"

namespace alibi::timings {

using TestHash = uint64_t;
TestHash test_hash(std::string_view id);

struct FileRun {
  int64_t at_s = 0;
  std::map<TestHash, uint64_t> tests;  // ns
  bool cut = false;                    // a test never ended, or was left out, or has no time
};

// `tests_now`: nullptr when they are not known. In the order of the runs.
std::vector<plan::Sample> samples_of(const std::vector<FileRun>& runs, const std::set<TestHash>* tests_now);

}  // namespace alibi::timings

#endif  // ALIBI_COLLECTOR_TIMINGS_FILE_RUNS_H_
