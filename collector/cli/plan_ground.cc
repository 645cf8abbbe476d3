#include "collector/cli/plan_ground.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "collector/change/ground_json.h"
#include "collector/model/plan_errors.h"
#include "collector/origin/git.h"
#include "collector/planning/revision.h"

namespace alibi::cli {
namespace {

change::CurrentProject project_here(const change::Ground& ground, const std::string& root,
                                    framework::Framework* framework) {
  change::CurrentProject now;
  now.root = root;
  now.interpreter.version = ground.interpreter;
  now.sys_path = framework->search_path();
  now.ignored_packages = ground.ignored;
  return now;
}

// Absolute paths of what the commit has; changes of these count as its changes.
Result<std::set<std::string>> tracked_files(const std::string& repository) {
  std::set<std::string> tracked;
  if (repository.empty()) return tracked;
  const origin::GitCommand git(repository);
  const Result<origin::GitAnswer> names = git.run({"ls-files", "-z"}, {}, origin::kLongPatience);
  if (!names) return names.error();
  for (size_t start = 0; start < names->text.size();) {
    const size_t end = std::min(names->text.find('\0', start), names->text.size());
    tracked.insert(repository + "/" + names->text.substr(start, end - start));
    start = end + 1;
  }
  return tracked;
}

bool is_below(const std::string& path, const std::string& folder) {
  return path == folder || (path.starts_with(folder) && path[folder.size()] == '/');
}

}  // namespace

Result<std::string> ground_of_plan(const std::string& said, const std::string& directory,
                                   const std::string& data, framework::Framework* framework) {
  if (said.empty()) return std::string();
  Result<change::Ground> ground = change::parse_ground(said);
  if (!ground) return Error{collector::kPlanFullResults, 0, ground.error().message};
  const std::string repository = origin::repository_root(directory);
  const Result<std::set<std::string>> tracked = tracked_files(repository);
  if (!tracked) return Error{collector::kPlanGit, 0, tracked.error().message};
  change::leave_away(&*ground, [&](const std::string& path) {
    const bool of_git = !repository.empty() && is_below(path, repository + "/.git");
    return tracked->contains(path) || of_git || is_below(path, data) || planning::is_product(path);
  });
  change::Ground seen =
      change::seen_ground(*ground, project_here(*ground, ground->root, framework), framework->plugins());
  seen.root_from_plan = std::filesystem::path(seen.root).lexically_relative(directory).string();
  return change::ground_text(seen);
}

Result<std::vector<std::string>> ground_changes(const std::string& kept, const std::string& directory,
                                                framework::Framework* framework) {
  if (kept.empty()) return std::vector<std::string>();
  Result<change::Ground> ground = change::parse_ground(kept);
  if (!ground) return Error{collector::kRunPlanLoad, 0, ground.error().message};
  // Checkouts lie anywhere.
  const std::string root = (std::filesystem::path(directory) / ground->root_from_plan / ".")
                               .lexically_normal()
                               .parent_path()
                               .string();
  return change::ground_differences(*ground, project_here(*ground, root, framework), framework->plugins());
}

}  // namespace alibi::cli
