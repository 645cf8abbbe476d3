// Foldable groups in the logs of CI systems. Pure; used for the grouped output style.
#ifndef ALIBI_COLLECTOR_RUN_CI_GROUPS_H_
#define ALIBI_COLLECTOR_RUN_CI_GROUPS_H_

#include <cstdint>
#include <string>

#include "collector/run/runner.h"

namespace alibi::run {

struct OutputGroup {
  std::string title;                 // one line
  uint64_t number = 0;               // of this run: names the group where a system wants a name
  bool failed = false;               // shown unfolded where the system can
  int64_t began_s = 0, ended_s = 0;  // since 1970
};

std::string group_begin(CiSyntax syntax, const OutputGroup& group);
std::string group_end(CiSyntax syntax, const OutputGroup& group);

}  // namespace alibi::run

#endif  // ALIBI_COLLECTOR_RUN_CI_GROUPS_H_
