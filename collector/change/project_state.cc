#include "collector/change/project_state.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "collector/store/disk.h"
#include "collector/store/distributions.h"
#include "tracer/base/hash.h"

extern char** environ;

namespace alibi::change {
namespace {

using collector::Input;
using collector::InputKind;
using collector::InputState;
using collector::SessionCoverage;

Hash128 hash_of(std::string_view text) {
  return hash128(text.data(), text.size());
}

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

// The line of a detail that says how, among those that say where (input_log.h).
std::string_view word_of(std::string_view detail) {
  while (!detail.empty()) {
    const std::string_view line = first_line(detail);
    if (!line.starts_with("import:") && !line.starts_with("line:") && !line.starts_with("at:")) return line;
    detail.remove_prefix(std::min(line.size() + 1, detail.size()));
  }
  return {};
}

bool is_volatile(std::string_view name) {
  for (const std::string_view each : {"PWD", "OLDPWD", "SHLVL", "_", "TERM", "COLUMNS", "LINES"}) {
    if (name == each) return true;
  }
  return name.starts_with("PYTEST_") || name.starts_with("ALIBI_");
}

Hash128 hash_of_environment() {
  std::vector<std::string_view> settings;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view setting(*each);
    if (!is_volatile(setting.substr(0, setting.find('=')))) settings.push_back(setting);
  }
  std::sort(settings.begin(), settings.end());
  ContentHasher hasher;
  for (const std::string_view setting : settings) {
    hasher.update(setting.data(), setting.size());
    hasher.update("", 1);
  }
  return hasher.finish();
}

std::string difference_of(InputState before, InputState now) {
  if (before == InputState::kAbsent) return "absent before, there now";
  if (now == InputState::kAbsent) return "there before, absent now";
  return "changed";
}

// The distributions of pytest and its plugins, as the session recorded them: "name version" in a JSON list.
std::vector<std::string> runner_packages(const SessionCoverage& coverage) {
  std::vector<std::string> names;
  for (const Input& input : coverage.inputs) {
    if (input.kind != InputKind::kOption || input.subject != "pytest plugins") continue;
    const auto plugins = nlohmann::json::parse(input.detail, nullptr, false);
    if (!plugins.is_array()) continue;
    for (const auto& plugin : plugins) {
      if (!plugin.is_string()) continue;
      const std::string text = plugin.get<std::string>();
      names.push_back(store::normalised_name(text.substr(0, text.find(' '))));
    }
  }
  return names;
}

// Whoever uses a distribution that requires the changed one may notice the change. True when the test runner
// is among them.
bool add_dependents(const std::vector<collector::Distribution>& all, const std::vector<std::string>& runner,
                    PackageChange* change) {
  std::vector<std::string> changed = {store::normalised_name(change->distribution)};
  bool reaches_runner = false;
  for (size_t i = 0; i < changed.size(); ++i) {
    reaches_runner = reaches_runner || std::find(runner.begin(), runner.end(), changed[i]) != runner.end();
    for (const collector::Distribution& other : all) {
      const std::string name = store::normalised_name(other.name);
      const bool requires_it =
          std::find(other.required.begin(), other.required.end(), changed[i]) != other.required.end();
      if (!requires_it || std::find(changed.begin(), changed.end(), name) != changed.end()) continue;
      changed.push_back(name);
      change->modules.insert(change->modules.end(), other.modules.begin(), other.modules.end());
    }
  }
  return reaches_runner;
}

bool is_below(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

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

ProjectState::ProjectState(const CurrentProject& project, std::string data, UnitStore* units)
    : project_(project), archive_(std::move(data)), units_(*units) {}

void ProjectState::adopt(const SessionCoverage& coverage) {
  files_.set_roots(coverage.description.root, project_.root);
}

std::vector<std::shared_ptr<const FileUnits>> ProjectState::recorded_units(const SessionCoverage& coverage) {
  adopt(coverage);
  std::vector<UnitStore::Wanted> wanted;
  for (const collector::SourceFile& file : coverage.files) {
    const std::string here = files_.here(file.path);
    wanted.push_back({file.hash, here, [this, file, here] { return text_of(file, here); }});
  }
  return units_.units_of(wanted);
}

Result<std::string> ProjectState::text_of(const collector::SourceFile& file, const std::string& here) const {
  Result<std::string> content = store::read_file(here);
  if (content && hash_of(*content) == file.hash) return content;
  if (file.unreadable) return content;
  return archive_.read(file.hash);
}

std::string ProjectState::present_path(const SessionCoverage& coverage, uint32_t file) {
  adopt(coverage);
  return files_.here(coverage.files[file].path);
}

Result<std::string> ProjectState::recorded_text(const SessionCoverage& coverage, uint32_t file) {
  return text_of(coverage.files[file], present_path(coverage, file));
}

std::vector<uint32_t> ProjectState::changed_files(const SessionCoverage& coverage) {
  adopt(coverage);
  std::vector<uint32_t> changed;
  for (uint32_t i = 0; i < coverage.files.size(); ++i) {
    const collector::SourceFile& file = coverage.files[i];
    // Code that came from no file ("<string>", inside an archive) has nothing to compare.
    const recording::Observed& now = files_.content(files_.here(file.path));
    const bool same = file.unreadable ? now.state != InputState::kPresent
                                      : now.state == InputState::kPresent && now.hash == file.hash;
    if (!same || file.edited) changed.push_back(i);
  }
  return changed;
}

FileChange ProjectState::compare(const SessionCoverage& coverage, uint32_t index,
                                 std::shared_ptr<const FileUnits> before) {
  adopt(coverage);
  const collector::SourceFile& file = coverage.files[index];
  FileChange change;
  change.file = index;
  change.before = std::move(before);
  const std::string here = files_.here(file.path);
  const recording::Observed now = files_.content(here);
  if (file.edited) {
    change.why = "it was edited while the tests ran";
    change.before = nullptr;
  } else if (now.state != InputState::kPresent) {
    change.why = now.state == InputState::kAbsent ? "it is gone" : "it cannot be read";
  } else {
    change.now = units_.units_of({{now.hash, here, [here] { return store::read_file(here); }}}).front();
    change.why = "it has changed";
    if (change.now == nullptr || change.before == nullptr)
      change.why += ", and its source of then or now cannot be compared";
    else if (!change.now->parsed())
      change.why = "it cannot be parsed: " + change.now->error;
    else if (!change.before->parsed())
      change.why += "; it could not be parsed before";
  }
  if (change.before != nullptr)
    change.difference = compare_units(*change.before, change.now.get());
  else
    change.difference.whole = true;
  return change;
}

// -- inputs

std::vector<InputChange> ProjectState::changed_inputs(const SessionCoverage& coverage,
                                                      const std::vector<bool>& ignored) {
  adopt(coverage);
  std::vector<InputChange> changes;
  for (uint32_t i = 0; i < coverage.inputs.size(); ++i) {
    if (i < ignored.size() && ignored[i]) continue;
    std::string why = changed(coverage, coverage.inputs[i]);
    const InputKind kind = coverage.inputs[i].kind;
    const bool watched = kind != InputKind::kProcess && kind != InputKind::kSocket;
    if (!why.empty()) changes.push_back({i, std::move(why), watched});
  }
  return changes;
}

std::string ProjectState::changed(const SessionCoverage& coverage, const Input& input) {
  switch (input.kind) {
    case InputKind::kFile:
    case InputKind::kDirectory: {
      const std::string here = files_.here(input.subject);
      const recording::Observed& now =
          input.kind == InputKind::kFile ? files_.content(here) : files_.listing(here);
      if (input.state == InputState::kOther) return "its content was not observed";
      if (now.state != input.state) return difference_of(input.state, now.state);
      return now.state == InputState::kPresent && now.hash != input.hash ? "changed" : std::string();
    }
    case InputKind::kProbe:
      return files_.answer_holds(input, word_of(input.detail)) ? std::string()
                                                               : "the answer would be another one now";
    case InputKind::kEnvironment:
      return changed_environment(input);
    case InputKind::kProcess:
      if (input.detail.starts_with("observed") || project_.trust_unobserved) return {};
      return "a process that left no evidence was started";
    case InputKind::kSocket:
      if (input.detail.starts_with("own") || project_.trust_external) return {};
      return "something outside the test was talked to";
    case InputKind::kOption:
      return changed_option(coverage, input);
    default:
      return {};
  }
}

std::string ProjectState::changed_environment(const Input& input) {
  if (input.subject == "*")
    return hash_of_environment() == input.hash ? std::string() : "some variable differs";
  const char* value = std::getenv(input.subject.c_str());
  const InputState now = value == nullptr ? InputState::kAbsent : InputState::kPresent;
  if (now != input.state)
    return now == InputState::kAbsent ? "set before, not set now" : "not set before, set now";
  return value != nullptr && hash_of(value) != input.hash ? "another value" : std::string();
}

std::string ProjectState::changed_option(const SessionCoverage& coverage, const Input& input) {
  if (input.subject == "fixtures" || input.subject == "plugin modules" || input.subject == "always")
    return {};
  if (input.subject == "doctest") {
    // A source is compared unit by unit.
    if (std::any_of(coverage.files.begin(), coverage.files.end(),
                    [&](const auto& file) { return file.path == input.detail; }))
      return {};
    const recording::Observed& now = files_.content(files_.here(input.detail));
    return now.state == InputState::kPresent && now.hash == input.hash ? std::string() : "changed";
  }
  if (input.detail == "conftest" || (input.detail == "ini" && input.state == InputState::kAbsent)) {
    const bool now = files_.exists(files_.here(input.subject));
    const bool before = input.state == InputState::kPresent;
    return now == before ? std::string() : now ? "absent before, there now" : "there before, absent now";
  }
  if (input.detail == "ini bytes") {
    if (project_.has_runner) return {};
    const recording::Observed& now = files_.content(files_.here(input.subject));
    return now.state == InputState::kPresent && now.hash == input.hash ? std::string() : "changed";
  }
  const auto& options = project_.has_runner ? project_.options : project_.last_options;
  if (!project_.has_runner && options.empty()) return {};
  const std::string subject = input.subject.starts_with('/') ? files_.here(input.subject) : input.subject;
  const auto given = options.find(subject);
  if (given == options.end()) return "set before, not set now";
  return hash_of(given->second) == input.hash ? std::string() : "another value";
}

// -- imports

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
    if (entry.empty()) entry = project_.root;
    // "root/../lib" lies beside the root, and is called "lib" in what was recorded.
    entry = std::filesystem::path(entry).lexically_normal().string();
    while (entry.size() > 1 && entry.back() == '/') entry.pop_back();
    if (std::find(distinct.begin(), distinct.end(), entry) == distinct.end())
      distinct.push_back(std::move(entry));
  }
  return distinct;
}

