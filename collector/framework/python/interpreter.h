// Which Python runs the project's tests, and what it has: asked once, by a program of a few lines. Used by
// the pytest framework, one thread.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_PYTHON_INTERPRETER_H_
#define ALIBI_COLLECTOR_FRAMEWORK_PYTHON_INTERPRETER_H_

#include <map>
#include <string>
#include <vector>

#include "collector/framework/disk.h"
#include "collector/framework/framework.h"

namespace alibi::framework {

struct PythonFacts {
  std::vector<std::string> pytest;           // the words that start it: "python", "-m", "pytest"
  std::string pytest_version;                // "" when it is not installed
  bool has_alibi = false;                    // testalibi's plugin is there
  bool runs_tests_apart = false;             // a plugin that runs tests in other orders or processes is there
  std::vector<std::string> plugins;          // modules that installed packages name as pytest's plugins
  std::vector<std::string> plugin_packages;  // their packages, "name version"
  std::vector<std::string> search_path;
  std::map<std::string, std::string> tags;

  bool pytest_is_at_least(int major, int minor) const;
};

// Of settings.command, if it is given and counts (a command that ends in pytest and its options), else of
// `python`, then `python3`, then the project's .venv or venv: the first that has pytest. An error says what
// is missing and how to get it.
Result<PythonFacts> python_facts(const Project& project, const RunProgram& run_program, const Disk& disk);

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_PYTHON_INTERPRETER_H_
