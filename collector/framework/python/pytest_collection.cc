#include <nlohmann/json.hpp>

#include "collector/framework/discovery_lines.h"
#include "collector/framework/drivers/drivers.h"
#include "collector/framework/programs.h"
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

std::string before_it(const std::string& value, const std::string& old, char separator) {
  return old.empty() ? value : value + separator + old;
}

}  // namespace

Result<Launch> Pytest::collection(const std::string& output) const {
  if (!facts().ok()) return facts().error();
  const std::string driver = project_.scratch + "/" + kDriver + ".py";
  const Result<void> written = disk_.write(driver, std::string(driver_text(std::string(kDriver) + ".py")));
  if (!written.ok()) return written.error();
  Launch launch;
  launch.files = {driver, output};
  launch.command = facts()->pytest;
  launch.command.insert(launch.command.end(), {"--collect-only", "-q"});
  const plan::Settings& settings = project_.settings;
  if (!settings.tests_location.empty() || !settings.tests_exclude.empty()) {
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
  launch.environment.push_back({"ALIBI_DISCOVERY", instructions(project_, output, loading, hidden)});
  return launch;
}

Result<Discovery> Pytest::list_tests() {
  const std::string output = project_.scratch + "/pytest-tests.json";
  disk_.remove(output);
  const Result<Launch> launch = collection(output);
  if (!launch) return launch.error();
  const Result<process::ChildOutput> ended = run_program_(
      launch->command, options_for(project_, launch->environment, collector::kPlanFullDiscovery));
  const std::optional<std::string> text = disk_.text(output, kLongestDiscovery);
  for (const std::string& file : launch->files) disk_.remove(file);
  if (!ended) return ended.error();
  if (ended->status != 0 && ended->status != 5)
    return Error{collector::kPlanFullDiscovery, 0,
                 "pytest cannot collect the tests (status " + std::to_string(ended->status) + "):\n" +
                     end_of_output(*ended)};
  if (!text)
    return Error{collector::kPlanFullDiscovery, 0,
                 "pytest was started and did not say which tests there are:\n" + end_of_output(*ended)};
  Result<Discovery> discovery = parse_discovery_lines(*text);
  const plan::Settings& settings = project_.settings;
  if (!discovery.ok() || (settings.tests_location.empty() && settings.tests_exclude.empty()))
    return discovery;
  const Result<Walk> walk =
      walk_for(project_.directory, settings.tests_location.empty() ? "**" : pattern(), settings);
  if (!walk) return walk.error();
  discovery->files = files_among(*walk, std::move(discovery->files));
  const auto is_out = [&](const std::string& file) { return files_among(*walk, {file}).empty(); };
  std::erase_if(discovery->tests, [&](const DiscoveredTest& test) { return is_out(test.file); });
  std::erase_if(discovery->cleared, [&](const auto& cleared) { return is_out(cleared.first); });
  return discovery;
}

}  // namespace alibi::framework
