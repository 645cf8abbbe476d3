// Which tests of a file stay together when it is divided. Pure; used by planning.
#ifndef ALIBI_COLLECTOR_PLANNING_TEST_GROUPS_H_
#define ALIBI_COLLECTOR_PLANNING_TEST_GROUPS_H_

#include <vector>

#include "collector/framework/framework.h"
#include "collector/plan/long_files.h"
#include "collector/plan/unit.h"

namespace alibi::planning {

struct GroupRules {
  bool names_parameters = false;  // selectors end in "[parameters]", and go without them, too: pytest's
  bool tests_run_apart = false;   // functions beside classes are used to stand alone (Framework)
};

// Files of which a test cannot be selected are left away: they stay whole. `units`: for the files' weights,
// which tests share alike.
std::vector<plan::FileTests> test_groups(const std::vector<framework::DiscoveredTest>& tests,
                                         const std::vector<plan::Unit>& units, const GroupRules& rules);

}  // namespace alibi::planning

#endif  // ALIBI_COLLECTOR_PLANNING_TEST_GROUPS_H_
