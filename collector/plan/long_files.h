// Which files are too long for one worker, and into which parts they go. Pure; used before make_plan, when
// the framework can list and select single tests.
#ifndef ALIBI_COLLECTOR_PLAN_LONG_FILES_H_
#define ALIBI_COLLECTOR_PLAN_LONG_FILES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "collector/plan/planner.h"
#include "collector/plan/unit.h"

namespace alibi::plan {

// A test of a file, or tests that only run together (a class with fixtures of its own, a group).
struct TestGroup {
  std::vector<std::string> selectors;
  uint64_t weight_ms = 1;
};
struct FileTests {
  std::string file;
  std::vector<TestGroup> groups;  // in the file's order
  bool serial = false;            // marked as never to be divided
};

struct Division {
  std::vector<Unit> units;           // with parts in the place of divided files
  std::vector<std::string> reasons;  // one line a file: divided into how many, or why not
};

// bins: nodes * workers that the plan may take at most.
Division divide_long_files(std::vector<Unit> units, const std::vector<FileTests>& tests, uint32_t bins,
                           uint64_t target_ms, const FixedCosts& costs);

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_LONG_FILES_H_