std::vector<ImportChange> ProjectState::changed_imports(const SessionCoverage& coverage,
                                                        const std::vector<ModuleReference>& references) {
  adopt(coverage);
  ImportFinder finder(&files_, search_path(coverage), project_.builtin_modules);
  const auto in_project = [&](const std::string& path) {
    if (path.find("/site-packages/") != std::string::npos ||
        path.find("/dist-packages/") != std::string::npos)
      return false;
    return is_below(path, project_.root);
  };
  std::vector<std::string> outside;  // of the project, on the search path
  for (const std::string& folder : search_path(coverage)) {
    if (!in_project(folder) && folder != project_.root) outside.push_back(folder);
  }
  ImportFinder library(&files_, std::move(outside), project_.builtin_modules);
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
    std::string why;
    if (reference.recorded_absent) {
      if (!now.empty()) why = "not found before, found now: " + now;
    } else if (!reference.locations.empty()) {
      const bool same = std::any_of(reference.locations.begin(), reference.locations.end(),
                                    [&](const std::string& path) { return files_.here(path) == now; });
      // Found in another way than by the path (a namespace, an importer of its own): its file tells. What
      // such an importer is asked for in spite of a file of that name, it is asked for again.
      const bool passed_over = !found_by_path(reference) && recorded.contains(now);
      if (!same && !passed_over && !now.empty() && in_project(now)) why = "found elsewhere now: " + now;
    } else if (in_project(now) && !files_.names_in(now).empty()) {
      continue;  // a folder without code of its own
    } else if (in_project(now) && (reference.relative || looked_for.contains(reference.module) ||
                                   !library.find(reference.module).empty())) {
      // Other absolute names that nobody looked for were in imports that never ran.
      why = "found in the project now: " + now;
    }
    if (!why.empty()) changes.push_back({reference.module, reference.relative, std::move(why)});
  }
  return changes;
}

