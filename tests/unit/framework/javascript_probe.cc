// What a framework finds in a project and how it would run a share of it, as JSON, for tests of other
// languages: javascript_probe DIRECTORY SCRATCH REQUEST, where REQUEST is a JSON object of settings
// (platform, framework, command, tests_location, tests_exclude, list_command, run_command, worker_env), and
// what is asked for: "units" (lists of files, a launch each list; without it the discovery), "junit".
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "collector/framework/framework.h"

extern char** environ;

namespace alibi::framework {
namespace {

using nlohmann::json;

int failed(const Error& error) {
  std::fprintf(stderr, "%d: %s\n", static_cast<int>(error.code), error.message.c_str());
  return 1;
}

Project project_of(const std::string& directory, const std::string& scratch, const json& asked) {
  Project project{directory, "", {}, {}, scratch};
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string entry = *at;
    const size_t equals = entry.find('=');
    if (equals != std::string::npos) project.environment[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  plan::Settings& settings = project.settings;
  settings.platform = asked.value("platform", "");
  settings.framework = asked.value("framework", "");
  settings.command = asked.value("command", "");
  settings.tests_location = asked.value("tests_location", "");
  settings.tests_exclude = asked.value("tests_exclude", "");
  settings.list_command = asked.value("list_command", "");
  settings.run_command = asked.value("run_command", "");
  const json given = asked.value("worker_env", json::object());
  for (const auto& [name, value] : given.items())
    settings.worker_env.emplace_back(name, value.get<std::string>());
  return project;
}

json described(const Launch& launch) {
  json environment = json::object();
  for (const auto& [name, value] : launch.environment) environment[name] = value ? json(*value) : json();
  return {{"command", launch.command},
          {"directory", launch.directory},
          {"environment", environment},
          {"files", launch.files}};
}

Result<json> discovered(Framework* framework) {
  const Result<std::map<std::string, std::string>> tags = framework->runtime_tags();
  if (!tags) return tags.error();
  const Result<Discovery> found = framework->list_files();
  if (!found) return found.error();
  json unskippable = json::array();
  for (const std::string& file : found->files) {
    if (framework->is_unskippable(file)) unskippable.push_back(file);
  }
  return json{{"platform", framework->platform()},
              {"framework", framework->name()},
              {"pattern", framework->pattern()},
              {"tags", *tags},
              {"files", found->files},
              {"unskippable", unskippable},
              {"notices", found->notices}};
}

Result<json> launched(Framework* framework, const json& asked) {
  json all = json::array();
  for (size_t share = 0; share < asked["units"].size(); ++share) {
    std::vector<plan::Unit> units;
    for (const json& file : asked["units"][share]) units.push_back({file.get<std::string>()});
    std::string junit = asked.value("junit", "");
    if (!junit.empty()) junit += "." + std::to_string(share);
    const Result<std::vector<Launch>> launches = framework->launches(units, junit, std::to_string(share));
    if (!launches) return launches.error();
    json described_share = json::array();
    for (const Launch& launch : *launches) described_share.push_back(described(launch));
    all.push_back(described_share);
  }
  return all;
}

int probe(const std::string& directory, const std::string& scratch, const json& asked) {
  const Result<std::unique_ptr<Framework>> made = make_framework(
      project_of(directory, scratch, asked),
      [](const auto& command, const auto& options) { return process::run_child(command, "", options); });
  if (!made) return failed(made.error());
  Framework* const framework = made->get();
  if (const Result<void> checked = framework->check(); !checked) return failed(checked.error());
  const Result<json> answer = asked.contains("units") ? launched(framework, asked) : discovered(framework);
  if (!answer) return failed(answer.error());
  std::puts(answer->dump(1).c_str());
  return 0;
}

}  // namespace
}  // namespace alibi::framework

int main(int count, char** words) {
  if (count != 4) return 2;
  return alibi::framework::probe(words[1], words[2], nlohmann::json::parse(words[3]));
}
