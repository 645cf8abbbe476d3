// What is different now from when a session recorded: the change set that selection holds against its
// evidence. Made by project_state from the disk and the environment, or by tests; read by select. Plain
// values; indices point into the SessionCoverage that it was made for.
#ifndef ALIBI_COLLECTOR_CHANGE_PROJECT_CHANGE_H_
#define ALIBI_COLLECTOR_CHANGE_PROJECT_CHANGE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "collector/change/source_units.h"
#include "collector/change/units_difference.h"

namespace alibi::change {

struct FileChange {
  uint32_t file = 0;
  std::string why;  // for people: "changed", "removed", "cannot be parsed: …"
  UnitsDifference difference;
  std::shared_ptr<const FileUnits> before;  // what `difference` speaks of; null: nothing is known
  std::shared_ptr<const FileUnits> now;     // null: it is gone, or nothing is known
};

struct InputChange {
  uint32_t input = 0;
  std::string why;
  bool watched = true;  // false: nobody can tell whether it changed
};

// A module that an import would find elsewhere now, or not at all, or at last.
struct ImportChange {
  std::string module;  // absolute name; or the path without suffix that a relative import means
  bool relative = false;
  std::string why;
};

struct PackageChange {
  std::string distribution;
  std::string why;
  std::vector<std::string> modules;  // top-level names through which it, or what rests on it, is used
};

// A source or a folder where an autoloader looks, which was not there or not loaded when it was recorded.
struct NewSource {
  std::string path;
  std::string letters;                     // of its name, as same_letters() gives them
  bool eager = false;                      // loaded whether somebody asks for it or not
  std::shared_ptr<const FileUnits> units;  // of an eager one; null: nothing is known
};

struct ProjectChange {
  std::vector<FileChange> files;
  std::vector<InputChange> inputs;
  std::vector<ImportChange> imports;
  std::vector<PackageChange> packages;
  std::vector<NewSource> sources;
  // What every test rests on: interpreter, test runner, its plugins.
  std::vector<std::string> everything;

  bool empty() const {
    return files.empty() && inputs.empty() && imports.empty() && packages.empty() && sources.empty() &&
           everything.empty();
  }
};

}  // namespace alibi::change

#endif  // ALIBI_COLLECTOR_CHANGE_PROJECT_CHANGE_H_