// -- revisions

void ProjectState::compare_revision(const SessionCoverage& coverage, const GitRevision& revision,
                                    const std::vector<std::shared_ptr<const FileUnits>>& recorded,
                                    ProjectChange* change) {
  adopt(coverage);
  const std::vector<std::string>& changed = revision.changed_files();
  const auto since = [&](const std::string& recorded_path) -> std::string {
    const std::string here = files_.here(recorded_path);
    if (!is_below(here, project_.root)) return {};
    const std::string relative = here.substr(project_.root.size() + 1);
    return std::binary_search(changed.begin(), changed.end(), relative) ? relative : std::string();
  };
  for (uint32_t i = 0; i < coverage.files.size(); ++i) {
    const std::string path = since(coverage.files[i].path);
    if (path.empty()) continue;
    FileChange difference;
    difference.file = i;
    difference.before = recorded[i];
    difference.why = "it has changed since that revision";
    if (const Result<std::string> then = revision.content(path); then.ok())
      difference.now = units_.units_of({{hash_of(*then), path, [&then] { return then; }}}).front();
    if (difference.before != nullptr && difference.now != nullptr)
      difference.difference = compare_units(*difference.before, difference.now.get());
    else
      difference.difference.whole = true;
    change->files.push_back(std::move(difference));
  }
  for (uint32_t i = 0; i < coverage.inputs.size(); ++i) {
    const Input& input = coverage.inputs[i];
    const bool of_path = input.kind == InputKind::kFile || input.kind == InputKind::kProbe;
    if (of_path && !since(input.subject).empty())
      change->inputs.push_back({i, "changed since that revision", true});
  }
}

