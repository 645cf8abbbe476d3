// The files that `pytest` alone would collect tests from, without starting it: arguments, testpaths,
// python_files, norecursedirs, ignored paths, virtual environments, doctests. Where conftest files
// or plugins have rules of their own (collection_rules.h), pytest is asked instead. One thread.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_PYTHON_PYTEST_FILES_H_
#define ALIBI_COLLECTOR_FRAMEWORK_PYTHON_PYTEST_FILES_H_

#include <string>
#include <string_view>
#include <vector>

#include "collector/framework/disk.h"
#include "collector/framework/python/pytest_configuration.h"
#include "collector/framework/python/pytest_options.h"

namespace alibi::framework {

// Relative to `directory`, sorted by bytes, each once.
std::vector<std::string> pytest_files(const std::string& directory, const PytestConfiguration& configuration,
                                      const PytestOptions& options, const Disk& disk);

// Python's fnmatch: '*' also over '/', no escapes, a '[' that is not closed means itself.
bool fnmatch(std::string_view pattern, std::string_view text);
// pytest's: a pattern without '/' against the last name, others against the end of an absolute path.
bool path_fnmatch(const std::string& pattern, const std::string& path);

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_PYTHON_PYTEST_FILES_H_
