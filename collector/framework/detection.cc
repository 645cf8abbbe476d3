#include "collector/framework/detection.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "collector/framework/shell_words.h"
#include "collector/framework/walk.h"
#include "collector/model/plan_errors.h"

namespace alibi::framework {
namespace {

struct NodePackage {
  std::string_view package, framework;
};
constexpr std::array<NodePackage, 6> kNodePackages = {{{"@cucumber/cucumber", "cucumber"},
                                                       {"cypress", "cypress"},
                                                       {"jest", "jest"},
                                                       {"mocha", "mocha"},
                                                       {"@playwright/test", "playwright"},
                                                       {"vitest", "vitest"}}};

class Signs {
 public:
  Signs(const Project& project, const Disk& disk) : project_(project), disk_(disk) {}

  std::vector<Choice> all() {
    python();
    ruby();
    javascript();
    // Of whole trees only where nothing else is found: scripts of other projects' tools have such names, too.
    constexpr const char* kAnywhere = "**/{test_*,*_test}.py";
    if (found_.empty() && has_any(kAnywhere)) add("python", "pytest", kAnywhere);
    return std::move(found_);
  }

 private:
  bool has(const std::string& name) const { return disk_.is_file(joined(project_.directory, name)); }
  std::string text(const std::string& name) const {
    return disk_.text(joined(project_.directory, name)).value_or("");
  }
  bool has_any(const std::string& pattern) const {
    const Result<Walk> walk = walk_for(project_.directory, pattern, {});
    return walk.ok() && !files_of(*walk, disk_).empty();
  }
  void add(const char* platform, std::string_view framework, std::string because) {
    found_.push_back({platform, std::string(framework), std::move(because)});
  }

  void python() {
    for (const char* const name : {"pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "conftest.py",
                                   "tests/conftest.py", "test/conftest.py"}) {
      if (has(name)) return add("python", "pytest", name);
    }
    for (const auto& [name, section] : {std::pair{"pyproject.toml", "[tool.pytest"},
                                        {"tox.ini", "[pytest]"},
                                        {"setup.cfg", "[tool:pytest]"}}) {
      if (text(name).find(section) != std::string::npos) return add("python", "pytest", name);
    }
    for (const char* const pattern : {"{test_*,*_test}.py", "{test,tests}/**/{test_*,*_test}.py"}) {
      if (has_any(pattern)) return add("python", "pytest", pattern);
    }
  }

  void ruby() {
    if (has(".rspec"))
      add("ruby", "rspec", ".rspec");
    else if (has_any("spec/**/*_spec.rb"))
      add("ruby", "rspec", "spec/**/*_spec.rb");
    if (has_any("test/**/{*_test,spec_*}.rb") ||
        (has_any("test/**/test_*.rb") && !has_any("test/**/test_*.py")))
      add("ruby", "minitest", "test/**/*_test.rb");
    if (has_any("features/**/*.feature") && (has_any("features/**/*.rb") || has("config/cucumber.yml")))
      add("ruby", "cucumber", "features/**/*.feature");
  }

  void javascript() {
    const nlohmann::json package = nlohmann::json::parse(text("package.json"), nullptr, false);
    if (!package.is_object()) return;
    std::vector<std::string_view> used;
    for (const NodePackage& node : kNodePackages) {
      for (const char* const kind : {"dependencies", "devDependencies"}) {
        const auto packages = package.find(kind);
        if (packages == package.end() || !packages->is_object() || !packages->contains(node.package))
          continue;
        if (std::ranges::find(used, node.framework) == used.end()) used.push_back(node.framework);
      }
    }
    const std::string script = test_script(package);
    const auto named = std::ranges::find_if(
        used, [&](std::string_view framework) { return script.find(framework) != std::string::npos; });
    if (named != used.end()) used = {*named};
    for (const std::string_view framework : used)
      add("javascript", framework, "package.json: " + std::string(framework));
    if (!used.empty()) return;
    // A package of a workspace, whose tools are those of the folder above it.
    for (const auto& [framework, name] : {std::pair{"jest", "jest.config"},
                                          {"vitest", "vitest.config"},
                                          {"playwright", "playwright.config"},
                                          {"mocha", ".mocharc"}}) {
      for (const char* const end : {".js", ".cjs", ".mjs", ".ts", ".mts", ".json", ".yml", ".yaml"}) {
        if (!has(std::string(name) + end)) continue;
        add("javascript", framework, std::string(name) + end);
        break;
      }
    }
    if (found_.empty() && package.contains("jest")) add("javascript", "jest", "package.json: jest");
  }

