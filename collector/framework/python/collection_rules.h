// Whether a project tells pytest to collect other files than its own rules say: conftest files and plugins
// with hooks of collection, or options of plugins. A search in texts: it finds too much rather than too
// little. Used by the pytest framework, one thread; starts nothing.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_PYTHON_COLLECTION_RULES_H_
#define ALIBI_COLLECTOR_FRAMEWORK_PYTHON_COLLECTION_RULES_H_

#include <string>
#include <vector>

#include "collector/framework/disk.h"

namespace alibi::framework {

struct CollectionRules {
  std::string directory, root;           // absolute; root: pytest's
  std::string option;                    // that collects files of other kinds; "" none
  std::vector<std::string> plugins;      // modules of -p and PYTEST_PLUGINS
  std::vector<std::string> installed;    // modules of plugins that packages bring
  std::vector<std::string> search_path;  // where modules are, too; absolute or from the root
};

// "conftest.py has pytest_collect_file"; "" when pytest's own rules hold. Modules that are no files of the
// project or of the search path are known by their name only.
std::string other_collection_rules(const CollectionRules& rules, const Disk& disk);

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_PYTHON_COLLECTION_RULES_H_
