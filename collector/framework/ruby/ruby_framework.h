// What RSpec, Minitest and Cucumber have in common: files by a pattern, the interpreter's tags, how suites
// are called. The classes for the three are in the other headers here. One thread.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_RUBY_RUBY_FRAMEWORK_H_
#define ALIBI_COLLECTOR_FRAMEWORK_RUBY_RUBY_FRAMEWORK_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "collector/framework/disk.h"
#include "collector/framework/framework.h"
#include "collector/framework/programs.h"
#include "collector/framework/walk.h"

namespace alibi::framework {

class RubyFramework : public Framework {
 public:
  std::string_view platform() const override { return "ruby"; }
  std::string pattern() const override;
  Result<void> check() override;
  Result<std::map<std::string, std::string>> runtime_tags() override;
  std::vector<std::string> search_path() override { return search_path_; }
  Result<Discovery> list_files() override;
  bool decides_by_evidence() override { return project_.settings.selects && uses_alibi(); }
  bool is_unskippable(const std::string& file) const override;
  std::string file_of_suite(const std::string& module, const std::string& suite) const override;
  Ending ending(int status) const override;

 protected:
  // gem: what has to be there; library: a file of it that can be required.
  RubyFramework(const Project& project, RunProgram run_program, const Disk& disk, std::string default_pattern,
                std::string gem, std::string library);

  using Words = std::vector<std::string>;
  bool has(const std::string& file) const;
  bool has_bundle() const { return has("Gemfile") || !variable_of(project_, "BUNDLE_GEMFILE").empty(); }
  Words with_bundle(Words command) const;  // "bundle exec" before it, where there is a Gemfile
  Words own_command() const;               // settings.command; empty: not given
  bool uses_alibi() const;                 // the project's own files load it
  // For those who run tests, and for those who list them.
  Variables alibi_variables() const;
  // A driver below the scratch folder, written once: workers that run already read it. May be in `folder`.
  Result<std::string> written_driver(const std::string& driver, const std::string& folder = "");
  // Neither a pattern of the user's nor the peer's choices: what the framework itself would take.
  bool takes_its_own() const;
  // Starts a command that lists the tests of `files`: others that it names are left out.
  Result<Discovery> listed(const Words& command, Variables variables, const Discovery& files);
  // Starts a driver that lists the files that the framework itself would take.
  Result<Discovery> asked_files(const Words& command);
  // Of the user's command, `driver` run by Ruby in place of the framework's `program`; "" no such program in
  // it.
  Words in_place_of(const std::string& program, const std::string& driver) const;
  // In front of what the variable holds.
  std::string before_variable(const std::string& value, const std::string& name, char separator) const;

  Project project_;
  Manner manner_ = Manner::kRuby;
  RunProgram run_program_;
  const Disk& disk_;

 private:
  // What the command wrote, and what the decisions in it rest on.
  struct Answer {
    std::string text, ground;
  };
  Result<std::map<std::string, std::string>> ask();
  Result<Answer> answer(const Words& command, Variables variables);

  std::vector<std::string> search_path_;
  std::string default_pattern_, gem_, library_;
  std::optional<Result<std::map<std::string, std::string>>> tags_;
  std::set<std::string> written_;  // drivers
};

// "report.xml" -> "report.2.xml"; the first keeps its name.
std::string numbered_report(const std::string& path, size_t number);

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_RUBY_RUBY_FRAMEWORK_H_
