// Which configuration file pytest takes and what it says about test files, by pytest's own rules, or by the
// peer's where that is asked for. Reads files through the disk; starts nothing. One thread.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_PYTHON_PYTEST_CONFIGURATION_H_
#define ALIBI_COLLECTOR_FRAMEWORK_PYTHON_PYTEST_CONFIGURATION_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collector/framework/disk.h"
#include "collector/framework/python/pytest_options.h"
#include "tracer/base/result.h"

namespace alibi::framework {

struct PytestConfiguration {
  std::string root;  // absolute
  std::string file;  // absolute; "" without
  // What the file and -o say, as words: a text is split as in a shell.
  std::map<std::string, std::vector<std::string>> words;

  std::vector<std::string> of(const std::string& key, std::vector<std::string> otherwise) const;
};

// Major version of the installed pytest; asked only where it matters (pytest.toml is read since 9).
using PytestMajor = std::function<int()>;

// `arguments`: files and folders of the command line, absolute; without any, `directory` counts. Errors:
// a file that pytest would refuse.
Result<PytestConfiguration> pytest_configuration(const std::string& directory,
                                                 const std::vector<std::string>& arguments,
                                                 const PytestOptions& options, const PytestMajor& major,
                                                 const Disk& disk);

// The peer's: of pytest.ini, pyproject.toml, tox.ini and setup.cfg the first that has testpaths or
// python_files; a file that cannot be read counts as absent.
PytestConfiguration peer_configuration(const std::string& directory, const Disk& disk);

inline const std::vector<std::string> kPythonFiles = {"test_*.py", "*_test.py"};
inline const std::vector<std::string> kNoRecurseDirs = {"*.egg", ".*",           "_darcs", "build", "CVS",
                                                        "dist",  "node_modules", "venv",   "{arch}"};

// What people and caches know the files by: "tests/**/{test_*,*_test}.py".
std::string pytest_pattern(const PytestConfiguration& configuration, const std::string& directory,
                           const Disk& disk);

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_PYTHON_PYTEST_CONFIGURATION_H_
