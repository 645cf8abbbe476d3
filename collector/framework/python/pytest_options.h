// What options of pytest say about which files it collects: of PYTEST_ADDOPTS, of addopts, of --command.
// Pure.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_PYTHON_PYTEST_OPTIONS_H_
#define ALIBI_COLLECTOR_FRAMEWORK_PYTHON_PYTEST_OPTIONS_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace alibi::framework {

struct PytestOptions {
  std::vector<std::string> places;  // files and folders that are named, as given, without "::..."
  std::vector<std::string> ignored, ignored_patterns;
  std::string configuration_file, root;
  std::map<std::string, std::string> overrides;  // of -o
  bool doctest_modules = false;
  std::vector<std::string> doctest_patterns;
  bool collects_in_virtualenv = false;
  std::vector<std::string> plugins;  // of -p, without "no:..."
  std::string collecting;            // an option by which more than python_files are collected; "" none
};

// `exists`: a word that follows an option nobody here knows is that option's value, unless the option stands
// alone; of other words those count as places that exist. So too many files are found, never too few.
void read_pytest_options(const std::vector<std::string>& words,
                         const std::function<bool(const std::string&)>& exists, PytestOptions* into);

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_PYTHON_PYTEST_OPTIONS_H_
