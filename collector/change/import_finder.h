// Where an import, or Ruby's `require`, would find a module now: the interpreter's path search, without
// running anything. Used by project_state; reads directories through ProjectFiles.
#ifndef ALIBI_COLLECTOR_CHANGE_IMPORT_FINDER_H_
#define ALIBI_COLLECTOR_CHANGE_IMPORT_FINDER_H_

#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collector/change/project_files.h"

namespace alibi::change {

class ImportFinder {
 public:
  enum class Search : uint8_t { kPython, kRuby };

  // `path` as the interpreter's sys.path or $LOAD_PATH; "" is the root.
  ImportFinder(Search search, ProjectFiles* files, std::vector<std::string> path,
               const std::vector<std::string>& builtin);

  // The file that `module` would be loaded from; a folder for a namespace package; empty when it is not
  // found.
  std::string find(const std::string& module);
  // The same for a path without suffix: a relative import's target.
  std::string find_stem(const std::string& stem);
  bool is_builtin(const std::string& module) const {
    return builtin_.contains(module.substr(0, module.find('.')));
  }

 private:
  std::string find_feature(const std::string& stem);
  std::string find_in(const std::string& directory, const std::string& name, bool* is_package);

  Search search_;
  ProjectFiles& files_;
  std::vector<std::string> path_;
  absl::flat_hash_set<std::string> builtin_;
};

}  // namespace alibi::change

#endif  // ALIBI_COLLECTOR_CHANGE_IMPORT_FINDER_H_
