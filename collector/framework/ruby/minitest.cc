#include "collector/framework/ruby/minitest.h"

#include <algorithm>
#include <utility>

#include "collector/framework/persistent.h"
#include "collector/framework/walk.h"
#include "collector/model/plan_errors.h"

namespace alibi::framework {
namespace {

using Words = std::vector<std::string>;

std::string joined_words(const Words& words, const std::string& separator) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : separator) + word;
  return text;
}

Variables rake_variables(const Words& files) {
  // The second is what Rake's own test task reads: a pattern, whose braces name each file.
  std::string pattern = joined_words(files, ",");
  if (files.size() > 1) pattern.insert(0, 1, '{').push_back('}');
  return {{"TEST_FILES", joined_words(files, " ")}, {"TEST", pattern}};
}

// Projects of Rake's and Minitest's own tasks call their files test_x.rb or spec_x.rb.
std::string usual_pattern(const Project& project, const Disk& disk) {
  const std::string pattern = "test/**/*_test.rb", other = "test/**/{test,spec}_*.rb";
  if (project.settings.compat) return pattern;
  const auto finds = [&](const std::string& text) {
    const Result<Walk> walk = walk_for(project.directory, text, {});
    return walk.ok() && !files_of(*walk, disk).empty();
  };
  return finds(pattern) || !finds(other) ? pattern : other;
}

// "bundle exec ruby -Itest": Ruby itself, which takes the first file as its program and the others as words
// for it.
bool is_bare_ruby(const Words& own) {
  const auto is_ruby = [](const std::string& word) { return word.substr(word.rfind('/') + 1) == "ruby"; };
  auto word = std::ranges::find_if(own, is_ruby);
  if (word == own.end()) return false;
  while (++word != own.end()) {
    if (!word->starts_with('-') || word->starts_with("-e") || *word == "-S" || *word == "--") return false;
    if ((*word == "-I" || *word == "-r" || *word == "-C" || *word == "-E") && ++word == own.end()) break;
  }
  return true;
}

}  // namespace

Minitest::Minitest(const Project& project, RunProgram run_program, const Disk& disk)
    : RubyFramework(project, std::move(run_program), disk, usual_pattern(project, disk), "minitest",
                    "minitest") {}

Result<Discovery> Minitest::list_files() {
  Result<Discovery> found = RubyFramework::list_files();
  if (found.ok() && project_.settings.tests_location.empty() && !project_.settings.compat)
    std::erase_if(found->files, [](const std::string& file) { return file.ends_with("_helper.rb"); });
  return found;
}

bool Minitest::is_rails() const {
  if (has("bin/rails")) return true;
  const std::string lock = disk_.text(joined(project_.directory, "Gemfile.lock")).value_or("");
  return has("config/application.rb") && lock.find(" rails (") != std::string::npos;
}

Minitest::Command Minitest::command() const {
  if (const Words own = own_command(); !own.empty()) {
    if (is_bare_ruby(own)) return {own, Way::kDriver};
    const bool is_rake = std::ranges::any_of(own, [](const std::string& word) {
      return word == "rake" || word.ends_with("/rake") || word == "m";
    });
    return {own, is_rake ? Way::kRakeVariables : Way::kArguments};
  }
  if (is_rails()) {
    if (disk_.is_executable(joined(project_.directory, "bin/rails")))
      return {{"bin/rails", "test"}, Way::kArguments};
    return {{"bundle", "exec", "rails", "test"}, Way::kArguments};
  }
  if (project_.settings.compat) return {{"bundle", "exec", "rake", "test"}, Way::kRakeVariables};
  return {with_bundle({"ruby", "-Ilib", "-Itest"}), Way::kDriver};
}

Abilities Minitest::abilities() const {
  const bool listable = command().way != Way::kRakeVariables;
  return {.full_discovery = true,
          .divides_files = listable,
          .persistent = has_persistent_minitest() && own_command().empty(),
          .junit = true};
}

Result<Launch> Minitest::base_launch(const Command& command) const {
  Launch launch;
  launch.command = command.words;
  launch.environment = alibi_variables();
  if (command.way == Way::kDriver) {
    const Result<std::string> driver = written_driver("alibi_minitest_run.rb", "alibi_minitest_run.rb");
    if (!driver) return driver.error();
    launch.command.push_back(*driver);
  }
  return launch;
}

Result<Discovery> Minitest::list_tests() {
  const Result<Discovery> found = list_files();
  if (!found) return found.error();
  if (found->files.empty())
    return Error{collector::kPlanFullDiscovery, 0, "no file is meant by the pattern \"" + pattern() + "\""};
  const Command how = command();
  Result<Launch> launch = base_launch(how);
  if (!launch) return launch.error();
  // Loaded like a test file, before all others: so Ruby's path stays what Alibi's evidence knows.
  const Result<std::string> listing =
      written_driver("alibi_minitest_discovery.rb", "alibi_minitest_discovery.rb");
  if (!listing) return listing.error();
  Words files = found->files;
  files.insert(files.begin(), *listing);
  if (!fits_command_line(files))
    return Error{collector::kPlanFullDiscovery, 0, "there are too many test files for one command line"};
  Variables variables;
  if (how.way == Way::kRakeVariables)
    variables = rake_variables(files);
  else
    launch->command.insert(launch->command.end(), files.begin(), files.end());
  return listed(launch->command, std::move(variables), project_.scratch + "/minitest-tests.json");
}

Result<std::vector<Launch>> Minitest::launches(const std::vector<plan::Unit>& units, const std::string& junit,
                                               const std::string& worker) {
  const Command how = command();
  Result<Launch> base = base_launch(how);
  if (!base) return std::move(base).error();
  Words reporter;
  if (!junit.empty()) {
    const Result<std::string> driver = written_driver("alibi_minitest_junit.rb", "alibi_minitest_junit.rb");
    if (!driver) return driver.error();
    reporter.push_back(*driver);
  }
  Words arguments;
  for (const plan::Unit& unit : units) {
    for (std::string& argument : unit.arguments())
      arguments.push_back(argument.starts_with('-') ? "./" + argument : std::move(argument));
  }
  std::vector<Launch> made;
  for (Words& batch : batches_of(arguments)) {
    Launch launch = *base;
    launch.junit = numbered_report(junit, made.size() + 1);
    if (!junit.empty()) launch.environment.push_back({"ALIBI_JUNIT", launch.junit});
    if (how.way == Way::kDriver) {
      launch.mark = project_.scratch + "/minitest-" + worker + "-" + std::to_string(made.size()) + ".mark";
      launch.environment.push_back({"ALIBI_RUN_MARK", launch.mark});
    }
    batch.insert(batch.begin(), reporter.begin(), reporter.end());
    if (how.way == Way::kRakeVariables) {
      for (auto& variable : rake_variables(batch)) launch.environment.push_back(std::move(variable));
    } else {
      launch.command.insert(launch.command.end(), batch.begin(), batch.end());
    }
    made.push_back(std::move(launch));
  }
  return made;
}

Result<std::optional<Launch>> Minitest::persistent_launch(const std::vector<plan::Unit>& units,
                                                          const std::string& junit,
                                                          const std::string& worker) {
  if (!own_command().empty()) return std::optional<Launch>();
  Launch base;
  base.command = command().words;
  base.environment = alibi_variables();
  return persistent_minitest(project_, std::move(base), units, junit, worker);
}

}  // namespace alibi::framework
