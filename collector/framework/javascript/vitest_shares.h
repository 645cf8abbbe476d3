// Which files of a Vitest project have to be left out by name, so that a run given some files runs these
// alone: a file argument of Vitest's is a part of a path, and an exclude holds in each of its projects. Used
// by vitest.cc. Pure; any thread. Never leaves out a file that is meant: one that cannot be told apart rather
// runs once more.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_JAVASCRIPT_VITEST_SHARES_H_
#define ALIBI_COLLECTOR_FRAMEWORK_JAVASCRIPT_VITEST_SHARES_H_

#include <string>
#include <vector>

#include "collector/framework/javascript/command_line.h"

namespace alibi::framework::javascript {

// A project of Vitest's: the folder that its patterns are relative to, and its test files; all absolute.
struct VitestProject {
  std::string folder;
  Words files;
};

// Whether some of `all` that is none of `files` could be meant by them, in a project of whatever folder.
bool may_mean_others(const Words& files, const Words& all);

// One run: its files, and the paths that it leaves out, relative to the folder of any project.
struct VitestShare {
  Words files;
  Words left_out;
};
// `files` absolute; more than one run where what one leaves out is a file of another.
std::vector<VitestShare> vitest_shares(const Words& files, const std::vector<VitestProject>& projects);

}  // namespace alibi::framework::javascript

#endif  // ALIBI_COLLECTOR_FRAMEWORK_JAVASCRIPT_VITEST_SHARES_H_
