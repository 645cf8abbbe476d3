#include "collector/framework/ruby/rspec.h"

#include <utility>

#include "collector/framework/persistent.h"
#include "collector/framework/ruby/rspec_options.h"
#include "collector/model/plan_errors.h"

namespace alibi::framework {

Rspec::Rspec(const Project& project, RunProgram run_program, const Disk& disk)
    : RubyFramework(project, std::move(run_program), disk, "spec/**/*_spec.rb", "rspec",
                    "rspec/core/version") {
  manner_ = Manner::kRubyAndLinks;
}

Abilities Rspec::abilities() const {
  return {.full_discovery = true, .divides_files = true, .persistent = has_persistent_rspec(), .junit = true};
}

Rspec::Words Rspec::command() const {
  if (const Words own = own_command(); !own.empty()) return own;
  if (disk_.is_executable(joined(project_.directory, "bin/rspec"))) return {"bin/rspec"};
  return with_bundle({"rspec"});
}

Launch Rspec::base_launch() const {
  Launch launch;
  launch.command = command();
  launch.environment = alibi_variables();
  return launch;
}

Result<Discovery> Rspec::asked() {
  const Result<std::string> driver = written_driver("alibi_rspec_files.rb");
  if (!driver) return driver.error();
  Words words = in_place_of("rspec", *driver);
  if (words.empty() || helpers_choose_files(project_, disk_)) {
    words = command();
    words.insert(words.end(), {"--require", *driver});
  }
  return asked_files(words);
}

Result<Discovery> Rspec::list_files() {
  if (!takes_its_own() || !(options_choose_files(project_, disk_) || helpers_choose_files(project_, disk_)))
    return RubyFramework::list_files();
  if (asked_) return *asked_;
  asked_ = asked();
  if (!asked_->ok()) {
    const std::string why = asked_->error().message;
    asked_ = RubyFramework::list_files();
    if (asked_->ok())
      (*asked_)->notices.push_back("RSpec's options about files are not heeded, they are looked for as " +
                                   pattern() + ": " + why);
  }
  return *asked_;
}

Result<Discovery> Rspec::list_tests() {
  const Result<Discovery> found = list_files();
  if (!found) return found.error();
  if (found->files.empty())
    return Error{collector::kPlanFullDiscovery, 0, "no file is meant by the pattern \"" + pattern() + "\""};
  const Result<std::string> driver = written_driver("alibi_rspec_discovery.rb");
  if (!driver) return driver.error();
  Words words = command();
  words.insert(words.end(), {"--require", *driver});
  // Alibi leaves nothing out of a dry run; the driver runs no example either way.
  if (!project_.settings.selects || !uses_alibi()) words.push_back("--dry-run");
  if (fits_command_line(found->files))
    words.insert(words.end(), found->files.begin(), found->files.end());
  else if (!takes_its_own())
    words.insert(words.end(), {"--pattern", pattern()});
  return listed(words, {}, *found);
}

Result<std::vector<Launch>> Rspec::launches(const std::vector<plan::Unit>& units, const std::string& junit,
                                            const std::string& /*worker*/) {
  Words arguments;
  for (const plan::Unit& unit : units) {
    for (std::string& argument : unit.arguments())
      arguments.push_back(argument.starts_with('-') ? "./" + argument : std::move(argument));
  }
  Launch base = base_launch();
  base.command.insert(base.command.end(), {"--format", "progress"});
  if (!junit.empty()) {
    const Result<std::string> driver = written_driver("alibi_rspec_junit.rb");
    if (!driver) return driver.error();
    base.command.insert(base.command.end(), {"--require", *driver, "--format", "AlibiRspecJunit", "--out"});
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

Result<std::optional<Launch>> Rspec::persistent_launch(const std::vector<plan::Unit>& units,
                                                       const std::string& junit, const std::string& worker) {
  return persistent_rspec(project_, base_launch(), units, junit, worker);
}

}  // namespace alibi::framework