  static std::string test_script(const nlohmann::json& package) {
    const auto scripts = package.find("scripts");
    if (scripts == package.end() || !scripts->is_object()) return {};
    const auto test = scripts->find("test");
    return test != scripts->end() && test->is_string() ? test->get<std::string>() : "";
  }

  const Project& project_;
  const Disk& disk_;
  std::vector<Choice> found_;
};

// "bundle exec rspec --tag fast" -> rspec; "bin/rails test" -> minitest.
std::string tool_of(const std::string& command) {
  for (const std::string& word : split_command(command).words) {
    std::string name = word.substr(word.rfind('/') + 1);
    if (name == "py.test") name = "pytest";
    if (name == "cucumber-js") name = "cucumber";
    if (name == "rails" || name == "rake") name = "minitest";
    if (std::ranges::any_of(supported(), [&](const Choice& choice) { return choice.framework == name; }))
      return name;
  }
  return {};
}

std::string listed(const std::vector<Choice>& choices) {
  std::string text;
  for (const Choice& choice : choices) {
    text += (text.empty() ? "" : ", ") + choice.platform + "/" + choice.framework;
    if (!choice.because.empty()) text += " (" + choice.because + ")";
  }
  return text;
}

bool fits(const Choice& choice, const plan::Settings& settings) {
  return (settings.platform.empty() || settings.platform == choice.platform) &&
         (settings.framework.empty() || settings.framework == choice.framework);
}

Result<void> check_names(const plan::Settings& settings) {
  const auto& all = supported();
  if (!settings.platform.empty() &&
      std::ranges::none_of(all, [&](const Choice& c) { return c.platform == settings.platform; }))
    return Error{
        collector::kPlanPlatform, 0,
        "unsupported platform: " + settings.platform + " (known: python, ruby, javascript, generic)"};
  if (std::ranges::any_of(all, [&](const Choice& c) { return fits(c, settings); })) return {};
  const std::string platform =
      settings.platform.empty() ? "any platform" : "platform '" + settings.platform + "'";
  return Error{collector::kPlanFramework, 0,
               "framework '" + settings.framework + "' is not supported by " + platform +
                   " (known: " + listed(all) + ")"};
}

}  // namespace

const std::vector<Choice>& supported() {
  static const std::vector<Choice> choices = {
      {"python", "pytest", ""},     {"ruby", "cucumber", ""},       {"ruby", "minitest", ""},
      {"ruby", "rspec", ""},        {"javascript", "cucumber", ""}, {"javascript", "cypress", ""},
      {"javascript", "jest", ""},   {"javascript", "mocha", ""},    {"javascript", "playwright", ""},
      {"javascript", "vitest", ""}, {"generic", "generic", ""}};
  return choices;
}

std::vector<Choice> detect(const Project& project, const Disk& disk) {
  const plan::Settings& settings = project.settings;
  std::vector<Choice> found = Signs(project, disk).all();
  std::erase_if(found, [&](const Choice& choice) { return !fits(choice, settings); });
  const std::string tool = tool_of(settings.command);
  const auto is_tool = [&](const Choice& choice) { return choice.framework == tool; };
  if (!tool.empty() && std::ranges::any_of(found, is_tool)) std::erase_if(found, std::not_fn(is_tool));
  return found;
}

Result<Choice> chosen_framework(const Project& project, const Disk& disk) {
  const plan::Settings& settings = project.settings;
  if (const Result<void> checked = check_names(settings); !checked.ok()) return checked.error();
  std::vector<Choice> possible;
  std::ranges::copy_if(supported(), std::back_inserter(possible),
                       [&](const Choice& choice) { return fits(choice, settings); });
  if (possible.size() == 1) return possible.front();
  const bool has_commands = !settings.list_command.empty() || !settings.run_command.empty();
  if (settings.platform.empty() && settings.framework.empty() && has_commands)
    return Choice{"generic", "generic", "a list or run command is given"};
  const std::vector<Choice> found = detect(project, disk);
  if (found.size() == 1) return found.front();
  const std::string missing = settings.framework.empty() ? "--framework" : "--platform";
  if (found.empty())
    return Error{collector::kPlanPlatform, 0,
                 "no test framework is recognised in " + project.directory + ": say " + missing + " (" +
                     listed(possible) + ")"};
  return Error{collector::kPlanFramework, 0,
               "several test frameworks are used in " + project.directory +
                   ": say --platform and --framework for one (" + listed(found) + ")"};
}

}  // namespace alibi::framework
