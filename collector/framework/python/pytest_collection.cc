#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "collector/framework/discovery_lines.h"
#include "collector/framework/drivers/drivers.h"
#include "collector/framework/programs.h"
#include "collector/framework/python/collection_rules.h"
#include "collector/framework/python/pytest_framework.h"
#include "collector/framework/walk.h"
#include "collector/model/plan_errors.h"

namespace alibi::framework {
namespace {

constexpr const char* kDriver = "alibi_pytest_discovery";
constexpr size_t kLongestDiscovery = size_t{1} << 30;

// What the driver puts back at once, and what Alibi's evidence is to see otherwise.
std::string instructions(const Project& project, const std::string& output, const Variables& restored,
                         const Variables& hidden) {
  const auto before = [&](const Variables& variables) {
    nlohmann::json values = nlohmann::json::object();
    for (const auto& [name, value] : variables) {
      const auto found = project.environment.find(name);
      values[name] = found == project.environment.end() ? nlohmann::json() : nlohmann::json(found->second);
    }
    return values;
  };
  const nlohmann::json told = {
      {"output", output}, {"restore", before(restored)}, {"outside", before(hidden)}};
  return told.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<std::string> split_at(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::string before_it(const std::string& value, const std::string& old, char separator) {
  return old.empty() ? value : value + separator + old;
}

}  // namespace

Result<Launch> Pytest::collection(const std::string& output) const {
  if (!facts().ok()) return facts().error();
  const std::string driver = std::string(kDriver) + ".py";
  Result<std::vector<std::string>> written = write_driver(disk_, driver, joined(project_.scratch, driver));
  if (!written) return std::move(written).error();
  Launch launch;
  launch.files = *std::move(written);
  launch.files.push_back(output);
  launch.command = facts()->pytest;
  launch.command.insert(launch.command.end(), {"--collect-only", "-q"});
  const plan::Settings& settings = project_.settings;
  const bool excludes = !settings.tests_exclude.empty() && reason_to_collect().empty();
  if (!settings.tests_location.empty() || excludes) {
    const Result<std::vector<std::string>> named = files();
    if (!named) return named.error();
    if (named->empty())
      return Error{collector::kPlanFullDiscovery, 0, "no file is meant by the pattern \"" + pattern() + "\""};
    if (fits_command_line(*named)) {
      const Result<std::vector<std::string>> root = root_arguments(*named);
      if (!root) return root.error();
      launch.command.insert(launch.command.end(), root->begin(), root->end());
      launch.command.insert(launch.command.end(), named->begin(), named->end());
    }
  }
  const Variables loading = {
      {"PYTHONPATH", before_it(project_.scratch, variable_of(project_, "PYTHONPATH"), ':')},
      {"PYTEST_PLUGINS", before_it(kDriver, variable_of(project_, "PYTEST_PLUGINS"), ',')}};
  Variables hidden = listing_variables(project_.scratch + "/vendor-tests.json");
  const Variables alibi = alibi_variables();
  hidden.insert(hidden.end(), alibi.begin(), alibi.end());
  launch.environment = loading;
  launch.environment.insert(launch.environment.end(), hidden.begin(), hidden.end());
  if (project_.of_other_machines) launch.environment.push_back({kGroundVariable, ground_file(project_)});
  launch.environment.push_back({"ALIBI_DISCOVERY", instructions(project_, output, loading, hidden)});
  return launch;
}

Result<Pytest::Collected> Pytest::collect() const {
  const std::string output = project_.scratch + "/pytest-tests.json";
  disk_.remove(output);
  disk_.remove(ground_file(project_));
  const Result<Launch> launch = collection(output);
  if (!launch) return launch.error();
  const Result<process::ChildOutput> ended = run_program_(
      launch->command, options_for(project_, launch->environment, collector::kPlanFullDiscovery));
  const std::optional<std::string> text = disk_.text(output, kLongestDiscovery);
  const std::optional<std::string> ground = disk_.text(ground_file(project_), kLongestDiscovery);
  for (const std::string& file : launch->files) disk_.remove(file);
  disk_.remove(ground_file(project_));
  if (!ended) return ended.error();
  Collected collected;
  collected.status = ended->status;
  collected.said = "pytest cannot collect the tests (status " + std::to_string(ended->status) + "):\n" +
                   end_of_output(*ended);
  // 1 and 2: files that cannot be imported. The driver writes only when the collection came to its end.
  const bool has_ended = collected.is_whole() || ended->status == 1 || ended->status == 2;
  if (!has_ended || (!text && !collected.is_whole()))
    return Error{collector::kPlanFullDiscovery, 0, std::move(collected.said)};
  if (!text)
    return Error{collector::kPlanFullDiscovery, 0,
                 "pytest was started and did not say which tests there are:\n" + end_of_output(*ended)};
  Result<Discovery> discovery = parse_discovery_lines(*text);
  if (!discovery) return std::move(discovery).error();
  collected.discovery = std::move(*discovery);
  collected.discovery.ground = ground.value_or("");
  if (const Result<void> kept = keep_to_settings(&collected.discovery); !kept.ok()) return kept.error();
  return collected;
}

const Result<Pytest::Collected>& Pytest::collected() {
  if (!collected_) collected_.emplace(collect());
  return *collected_;
}

Result<void> Pytest::keep_to_settings(Discovery* discovery) const {
  const plan::Settings& settings = project_.settings;
  // Files that a location names are tests by their name, whatever pytest would collect by itself.
  if (names_files()) discovery->files_complete = false;
  if (settings.tests_location.empty() && settings.tests_exclude.empty()) return {};
  const Result<Walk> walk =
      walk_for(project_.directory, settings.tests_location.empty() ? "**" : pattern(), settings);
  if (!walk) return walk.error();
  discovery->files = files_among(*walk, std::move(discovery->files));
  const auto is_out = [&](const std::string& file) { return files_among(*walk, {file}).empty(); };
  std::erase_if(discovery->tests, [&](const DiscoveredTest& test) { return is_out(test.file); });
  std::erase_if(discovery->cleared, [&](const auto& cleared) { return is_out(cleared.first); });
  return {};
}

// Where Alibi decides, a file that cannot be imported keeps no other from being left out: it runs whole.
Result<Discovery> Pytest::list_tests() {
  const Result<Collected>& found = collected();
  if (!found) return found.error();
  const bool may_go_on = decides_by_evidence() && !project_.settings.strict_discovery;
  if (!found->is_whole() && !may_go_on) return Error{collector::kPlanFullDiscovery, 0, found->said};
  return found->discovery;
}

const std::string& Pytest::reason_to_collect() const {
  if (reason_to_collect_) return *reason_to_collect_;
  reason_to_collect_.emplace();
  const Result<PytestConfiguration>& whole = whole_configuration();
  if (names_files() || !whole.ok() || !facts().ok()) return *reason_to_collect_;
  const PytestOptions options = options_of(*whole);
  CollectionRules rules{project_.directory, whole->root, options.collecting, {}, facts()->plugins, {}};
  if (whole->words.contains("doctest_plus")) rules.option = "doctest_plus";
  rules.plugins = options.plugins;
  for (const std::string& name : split_at(variable_of(project_, "PYTEST_PLUGINS"), ','))
    rules.plugins.push_back(name);
  rules.search_path = whole->of("pythonpath", {});
  for (const std::string& folder : split_at(variable_of(project_, "PYTHONPATH"), ':'))
    rules.search_path.push_back(folder);
  return reason_to_collect_.emplace(other_collection_rules(rules, disk_));
}

}  // namespace alibi::framework
