#include "collector/framework/ruby/cucumber.h"

#include <algorithm>
#include <array>
#include <utility>

#include "collector/model/plan_errors.h"

namespace alibi::framework {
namespace {

constexpr std::array kProfiles = {"cucumber.yml",          "cucumber.yaml",       ".config/cucumber.yml",
                                  ".config/cucumber.yaml", "config/cucumber.yml", "config/cucumber.yaml"};

}  // namespace

CucumberRuby::CucumberRuby(const Project& project, RunProgram run_program, const Disk& disk)
    : RubyFramework(project, std::move(run_program), disk, "features/**/*.feature", "cucumber",
                    "cucumber/platform") {}

Abilities CucumberRuby::abilities() const {
  return {.full_discovery = true, .divides_files = true, .persistent = false, .junit = true};
}

CucumberRuby::Words CucumberRuby::command() const {
  if (const Words own = own_command(); !own.empty()) return own;
  if (disk_.is_executable(joined(project_.directory, "bin/cucumber"))) return {"bin/cucumber"};
  return with_bundle({"cucumber"});
}

Result<Variables> CucumberRuby::formatter_variables(const std::string& driver) {
  const Result<std::string> written = written_driver(driver, "cucumber-formatters");
  if (!written) return written.error();
  return Variables{{"RUBYLIB", before_variable(project_.scratch + "/cucumber-formatters", "RUBYLIB", ':')},
                   {"CUCUMBER_PUBLISH_QUIET", "true"}};
}

Result<Discovery> CucumberRuby::list_files() {
  const auto is_there = [&](const char* const file) { return has(file); };
  if (!takes_its_own() || std::ranges::none_of(kProfiles, is_there)) return RubyFramework::list_files();
  if (asked_) return *asked_;
  const Result<std::string> driver = written_driver("alibi_cucumber_files.rb");
  if (!driver) return driver.error();
  const Words command = in_place_of("cucumber", *driver);
  if (command.empty()) return RubyFramework::list_files();
  asked_ = asked_files(command);
  if (!asked_->ok()) {
    const std::string why = asked_->error().message;
    asked_ = RubyFramework::list_files();
    if (asked_->ok())
      (*asked_)->notices.push_back(
          "the profiles of cucumber.yml are not heeded, features are looked for as " + pattern() + ": " +
          why);
  }
  return *asked_;
}

Result<Discovery> CucumberRuby::list_tests() {
  const Result<Discovery> found = list_files();
  if (!found) return found.error();
  if (found->files.empty())
    return Error{collector::kPlanFullDiscovery, 0, "no file is meant by the pattern \"" + pattern() + "\""};
  if (!fits_command_line(found->files))
    return Error{collector::kPlanFullDiscovery, 0, "too many features for one command line"};
  Result<Variables> variables = formatter_variables("alibi_cucumber_discovery.rb");
  if (!variables) return variables.error();
  variables->push_back({"CUCUMBER_PUBLISH_ENABLED", "false"});
  Words words = command();
  words.insert(words.end(), {"--dry-run", "--format", "AlibiCucumberDiscovery", "--out",
                             project_.scratch + "/cucumber-listed.json"});
  words.insert(words.end(), found->files.begin(), found->files.end());
  return listed(words, std::move(*variables), *found);
}

Result<std::vector<Launch>> CucumberRuby::launches(const std::vector<plan::Unit>& units,
                                                   const std::string& junit, const std::string& /*worker*/) {
  Launch base;
  base.command = command();
  base.environment = alibi_variables();
  if (!junit.empty()) {
    const Result<Variables> variables = formatter_variables("alibi_cucumber_junit.rb");
    if (!variables) return variables.error();
    base.environment.insert(base.environment.end(), variables->begin(), variables->end());
    base.command.insert(base.command.end(),
                        {"--format", "progress", "--format", "AlibiCucumberJunit", "--out"});
  }
  Words arguments;
  for (const plan::Unit& unit : units) {
    const Words own = unit.arguments();
    arguments.insert(arguments.end(), own.begin(), own.end());
  }
  std::vector<Launch> made;
  for (const Words& batch : batches_of(arguments)) {
    Launch launch = base;
    launch.junit = numbered_report(junit, made.size() + 1);
    if (!junit.empty()) launch.command.push_back(launch.junit);
    launch.command.insert(launch.command.end(), batch.begin(), batch.end());
    made.push_back(std::move(launch));
  }
  return made;
}

Result<std::optional<Launch>> CucumberRuby::persistent_launch(const std::vector<plan::Unit>& /*units*/,
                                                              const std::string& /*junit*/,
                                                              const std::string& /*worker*/) {
  return std::optional<Launch>();
}

}  // namespace alibi::framework
