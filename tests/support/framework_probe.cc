// framework_probe DIRECTORY SCRATCH [NAME=VALUE...]: what a framework finds in a project and how it would run
// it, as JSON, for tests that have the real frameworks. Settings by the names of their fields.
#include <cstdio>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "collector/framework/framework.h"

extern char** environ;

namespace {

using alibi::Result;
using nlohmann::json;

std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (const size_t end = text.find('='); end != std::string::npos)
      variables[text.substr(0, end)] = text.substr(end + 1);
  }
  return variables;
}

void set(const std::string& name, const std::string& value, alibi::plan::Settings* settings) {
  if (name == "platform") settings->platform = value;
  if (name == "framework") settings->framework = value;
  if (name == "command") settings->command = value;
  if (name == "tests_location") settings->tests_location = value;
  if (name == "tests_exclude") settings->tests_exclude = value;
  if (name == "list_command") settings->list_command = value;
  if (name == "run_command") settings->run_command = value;
  if (name == "compat") settings->compat = value == "1";
  if (name == "strict_discovery") settings->strict_discovery = value == "1";
  if (name == "selects") settings->selects = value == "1";
}

json shown(const Result<alibi::framework::Discovery>& found) {
  if (!found.ok()) return {{"error", found.error().message}};
  json tests = json::array();
  for (const auto& test : found->tests)
    tests.push_back({{"name", test.name},
                     {"suite", test.suite},
                     {"module", test.module},
                     {"file", test.file},
                     {"selector", test.selector},
                     {"group", test.group},
                     {"parameters", test.parameters},
                     {"skipped", test.skipped},
                     {"reason", test.reason}});
  return {{"files", found->files},
          {"files_complete", found->files_complete},
          {"tests", tests},
          {"cleared", found->cleared},
          {"notices", found->notices}};
}

json shown(const alibi::framework::Launch& launch) {
  json variables = json::object();
  for (const auto& [name, value] : launch.environment) variables[name] = value ? json(*value) : json();
  return {{"command", launch.command}, {"environment", variables}, {"files", launch.files}};
}

}  // namespace

int main(int count, char** arguments) {
  alibi::framework::Project project;
  project.directory = arguments[1];
  project.scratch = arguments[2];
  project.environment = environment();
  bool full = false;
  std::string junit;
  for (int at = 3; at < count; ++at) {
    const std::string text = arguments[at];
    const std::string name = text.substr(0, text.find('=')), value = text.substr(text.find('=') + 1);
    set(name, value, &project.settings);
    if (name == "full") full = true;
    if (name == "junit") junit = value;
  }
  const auto run = [](const auto& command, const auto& options) {
    return alibi::process::run_child(command, "", options);
  };
  auto made = alibi::framework::make_framework(project, run);
  json answer;
  if (!made.ok()) {
    answer["error"] = made.error().message;
  } else {
    alibi::framework::Framework& framework = **made;
    answer["name"] = framework.name();
    answer["pattern"] = framework.pattern();
    const alibi::Result<void> checked = framework.check();
    answer["check"] = checked.ok() ? "" : checked.error().message;
    const auto tags = framework.runtime_tags();
    if (tags.ok()) answer["tags"] = *tags;
    const Result<alibi::framework::Discovery> found = full ? framework.list_tests() : framework.list_files();
    answer["found"] = shown(found);
    std::vector<alibi::plan::Unit> units;
    if (found.ok()) {
      for (const std::string& file : found->files) units.push_back({.file = file});
    }
    const auto launches = framework.launches(units, junit, "0");
    answer["launches"] = json::array();
    if (!launches.ok()) answer["launches_error"] = launches.error().message;
    if (launches.ok()) {
      for (const auto& launch : *launches) answer["launches"].push_back(shown(launch));
    }
  }
  std::puts(answer.dump().c_str());
}
