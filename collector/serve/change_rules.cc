#include "collector/serve/change_rules.h"

#include <algorithm>
#include <array>

namespace alibi::serve {
namespace {

std::string_view name_of(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

std::string_view ending_of(std::string_view path) {
  const std::string_view name = name_of(path);
  const size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? std::string_view() : name.substr(dot + 1);
}

std::string_view stem_of(std::string_view path) {
  const std::string_view name = name_of(path);
  return name.substr(0, name.find('.'));
}

template <size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::array<std::string_view, 17> kSources = {"py",     "rb",    "js",   "jsx", "mjs",  "cjs",
                                                       "ts",     "tsx",   "java", "kt",  "kts",  "go",
                                                       "groovy", "scala", "cs",   "php", "swift"};

constexpr std::array<std::string_view, 12> kOfTheWholeRun = {
    "conftest.py",      "setup.py",  "noxfile.py",     "sitecustomize.py",
    "usercustomize.py", "manage.py", "spec_helper.rb", "rails_helper.rb",
    "test_helper.rb",   "env.rb",    "tasks.py",       "fabfile.py"};

const char* verb(TreeChange::Kind kind) {
  switch (kind) {
    case TreeChange::Kind::kEdited:
      return " was edited";
    case TreeChange::Kind::kAdded:
      return " is new";
    case TreeChange::Kind::kRemoved:
      return " was removed";
    case TreeChange::Kind::kOther:
      return " is a link, a submodule or has another mode";
  }
  return "";
}

// Why coverage cannot speak about a change; nullptr: it can.
const char* objection(const TreeChange& change, const std::function<bool(std::string_view)>& is_covered) {
  if (change.kind == TreeChange::Kind::kOther) return "";
  if (!is_source(change.path)) return ", which is no source file";
  if (touches_all(change.path)) return ", which shapes the whole run";
  if (change.kind == TreeChange::Kind::kAdded)
    return is_test_file(change.path) ? nullptr : ", and what it takes the place of is not known";
  if (!is_covered(change.path)) return ", which no test's coverage names";
  return nullptr;
}

}  // namespace

bool is_source(std::string_view path) {
  return is_one_of(ending_of(path), kSources);
}

bool is_test_file(std::string_view path) {
  const std::string_view stem = stem_of(path);
  return is_source(path) && !touches_all(path) &&
         (stem.starts_with("test_") || stem.ends_with("_test") || stem.ends_with("_spec"));
}

bool touches_all(std::string_view path) {
  return is_one_of(name_of(path), kOfTheWholeRun) ||
         path.find("features/support/") != std::string_view::npos ||
         path.find("spec/support/") != std::string_view::npos;
}

Judgement judge(const std::vector<TreeChange>& changes,
                const std::function<bool(std::string_view)>& is_covered) {
  Judgement judgement;
  for (const TreeChange& change : changes) {
    const char* reason = objection(change, is_covered);
    if (reason != nullptr) {
      judgement.runs_all = change.path + verb(change.kind) + reason;
      judgement.files.clear();
      return judgement;
    }
    if (change.kind != TreeChange::Kind::kAdded) judgement.files.push_back(change.path);
  }
  return judgement;
}

}  // namespace alibi::serve