// -- packages

void ProjectState::compare_packages(const SessionCoverage& coverage, ProjectChange* change) {
  adopt(coverage);
  // Where this environment keeps what another one kept elsewhere.
  std::vector<collector::ImportedModule> here;
  for (const collector::ImportedModule& module : coverage.imported) {
    collector::ImportedModule present{module.module, files_.here(module.path)};
    for (const std::string_view folder : {"/site-packages/", "/dist-packages/"}) {
      const size_t place = present.path.rfind(folder);
      if (place == std::string::npos || files_.exists(present.path)) continue;
      const std::string rest = present.path.substr(place + folder.size());
      for (const std::string& entry : project_.sys_path) {
        if (entry.ends_with("-packages") && files_.exists(entry + "/" + rest))
          present.path = entry + "/" + rest;
      }
    }
    here.push_back(std::move(present));
  }
  const std::vector<collector::Distribution> now = store::resolve_distributions(here);
  for (const collector::Distribution& before : coverage.distributions) {
    const auto same_name = [&](const collector::Distribution& other) { return other.name == before.name; };
    const auto found = std::find_if(now.begin(), now.end(), same_name);
    PackageChange difference{before.name, {}, before.modules};
    // Known by their content, when no metadata speaks of them.
    if (found == now.end())
      difference.why = before.version + " before, not found now";
    else if (found->version != before.version || found->version.starts_with("more than"))
      difference.why = before.version + " before, " + found->version + " now";
    if (difference.why.empty() || is_ignored(before.name)) continue;
    if (add_dependents(now, runner_packages(coverage), &difference))
      change->everything.push_back(before.name + ": " + difference.why + "; the test runner rests on it");
    change->packages.push_back(std::move(difference));
  }
}

bool ProjectState::is_ignored(const std::string& distribution) const {
  const std::string name = store::normalised_name(distribution);
  return std::any_of(project_.ignored_packages.begin(), project_.ignored_packages.end(),
                     [&](const std::string& ignored) { return store::normalised_name(ignored) == name; });
}

}  // namespace alibi::change
