#include "collector/framework/python/pytest_options.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace alibi::framework {
namespace {

constexpr std::array<std::string_view, 9> kWithValue = {
    "--ignore",       "--ignore-glob",  "--rootdir", "--config-file", "-c", "-o",
    "--override-ini", "--doctest-glob", "-p"};
// Of pytest and of plugins: files of other kinds, or each module once more.
constexpr std::array<std::string_view, 18> kCollecting = {
    "--nbval",       "--nbval-lax",     "--flake8",         "--mypy",        "--pylint",
    "--ruff",        "--ruff-format",   "--black",          "--isort",       "--pycodestyle",
    "--pydocstyle",  "--markdown-docs", "--codeblocks",     "--check-links", "--doctest-plus",
    "--doctest-rst", "--doctest-glob",  "--doctest-modules"};
// Of pytest and the plugins that most projects have; after these a word is a place.
constexpr std::array<std::string_view, 34> kAlone = {"-v",
                                                     "-vv",
                                                     "-vvv",
                                                     "-q",
                                                     "-qq",
                                                     "-s",
                                                     "-x",
                                                     "-l",
                                                     "--verbose",
                                                     "--quiet",
                                                     "--exitfirst",
                                                     "--showlocals",
                                                     "--strict",
                                                     "--strict-markers",
                                                     "--strict-config",
                                                     "--doctest-modules",
                                                     "--lf",
                                                     "--ff",
                                                     "--nf",
                                                     "--sw",
                                                     "--pdb",
                                                     "--no-header",
                                                     "--no-summary",
                                                     "--pyargs",
                                                     "--keep-duplicates",
                                                     "--cache-clear",
                                                     "--full-trace",
                                                     "--no-cov",
                                                     "--cov-branch",
                                                     "--alibi",
                                                     "--alibi-noselect",
                                                     "--ddtrace",
                                                     "--benchmark-disable",
                                                     "--doctest-continue-on-failure"};

bool is_one_of(const auto& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

void take(std::string_view name, const std::string& value, PytestOptions* into) {
  if (name == "--ignore") into->ignored.push_back(value);
  if (name == "--ignore-glob") into->ignored_patterns.push_back(value);
  if (name == "--rootdir") into->root = value;
  if (name == "-c" || name == "--config-file") into->configuration_file = value;
  if (name == "--doctest-glob") into->doctest_patterns.push_back(value);
  if (name == "-p" && !value.starts_with("no:")) into->plugins.push_back(value);
  if (name == "-o" || name == "--override-ini") {
    const size_t separator = value.find('=');
    if (separator != std::string::npos)
      into->overrides[value.substr(0, separator)] = value.substr(separator + 1);
  }
}

// "-rA", "--tb=short": nothing that follows belongs to it.
bool stands_alone(const std::string& word) {
  if (is_one_of(kAlone, word) || word.find('=') != std::string::npos) return true;
  return word.size() > 2 && word[0] == '-' && word[1] != '-';
}

}  // namespace

void read_pytest_options(const std::vector<std::string>& words,
                         const std::function<bool(const std::string&)>& exists, PytestOptions* into) {
  bool may_be_value = false;
  for (size_t at = 0; at < words.size(); ++at) {
    const std::string& word = words[at];
    if (word.empty() || word[0] != '-') {
      const std::string place = word.substr(0, word.find("::"));
      if (!may_be_value && !place.empty() && exists(place)) into->places.push_back(place);
      may_be_value = false;
      continue;
    }
    const size_t separator = word.find('=');
    const std::string name = word.substr(0, separator);
    may_be_value = !stands_alone(word);
    if (is_one_of(kCollecting, name)) into->collecting = name;
    if (is_one_of(kWithValue, name)) {
      may_be_value = false;
      if (separator != std::string::npos)
        take(name, word.substr(separator + 1), into);
      else if (at + 1 < words.size())
        take(name, words[++at], into);
    } else if (word.size() > 2 &&
               (word.starts_with("-c") || word.starts_with("-o") || word.starts_with("-p"))) {
      take(word.substr(0, 2), word.substr(2), into);
    }
    if (word == "--doctest-modules") into->doctest_modules = true;
    if (word == "--collect-in-virtualenv") into->collects_in_virtualenv = true;
  }
}

}  // namespace alibi::framework
