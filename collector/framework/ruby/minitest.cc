#include "collector/framework/ruby/minitest.h"

#include <algorithm>
#include <utility>

#include "collector/framework/persistent.h"
#include "collector/framework/ruby/minitest_files.h"
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

bool is_helper(const std::string& file) {
  return file.ends_with("_helper.rb") || file.ends_with("_helpers.rb");
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
    : RubyFramework(project, std::move(run_program), disk, usual_minitest_pattern(project, disk), "minitest",
                    "minitest") {}

Result<Discovery> Minitest::list_files() {
  Result<Discovery> found = RubyFramework::list_files();
  if (!found.ok() || !takes_its_own()) return found;
  std::erase_if(found->files, is_helper);
  if (is_rails(project_, disk_)) leave_out_as_rails(&*found);
  return found;
}

void Minitest::leave_out_as_rails(Discovery* discovery) {
  const std::string lock = disk_.text(joined(project_.directory, "Gemfile.lock")).value_or("");
  const std::string pattern = rails_exclude_pattern(project_, rails_version(lock));
  plan::Settings settings;
  settings.tests_exclude = pattern;
  const Result<Words> kept = without_excluded(discovery->files, settings);
  if (!kept || kept->size() == discovery->files.size()) return;
  const size_t count = discovery->files.size() - kept->size();
  discovery->files = *kept;
  discovery->notices.push_back(std::to_string(count) + (count == 1 ? " file" : " files") + " of " + pattern +
                               " left out, as by rails test without files; DEFAULT_TEST_EXCLUDE or "
                               "--tests-location say otherwise");
}

Minitest::Command Minitest::command() const {
  if (const Words own = own_command(); !own.empty()) {
    if (is_bare_ruby(own)) return {own, Way::kDriver};
    const bool is_rake = std::ranges::any_of(own, [](const std::string& word) {
      return word == "rake" || word.ends_with("/rake") || word == "m";
    });
    return {own, is_rake ? Way::kRakeVariables : Way::kArguments};
  }
  if (is_rails(project_, disk_)) {
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

std::string Minitest::argument_for(const Command& how, std::string file) const {
  if (how.way == Way::kArguments && is_rails(project_, disk_))
    return path_for_rails(project_.directory, file);
  return file.starts_with('-') ? "./" + file : file;
}

Result<Launch> Minitest::base_launch(const Command& command) {
  Launch launch;
  launch.command = command.words;
  launch.environment = alibi_variables();
  if (command.way == Way::kDriver) {
    const Result<std::string> driver = written_driver("alibi_minitest_run.rb");
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
  const Result<std::string> listing = written_driver("alibi_minitest_discovery.rb");
  if (!listing) return listing.error();
  Words files = found->files;
  files.insert(files.begin(), *listing);
  for (std::string& file : files) file = argument_for(how, std::move(file));
  if (!fits_command_line(files))
    return Error{collector::kPlanFullDiscovery, 0, "there are too many test files for one command line"};
  Variables variables;
  if (how.way == Way::kRakeVariables)
    variables = rake_variables(files);
  else
    launch->command.insert(launch->command.end(), files.begin(), files.end());
  return listed(launch->command, std::move(variables), *found);
}

Result<std::vector<Launch>> Minitest::launches(const std::vector<plan::Unit>& units, const std::string& junit,
                                               const std::string& worker) {
  const Command how = command();
  Result<Launch> base = base_launch(how);
  if (!base) return std::move(base).error();
  Words reporter;
  if (!junit.empty()) {
    const Result<std::string> driver = written_driver("alibi_minitest_junit.rb");
    if (!driver) return driver.error();
    reporter.push_back(argument_for(how, *driver));
  }
  Words arguments;
  for (const plan::Unit& unit : units) {
    for (std::string& argument : unit.arguments())
      arguments.push_back(argument_for(how, std::move(argument)));
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
  const Command how = command();
  return persistent_minitest(project_, std::move(base), units, junit, worker,
                             [&](const std::string& driver) { return argument_for(how, driver); });
}

}  // namespace alibi::framework
