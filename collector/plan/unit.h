// What the planner gives to workers: files, or parts of files that are too long. Plain values, used by every
// layer from plan upwards.
#ifndef ALIBI_COLLECTOR_PLAN_UNIT_H_
#define ALIBI_COLLECTOR_PLAN_UNIT_H_

#include <cstdint>
#include <string>
#include <vector>

namespace alibi::plan {

enum class DurationSource : uint8_t {
  kDefault,  // nothing is known: 1 s a file or test, or what files of its size take
  kKnown     // from history: the store, the service, JUnit files
};

// A unit is run by one worker, from its first test to its last.
struct Unit {
  std::string file;  // relative to the working directory, '/' between names, no "./"
  // What selects a part's tests on the framework's command line (pytest node ids, RSpec "file[1:2]"), in the
  // file's order; empty: the whole file.
  std::vector<std::string> selectors;
  std::string group;          // units of one group that is not "" go to the same worker
  uint64_t weight_ms = 1000;  // expected time without fixed costs; at least 1
  DurationSource source = DurationSource::kDefault;

  bool is_part() const { return !selectors.empty(); }
  // What a list of a split shows for it and what the framework is called with: the file, or its selectors.
  std::vector<std::string> arguments() const {
    return is_part() ? selectors : std::vector<std::string>{file};
  }
};

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_UNIT_H_
