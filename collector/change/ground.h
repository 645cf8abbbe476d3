// What tests that are left out rest on besides the commit: packages, modules that are not installed, plugins
// of the test runner, files that the commit does not have. Taken from evidence by `alibi select`, carried by
// a plan and compared where it runs. Plain values; ground_json.h writes and reads them.
//
// Compared by project_state, as selection compares evidence: what it would call different refuses a plan.
// Reads the disk, runs nothing. One thread.
#ifndef ALIBI_COLLECTOR_CHANGE_GROUND_H_
#define ALIBI_COLLECTOR_CHANGE_GROUND_H_

#include <functional>
#include <string>
#include <vector>

#include "collector/change/current_project.h"
#include "collector/model/session_coverage.h"

namespace alibi::change {

struct Ground {
  std::string root;            // of the project that the evidence is of, where the ground was taken; absolute
  std::string root_from_plan;  // the root as seen from the folder where `alibi plan` was started
  std::string interpreter;     // "cpython 3.11.2"
  std::vector<collector::Input> inputs;             // files, folders, probes, places of configuration
  std::vector<collector::ImportedModule> imported;  // where the packages were found
  std::vector<collector::Distribution> distributions;
  std::vector<std::string> absent;   // modules that were looked for and not found
  std::vector<std::string> plugins;  // of the test runner, "name version"
  std::vector<std::string> ignored;  // packages whose versions may change

  bool empty() const {
    return inputs.empty() && imported.empty() && distributions.empty() && absent.empty() && plugins.empty();
  }
  void add(Ground other);  // of another session; its paths lie below this root
  void sort();             // canonical: equal ground has equal texts
};

// `now.sys_path` is all that is searched; `now.root` is where the ground's root lies here.
// For people, each naming what it is, what it was and what it is now; none: the same.
std::vector<std::string> ground_differences(const Ground& ground, const CurrentProject& now,
                                            const std::vector<std::string>& plugins);

// As `now` sees it, on the machine where it was taken: versions and contents of now, without what this way of
// asking does not see, which would refuse every node.
Ground seen_ground(Ground ground, const CurrentProject& now, const std::vector<std::string>& plugins);

// Without inputs below the root for which `is_left_away`; also never listings of folders there, into which
// every job puts something.
void leave_away(Ground* ground, const std::function<bool(const std::string& path)>& is_left_away);

}  // namespace alibi::change

#endif  // ALIBI_COLLECTOR_CHANGE_GROUND_H_
