#include "collector/framework/ruby/ruby_framework.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "collector/framework/discovery_lines.h"
#include "collector/framework/drivers/drivers.h"
#include "collector/framework/shell_words.h"
#include "collector/framework/walk.h"
#include "collector/model/plan_errors.h"

namespace alibi::framework {
namespace {

constexpr size_t kLongestDiscovery = size_t{1} << 30;

constexpr const char* kQuestion = R"(
require "etc"
require "json"
require "rbconfig"
found = begin
  require ARGV[0]
  true
rescue LoadError
  false
end
puts JSON.generate("found" => found, "os.platform" => RbConfig::CONFIG["host_os"],
                   "os.architecture" => RbConfig::CONFIG["host_cpu"], "os.version" => Etc.uname[:release].to_s,
                   "runtime.name" => RUBY_ENGINE, "runtime.version" => RUBY_ENGINE_VERSION,
                   "path" => $LOAD_PATH.map(&:to_s))
)";

}  // namespace

RubyFramework::RubyFramework(const Project& project, RunProgram run_program, const Disk& disk,
                             std::string default_pattern, std::string gem, std::string library)
    : project_(project),
      run_program_(std::move(run_program)),
      disk_(disk),
      default_pattern_(std::move(default_pattern)),
      gem_(std::move(gem)),
      library_(std::move(library)) {}

std::string RubyFramework::pattern() const {
  const std::string& given = project_.settings.tests_location;
  return given.empty() ? default_pattern_ : given;
}

bool RubyFramework::has(const std::string& file) const {
  return disk_.is_file(joined(project_.directory, file));
}

RubyFramework::Words RubyFramework::with_bundle(Words command) const {
  if (has_bundle()) command.insert(command.begin(), {"bundle", "exec"});
  return command;
}

RubyFramework::Words RubyFramework::own_command() const {
  return split_command(project_.settings.command).words;
}

bool RubyFramework::uses_alibi() const {
  constexpr std::array kFiles = {".rspec",
                                 "Gemfile",
                                 "Gemfile.lock",
                                 "spec/spec_helper.rb",
                                 "spec/rails_helper.rb",
                                 "test/test_helper.rb",
                                 "test/helper.rb",
                                 "features/support/env.rb"};
  return std::ranges::any_of(kFiles, [&](const char* const file) {
    const std::optional<std::string> text = disk_.text(joined(project_.directory, file));
    return text && text->find("testalibi") != std::string::npos;
  });
}

Variables RubyFramework::alibi_variables() const {
  if (!project_.settings.selects) return {{"ALIBI_NOSELECT", "1"}};
  if (!uses_alibi() || project_.environment.contains("ALIBI")) return {};
  return {{"ALIBI", "1"}};
}

Result<std::map<std::string, std::string>> RubyFramework::ask() {
  if (!is_program(project_, "ruby", disk_))
    return Error{collector::kPlanPlatform, 0,
                 "there is no ruby on PATH: install Ruby, or activate the one to use"};
  // A command of the user's need not go through Bundler, which may lack gems of other groups here.
  const Words own = own_command();
  const bool bundled = own.empty() || std::ranges::any_of(own, [](const std::string& word) {
                         return word == "bundle" || word.ends_with("/bundle");
                       });
  const Words question = {"ruby", "-e", kQuestion, library_};
  const Words command = bundled ? with_bundle(question) : question;
  const Result<process::ChildOutput> output =
      run_program_(command, options_for(project_, {}, collector::kPlanPlatform));
  if (!output) return output.error();
  const size_t begin = output->text.rfind("{\"found\"");
  const nlohmann::json said = begin == std::string::npos
                                  ? nlohmann::json()
                                  : nlohmann::json::parse(output->text.substr(begin), nullptr, false);
  if (output->status != 0 || !said.is_object())
    return Error{collector::kPlanPlatform, 0,
                 command.front() + " does not work here: " + end_of_output(*output) +
                     (bundled && has_bundle()
                          ? "; run bundle install, or say with --command how the tests run without it"
                          : "")};
  if (said["found"] != true && own.empty())
    return Error{collector::kPlanFramework, 0,
                 std::string(name()) + " is not installed: " +
                     (has_bundle() ? "bundle add " + gem_ + ", or bundle install" : "gem install " + gem_)};
  std::map<std::string, std::string> tags;
  for (const auto& [name, value] : said.items()) {
    if (value.is_string()) tags[name] = value.get<std::string>();
  }
  for (const nlohmann::json& folder : said.value("path", nlohmann::json::array())) {
    if (folder.is_string()) search_path_.push_back(folder.get<std::string>());
  }
  return tags;
}

Result<void> RubyFramework::check() {
  if (!tags_) tags_.emplace(ask());
  if (tags_->ok()) return {};
  return tags_->error();
}

Result<std::map<std::string, std::string>> RubyFramework::runtime_tags() {
  if (const Result<void> checked = check(); !checked.ok())
    return Error{collector::kPlanPlatformTags, 0, checked.error().message};
  return *tags_;
}

bool RubyFramework::takes_its_own() const {
  return project_.settings.tests_location.empty() && !project_.settings.compat;
}

Result<Discovery> RubyFramework::list_files() {
  Result<Walk> walk = walk_for(project_.directory, pattern(), project_.settings);
  if (!walk) return walk.error();
  if (takes_its_own()) walk->manner = manner_;
  Discovery discovery;
  discovery.files = files_of(*walk, disk_);
  return discovery;
}

RubyFramework::Words RubyFramework::in_place_of(const std::string& program, const std::string& driver) const {
  Words own = own_command();
  if (own.empty()) return with_bundle({"ruby", driver});
  const auto word = std::ranges::find_if(
      own, [&](const std::string& text) { return text.substr(text.rfind('/') + 1) == program; });
  if (word == own.end()) return {};
  *word = driver;
  own.insert(std::ranges::find(own, driver), "ruby");
  return own;
}

