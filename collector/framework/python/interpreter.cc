#include "collector/framework/python/interpreter.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "collector/framework/discovery_lines.h"
#include "collector/framework/programs.h"
#include "collector/framework/shell_words.h"
#include "collector/model/plan_errors.h"

namespace alibi::framework {
namespace {

using Words = std::vector<std::string>;

constexpr const char* kQuestion = R"(
import importlib.util, json, platform, sys
def version(name):
    try:
        from importlib.metadata import version
        return version(name)
    except Exception:
        return "0" if importlib.util.find_spec(name) else ""
def has_plugin():
    try:
        from importlib.metadata import distribution
        return any(entry.group == "pytest11" for entry in distribution("testalibi").entry_points)
    except Exception:
        return False
apart = any(importlib.util.find_spec(name) for name in ("xdist", "pytest_randomly", "random_order"))
def plugins():
    try:
        from importlib.metadata import entry_points
        found = entry_points()
        found = found.select(group="pytest11") if hasattr(found, "select") else found.get("pytest11", ())
        return sorted({entry.value.partition(":")[0].strip() for entry in found})
    except Exception:
        return []
def packages():
    try:
        from importlib.metadata import distributions
        found = {}
        for one in distributions():
            text = one.read_text("entry_points.txt") or ""
            if "[pytest11]" in text:
                found.setdefault(one.metadata["Name"], one.version)
        return sorted("%s %s" % pair for pair in found.items())
    except Exception:
        return []
print(json.dumps({"pytest": version("pytest"), "alibi": has_plugin(), "apart": apart, "plugins": plugins(),
    "packages": packages(), "path": [entry for entry in sys.path if entry], "tags": {
    "os.platform": platform.system(), "os.architecture": platform.machine(), "os.version": platform.release(),
    "runtime.name": platform.python_implementation(), "runtime.version": platform.python_version()}}))
)";

struct Way {
  Words python;  // what runs a program given by -c
  Words pytest;
};

// "poetry run pytest -q" -> "poetry run python"; "python -m pytest" -> "python".
std::optional<Way> way_of_command(const Words& words, const Project& project, const Disk& disk) {
  const auto named = std::ranges::find_if(words, [](const std::string& word) {
    const std::string name = word.substr(word.rfind('/') + 1);
    return name == "pytest" || name == "py.test";
  });
  if (named == words.end()) return std::nullopt;
  Words before(words.begin(), named);
  if (before.size() > 1 && before.back() == "-m") {
    before.pop_back();
    return Way{before, words};
  }
  const std::string beside = named->substr(0, named->rfind('/') + 1) + "python";
  before.push_back(is_program(project, beside, disk) ? beside : "python3");
  return Way{before, words};
}

std::vector<Way> ways(const Project& project, const Disk& disk) {
  std::vector<Way> found;
  for (const char* const name : {"python", "python3", ".venv/bin/python", "venv/bin/python"}) {
    if (!is_program(project, name, disk)) continue;
    const bool is_path = std::string_view(name).find('/') != std::string_view::npos;
    const std::string program = is_path ? joined(project.directory, name) : name;
    found.push_back({{program}, {program, "-m", "pytest"}});
  }
  return found;
}

Result<PythonFacts> ask(const Way& way, const Project& project, const RunProgram& run_program) {
  Words command = way.python;
  command.insert(command.end(), {"-c", kQuestion});
  const Result<process::ChildOutput> output =
      run_program(command, options_for(project, {}, collector::kPlanPlatform));
  if (!output) return output.error();
  // A wrapper may say something before.
  const std::string& text = output->text;
  const size_t begin = text.rfind("{\"pytest\"");
  const nlohmann::json said = begin == std::string::npos
                                  ? nlohmann::json()
                                  : nlohmann::json::parse(text.substr(begin), nullptr, false);
  const auto tags = said.is_object() ? said.find("tags") : said.end();
  if (output->status != 0 || !said.is_object() || tags == said.end() || !tags->is_object())
    return Error{collector::kPlanPlatform, 0,
                 way.python.back() + " does not work here: " + end_of_output(*output)};
  PythonFacts facts;
  facts.pytest = way.pytest;
  if (const auto version = said.find("pytest"); version != said.end() && version->is_string())
    facts.pytest_version = version->get<std::string>();
  facts.has_alibi = said.find("alibi") != said.end() && said["alibi"] == true;
  facts.runs_tests_apart = said.find("apart") != said.end() && said["apart"] == true;
  const auto texts = [&](const char* name, Words* into) {
    const auto found = said.find(name);
    if (found == said.end() || !found->is_array()) return;
    for (const nlohmann::json& each : *found) {
      if (each.is_string()) into->push_back(each.get<std::string>());
    }
  };
  texts("plugins", &facts.plugins);
  texts("packages", &facts.plugin_packages);
  texts("path", &facts.search_path);
  for (const auto& [name, value] : tags->items()) {
    if (value.is_string()) facts.tags[name] = value.get<std::string>();
  }
  return facts;
}

}  // namespace

bool PythonFacts::pytest_is_at_least(int major, int minor) const {
  int found[2] = {0, 0};
  const char* at = pytest_version.data();
  const char* const end = at + pytest_version.size();
  for (int& number : found) {
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc()) break;
    at = next == end ? end : next + 1;
  }
  return std::pair(found[0], found[1]) >= std::pair(major, minor);
}

Result<PythonFacts> python_facts(const Project& project, const RunProgram& run_program, const Disk& disk) {
  std::vector<Way> possible = ways(project, disk);
  const ShellWords command = split_command(project.settings.compat ? "" : project.settings.command);
  if (!command.words.empty()) {
    const std::optional<Way> way = way_of_command(command.words, project, disk);
    if (!way)
      return Error{collector::kPlanFramework, 0,
                   "the command \"" + project.settings.command + "\" does not start pytest"};
    possible = {*way};
  }
  if (possible.empty())
    return Error{collector::kPlanPlatform, 0,
                 "there is no python and no python3 on PATH: install Python 3, or activate the environment"};
  std::optional<Error> first;
  for (const Way& way : possible) {
    Result<PythonFacts> facts = ask(way, project, run_program);
    if (facts.ok() && !facts->pytest_version.empty()) return facts;
    if (first) continue;
    first = facts.ok() ? Error{collector::kPlanFramework, 0,
                               way.python.back() + " has no pytest: " + way.python.back() +
                                   " -m pip install pytest, or activate the environment that has it"}
                       : std::move(facts).error();
  }
  return *first;
}

}  // namespace alibi::framework
