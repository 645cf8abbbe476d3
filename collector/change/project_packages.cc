// Distributions that are other ones now, and whom that reaches.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "collector/change/project_state.h"
#include "collector/store/distributions.h"

namespace alibi::change {
namespace {

using collector::Input;
using collector::InputKind;
using collector::SessionCoverage;

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

}  // namespace

std::vector<collector::Distribution> ProjectState::present_packages(const SessionCoverage& coverage) {
  adopt(coverage);
  // Where this environment keeps what another one kept elsewhere.
  std::vector<collector::ImportedModule> here;
  for (const collector::ImportedModule& module : coverage.imported) {
    collector::ImportedModule present{module.module, files_.here(module.path)};
    for (const std::string_view folder : {"/site-packages/", "/dist-packages/"}) {
      const size_t place = present.path.rfind(folder);
      if (place == std::string::npos) continue;
      // The other one may still be there, beside this one.
      const std::string kept_in = present.path.substr(0, place + folder.size() - 1);
      const bool is_searched = project_.sys_path.empty() ||
                               std::ranges::find(project_.sys_path, kept_in) != project_.sys_path.end();
      if (is_searched && files_.exists(present.path)) continue;
      const std::string rest = present.path.substr(place + folder.size());
      for (const std::string& entry : project_.sys_path) {
        if (!entry.ends_with("-packages") || !files_.exists(entry + "/" + rest)) continue;
        present.path = entry + "/" + rest;
        break;
      }
    }
    here.push_back(std::move(present));
  }
  return store::resolve_distributions(here);
}

void ProjectState::compare_packages(const SessionCoverage& coverage, ProjectChange* change) {
  const std::vector<collector::Distribution> now = present_packages(coverage);
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

std::vector<uint32_t> ProjectState::packages_behind(
    const SessionCoverage& coverage, const std::function<bool(const std::string& module)>& is_used) {
  const std::vector<collector::Distribution> now = present_packages(coverage);
  const std::vector<std::string> runner = runner_packages(coverage);
  std::vector<uint32_t> behind;
  for (uint32_t i = 0; i < coverage.distributions.size(); ++i) {
    const collector::Distribution& each = coverage.distributions[i];
    if (is_ignored(each.name)) continue;
    PackageChange reached{each.name, {}, each.modules};
    const bool runner_rests_on_it = add_dependents(now, runner, &reached);
    if (runner_rests_on_it || std::ranges::any_of(reached.modules, is_used)) behind.push_back(i);
  }
  return behind;
}

bool ProjectState::is_ignored(const std::string& distribution) const {
  const std::string name = store::normalised_name(distribution);
  return std::any_of(project_.ignored_packages.begin(), project_.ignored_packages.end(),
                     [&](const std::string& ignored) { return store::normalised_name(ignored) == name; });
}

}  // namespace alibi::change
