// Which files are too long for one worker, and into which parts they go. Pure; used when the
// framework can list and select single tests, by divided_plan, which says how fine.
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
  bool can_leave_out = false;     // "--deselect=SELECTOR" after the file: without that test
};

struct Division {
  std::vector<Unit> units;           // with parts in the place of divided files
  std::vector<std::string> reasons;  // one line a file: divided into how many, or why not
};

// What a part is aimed at, in tenths of what a worker gets: small parts leave room for others.
inline constexpr uint64_t kUsualPartTenths = 7;
// bins: nodes * workers that are to be filled.
Division divide_long_files(std::vector<Unit> units, const std::vector<FileTests>& tests, uint32_t bins,
                           uint64_t target_ms, const FixedCosts& costs,
                           uint64_t part_tenths = kUsualPartTenths);

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_LONG_FILES_H_
