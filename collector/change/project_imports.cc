// Where imports of the recorded project would lead now.
#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "collector/change/import_finder.h"
#include "collector/change/project_state.h"
#include "tracer/base/climbed_path.h"
#include "tracer/base/file_system.h"

namespace alibi::change {
namespace {

using collector::Input;
using collector::InputKind;
using collector::SessionCoverage;

// Does one of the recorded files have the module's name?
bool found_by_path(const ModuleReference& reference) {
  std::string stem = reference.module;
  if (!reference.relative) std::replace(stem.begin(), stem.end(), '.', '/');
  return std::any_of(
      reference.locations.begin(), reference.locations.end(), [&](const std::string& location) {
        const std::string path = "/" + location;
        return path.ends_with("/" + stem + ".py") || path.ends_with("/" + stem + "/__init__.py");
      });
}

}  // namespace

std::vector<std::string> ProjectState::search_path(const SessionCoverage& coverage) const {
  std::vector<std::string> path;
  const auto description = nlohmann::json::parse(coverage.description.document, nullptr, false);
  if (description.is_object()) {
    const auto recorded = description.find("sys_path");
    if (recorded != description.end() && recorded->is_array()) {
      for (const auto& entry : *recorded) {
        if (entry.is_string()) path.push_back(files_.here(entry.get<std::string>()));
      }
    }
  }
  for (const std::string& entry : project_.sys_path) path.push_back(entry);
  path.push_back(project_.root);
  std::vector<std::string> distinct;
  for (std::string& entry : path) {
    if (!entry.starts_with('/')) entry = project_.root + "/" + entry;
    // "root/../lib" lies beside the root, and is called "lib" in what was recorded. Links keep their names:
    // a folder of the project is one wherever it leads.
    entry = climbed_path(entry, nullptr);
    if (std::find(distinct.begin(), distinct.end(), entry) == distinct.end())
      distinct.push_back(std::move(entry));
  }
  return distinct;
}

std::vector<ImportChange> ProjectState::changed_imports(const SessionCoverage& coverage,
                                                        const std::vector<ModuleReference>& references) {
  adopt(coverage);
  const auto search = project_.interpreter.version.starts_with("cruby ") ? ImportFinder::Search::kRuby
                                                                         : ImportFinder::Search::kPython;
  ImportFinder finder(search, &files_, search_path(coverage), project_.builtin_modules);
  const auto in_project = [&](const std::string& path) {
    if (path.find("/site-packages/") != std::string::npos ||
        path.find("/dist-packages/") != std::string::npos)
      return false;
    return is_inside(path, project_.root);
  };
  std::vector<std::string> outside;  // of the project, on the search path
  for (const std::string& folder : search_path(coverage)) {
    if (!in_project(folder) && folder != project_.root) outside.push_back(folder);
  }
  ImportFinder library(search, &files_, std::move(outside), project_.builtin_modules);
  absl::flat_hash_set<std::string> recorded;
  for (const collector::SourceFile& file : coverage.files) recorded.insert(files_.here(file.path));
  absl::flat_hash_set<std::string> looked_for;
  for (const Input& input : coverage.inputs) {
    if (input.kind == InputKind::kImport) looked_for.insert(input.subject);
  }
  std::vector<ImportChange> changes;
  for (const ModuleReference& reference : references) {
    if (!reference.relative && finder.is_builtin(reference.module)) continue;
    const std::string stem = files_.here(reference.module);
    const std::string now = reference.relative ? finder.find_stem(stem) : finder.find(reference.module);
    // Code is recorded by where it really lies.
    std::string real;
    const auto is_now = [&](const std::string& path) {
      const std::string then = files_.here(path);
      if (then == now) return true;
      if (real.empty() && !now.empty()) real = FileSystem::real().resolved(now);
      return then == real;
    };
    std::string why;
    if (reference.recorded_absent) {
      if (!now.empty()) why = "not found before, found now: " + now;
    } else if (!reference.locations.empty()) {
      const bool same = std::any_of(reference.locations.begin(), reference.locations.end(), is_now);
      // Found in another way than by the path (a namespace, an importer of its own): its file tells. What
      // such an importer is asked for in spite of a file of that name, it is asked for again.
      const bool passed_over = !found_by_path(reference) && recorded.contains(now);
      if (!same && !passed_over && !now.empty() && in_project(now)) why = "found elsewhere now: " + now;
    } else if (in_project(now) && !files_.names_in(now).empty()) {
      continue;  // a folder without code of its own
    } else if (in_project(now) &&
               (reference.relative || looked_for.contains(reference.module) ||
                (search == ImportFinder::Search::kPython && !library.find(reference.module).empty()))) {
      // Other absolute names that nobody looked for were in imports that never ran, or in Ruby's `autoload`.
      why = "found in the project now: " + now;
    }
    if (!why.empty()) changes.push_back({reference.module, reference.relative, std::move(why)});
  }
  return changes;
}

}  // namespace alibi::change
