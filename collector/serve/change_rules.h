// Which changes between two commits clear a test by its coverage, and which no coverage can speak about.
// Pure; the rule is in docs/serve.md for users. In doubt everything runs.
#ifndef ALIBI_COLLECTOR_SERVE_CHANGE_RULES_H_
#define ALIBI_COLLECTOR_SERVE_CHANGE_RULES_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/serve/commit_tree.h"

namespace alibi::serve {

struct Judgement {
  // Empty: coverage decides. Else nothing can be skipped, and this is why: "pyproject.toml was edited".
  std::string runs_all;
  std::vector<std::string> files;  // edited or removed: tests that cover one of them run
};

// `is_covered`: whether some test's evidence names the file. An edited file that none names may have been
// loaded before the first test, where nobody's coverage sees it.
Judgement judge(const std::vector<TreeChange>& changes,
                const std::function<bool(std::string_view)>& is_covered);

bool is_source(std::string_view path);     // by its name: code of which clients report coverage
bool is_test_file(std::string_view path);  // likewise: holds tests and nothing that other files load
bool touches_all(std::string_view path);   // sources that shape the whole run: conftest.py, spec_helper.rb

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_CHANGE_RULES_H_
