// A module that code of the project may import, as select::Snapshot lists them, and where it lay when the
// session recorded. A plain value between select and project_state.
#ifndef ALIBI_COLLECTOR_CHANGE_MODULE_REFERENCE_H_
#define ALIBI_COLLECTOR_CHANGE_MODULE_REFERENCE_H_

#include <string>
#include <vector>

namespace alibi::change {

struct ModuleReference {
  std::string module;  // absolute name; or, relative, the path without suffix
  bool relative = false;
  std::vector<std::string> locations;  // recorded paths; none: not the project's, or not found
  bool recorded_absent = false;        // looked for and not found
};

}  // namespace alibi::change

#endif  // ALIBI_COLLECTOR_CHANGE_MODULE_REFERENCE_H_