Result<Discovery> RubyFramework::asked_files(const Words& command) {
  const Result<Answer> wrote = answer(command, {});
  if (!wrote) return wrote.error();
  const nlohmann::json said = nlohmann::json::parse(wrote->text, nullptr, false);
  const auto is_name = [](const nlohmann::json& file) { return file.is_string() && file != ""; };
  if (!said.is_array() || !std::ranges::all_of(said, is_name))
    return Error{collector::kPlanFastDiscovery, 0, std::string(name()) + " said no list of files"};
  std::set<std::string> files;
  for (const nlohmann::json& file : said) files.insert(normal_path(file.get<std::string>()));
  Result<Words> kept = without_excluded({files.begin(), files.end()}, project_.settings);
  if (!kept) return kept.error();
  Discovery discovery;
  discovery.files = std::move(*kept);
  return discovery;
}

bool RubyFramework::is_unskippable(const std::string& file) const {
  const std::optional<std::string> text = disk_.text(joined(project_.directory, file));
  return !text || text->find("datadog_itr_unskippable") != std::string::npos ||
         text->find("alibi_always") != std::string::npos || text->find("alibi: :always") != std::string::npos;
}

// "Calc at ./spec/calc_spec.rb (ci-queue running example [adds])" -> "spec/calc_spec.rb"
std::string RubyFramework::file_of_suite(const std::string& /*module*/, const std::string& suite) const {
  const std::string whole = suite.substr(0, suite.find(" (ci-queue running example "));
  const size_t at = whole.rfind(" at ");
  return at == std::string::npos ? "" : normal_path(whole.substr(at + 4));
}

Ending RubyFramework::ending(int status) const {
  if (status == 0) return Ending::kPassed;
  if (status == 130 || status == 143) return Ending::kInterrupted;
  return status == 126 || status == 127 || status > 128 ? Ending::kBroken : Ending::kFailed;
}

Result<std::string> RubyFramework::written_driver(const std::string& driver, const std::string& folder) {
  const std::string path = joined(joined(project_.scratch, folder), driver);
  if (written_.contains(path)) return path;
  const Result<Words> written = write_driver(disk_, driver, path);
  if (!written) return written.error();
  written_.insert(path);
  return path;
}

std::string RubyFramework::before_variable(const std::string& value, const std::string& name,
                                           char separator) const {
  const std::string old = variable_of(project_, name);
  return old.empty() ? value : value + separator + old;
}

Result<RubyFramework::Answer> RubyFramework::answer(const Words& command, Variables variables) {
  const std::string output = project_.scratch + "/" + std::string(name()) + "-listed.json";
  disk_.remove(output);
  const std::string ground = ground_file(project_);
  disk_.remove(ground);
  Variables usual = listing_variables(project_.scratch + "/vendor-tests.json");
  usual.push_back({"PARALLEL_WORKERS", "1"});  // Rails would fork, and make databases, before anything runs
  variables.insert(variables.end(), usual.begin(), usual.end());
  std::string restored;
  for (const auto& [name, value] : variables) {
    restored.append(name);
    if (project_.environment.contains(name)) restored.append(1, '=').append(variable_of(project_, name));
    restored.push_back('\n');
  }
  const Variables alibi = alibi_variables();
  variables.insert(variables.end(), alibi.begin(), alibi.end());
  variables.push_back({"ALIBI_NOCOLLECT", "1"});
  if (project_.of_other_machines) variables.push_back({kGroundVariable, ground});
  variables.push_back({"ALIBI_DISCOVERY", output});
  variables.push_back({"ALIBI_DISCOVERY_RESTORE", restored});
  const Result<process::ChildOutput> ended =
      run_program_(command, options_for(project_, variables, collector::kPlanFullDiscovery));
  std::optional<std::string> text = disk_.text(output, kLongestDiscovery);
  const std::optional<std::string> rests_on = disk_.text(ground, kLongestDiscovery);
  disk_.remove(output);
  disk_.remove(ground);
  if (!ended) return ended.error();
  if (ended->status != 0 || !text)
    return Error{collector::kPlanFullDiscovery, 0,
                 std::string(name()) + " cannot list the tests (status " + std::to_string(ended->status) +
                     "):\n" + end_of_output(*ended)};
  return Answer{std::move(*text), rests_on.value_or("")};
}

Result<Discovery> RubyFramework::listed(const Words& command, Variables variables, const Discovery& files) {
  const Result<Answer> said = answer(command, std::move(variables));
  if (!said) return said.error();
  Result<Discovery> discovery = parse_discovery_lines(said->text);
  if (!discovery.ok()) return discovery;
  discovery->ground = said->ground;
  const std::set<std::string> known(files.files.begin(), files.files.end());
  const auto is_out = [&](const std::string& file) { return !known.contains(file); };
  std::erase_if(discovery->tests, [&](const DiscoveredTest& test) { return is_out(test.file); });
  std::erase_if(discovery->cleared, [&](const auto& cleared) { return is_out(cleared.first); });
  std::erase_if(discovery->files, is_out);
  discovery->notices.insert(discovery->notices.begin(), files.notices.begin(), files.notices.end());
  return discovery;
}

std::string numbered_report(const std::string& path, size_t number) {
  if (number == 1 || path.empty()) return path;
  const size_t dot = path.rfind('.');
  const size_t end = dot == std::string::npos || dot < path.rfind('/') + 1 ? path.size() : dot;
  return path.substr(0, end) + "." + std::to_string(number) + path.substr(end);
}

}  // namespace alibi::framework
