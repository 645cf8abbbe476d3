#include "collector/framework/python/pytest_framework.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "collector/framework/persistent.h"
#include "collector/framework/programs.h"
#include "collector/framework/python/pytest_files.h"
#include "collector/framework/shell_words.h"
#include "collector/framework/walk.h"
#include "collector/model/plan_errors.h"

namespace alibi::framework {
namespace {

using Words = std::vector<std::string>;

constexpr int kNewest = 1 << 20;
constexpr std::string_view kDeselect = "--deselect=";

// Not to be taken for an option or a response file.
std::string as_argument(const std::string& selector) {
  const bool is_special = !selector.empty() && (selector[0] == '-' || selector[0] == '@');
  return is_special ? "./" + selector : selector;
}

// What has to be on one command line. After a file may stand what is left out of it: that is an option, its
// node ids count from the root.
std::vector<Words> arguments_of(const plan::Unit& unit, const std::string& directory,
                                const std::string& root) {
  std::vector<Words> arguments;
  for (const std::string& argument : unit.arguments()) {
    if (arguments.empty() || !argument.starts_with(kDeselect)) {
      arguments.push_back({as_argument(argument)});
      continue;
    }
    std::string id = argument.substr(kDeselect.size());
    if (id.starts_with(unit.file + "::"))
      id = relative_to(root, normal_path(joined(directory, unit.file))) + id.substr(unit.file.size());
    arguments.back().push_back(std::string(kDeselect) + id);
  }
  return arguments;
}

// For one command line each. Where a part of a file is the file without what other parts take, that option
// holds for all of its command line: the other parts of the file come into others.
std::vector<std::vector<plan::Unit>> for_command_lines(const std::vector<plan::Unit>& units) {
  std::map<std::string, size_t> rests;  // file -> how many of its units have a place
  for (const plan::Unit& unit : units) {
    if (unit.is_part() && unit.selectors.front() == unit.file) rests[unit.file] = 0;
  }
  std::vector<std::vector<plan::Unit>> lines(1);
  for (const plan::Unit& unit : units) {
    const auto rest = rests.find(unit.file);
    const size_t at = rest == rests.end() ? 0 : rest->second++;
    if (at == lines.size()) lines.emplace_back();
    lines[at].push_back(unit);
  }
  return lines;
}

Words one_after_the_other(const std::vector<Words>& groups) {
  Words words;
  for (const Words& group : groups) words.insert(words.end(), group.begin(), group.end());
  return words;
}

// "report.xml" -> "report.2.xml"
std::string numbered(const std::string& path, size_t number) {
  if (number == 1 || path.empty()) return path;
  const size_t dot = path.rfind('.');
  const size_t end = dot == std::string::npos || dot < path.rfind('/') + 1 ? path.size() : dot;
  return path.substr(0, end) + "." + std::to_string(number) + path.substr(end);
}

void add_report(const std::string& junit, Words* command) {
  if (!junit.empty()) command->push_back("--junit-xml=" + junit);
}

}  // namespace

Pytest::Pytest(const Project& project, RunProgram run_program, const Disk& disk)
    : project_(project), run_program_(std::move(run_program)), disk_(disk) {}

Abilities Pytest::abilities() const {
  return {
      .full_discovery = true, .divides_files = true, .persistent = has_persistent_pytest(), .junit = true};
}

const Result<PythonFacts>& Pytest::facts() const {
  if (!facts_) facts_.emplace(python_facts(project_, run_program_, disk_));
  return *facts_;
}

Result<void> Pytest::check() {
  if (facts().ok()) return {};
  return facts().error();
}

Result<std::map<std::string, std::string>> Pytest::runtime_tags() {
  if (!facts().ok()) return Error{collector::kPlanPlatformTags, 0, facts().error().message};
  return facts()->tags;
}

Words Pytest::search_path() {
  return facts().ok() ? facts()->search_path : Words();
}

Words Pytest::plugins() {
  return facts().ok() ? facts()->plugin_packages : Words();
}

PytestOptions Pytest::options_around() const {
  PytestOptions options;
  const auto exists = [&](const std::string& place) {
    const std::string path = joined(project_.directory, place);
    return disk_.is_file(path) || disk_.is_folder(path);
  };
  if (!project_.settings.compat) {
    const Words command = split_command(project_.settings.command).words;
    const auto pytest = std::ranges::find_if(
        command, [](const auto& word) { return word.ends_with("pytest") || word.ends_with("py.test"); });
    if (pytest != command.end()) read_pytest_options(Words(pytest + 1, command.end()), exists, &options);
  }
  read_pytest_options(split_quoted(variable_of(project_, "PYTEST_ADDOPTS")).words, exists, &options);
  return options;
}

PytestOptions Pytest::options_of(const PytestConfiguration& configuration) const {
  PytestOptions options = options_around();
  const auto exists = [&](const std::string& place) {
    const std::string path = joined(project_.directory, place);
    return disk_.is_file(path) || disk_.is_folder(path);
  };
  read_pytest_options(configuration.of("addopts", {}), exists, &options);
  return options;
}

// As a run with these arguments would find it.
Result<PytestConfiguration> Pytest::configuration(const Words& files) const {
  const PytestOptions options = options_around();
  Words places;
  for (const std::string& place : files.empty() ? options.places : files)
    places.push_back(normal_path(joined(project_.directory, place)));
  const PytestMajor major = [this] {
    if (!facts().ok() || facts()->pytest_version.empty()) return kNewest;
    return facts()->pytest_is_at_least(9, 0) ? 9 : 7;
  };
  Result<PytestConfiguration> found =
      pytest_configuration(normal_path(project_.directory), places, options, major, disk_);
  if (!found) return found;
  // -o within addopts counts since pytest 9.
  for (const auto& [name, value] : options_of(*found).overrides) {
    if (!options.overrides.contains(name) && major() >= 9) found->words[name] = split_quoted(value).words;
  }
  return found;
}

const Result<PytestConfiguration>& Pytest::whole_configuration() const {
  if (!whole_) whole_.emplace(configuration({}));
  return *whole_;
}

std::string Pytest::pattern() const {
  if (!project_.settings.tests_location.empty()) return project_.settings.tests_location;
  if (project_.settings.compat)
    return pytest_pattern(peer_configuration(project_.directory, disk_), project_.directory, disk_);
  const Result<PytestConfiguration>& found = whole_configuration();
  return pytest_pattern(found.ok() ? *found : PytestConfiguration(), project_.directory, disk_);
}

Result<Words> Pytest::files() const {
  const bool by_pattern = names_files();
  Result<Walk> walk = walk_for(project_.directory, by_pattern ? pattern() : "**", project_.settings);
  if (!walk) return std::move(walk).error();
  if (by_pattern) return files_of(*walk, disk_);
  const Result<PytestConfiguration>& found = whole_configuration();
  if (!found) return found.error();
  Words all = pytest_files(project_.directory, *found, options_of(*found), disk_);
  return walk->exclude ? files_among(*walk, std::move(all)) : std::move(all);
}

Result<Discovery> Pytest::list_files() {
  Discovery discovery;
  if (!reason_to_collect().empty()) {
    const Result<Collected>& asked = collected();
    const bool has_none = asked.ok() && asked->is_whole() && asked->discovery.files.empty();
    if (asked.ok() && (asked->discovery.files_complete || has_none)) {
      discovery.files = asked->discovery.files;
      discovery.files_complete = true;
      return discovery;
    }
    discovery.notices.push_back("test files were looked for without pytest, although " + reason_to_collect() +
                                ": " + (asked.ok() ? asked->said : asked.error().message));
  }
  Result<Words> found = files();
  if (!found) return std::move(found).error();
  discovery.files = std::move(*found);
  return discovery;
}

bool Pytest::is_unskippable(const std::string& file) const {
  const std::optional<std::string> text = disk_.text(joined(project_.directory, file));
  return !text || text->find("datadog_itr_unskippable") != std::string::npos ||
         text->find("alibi_always") != std::string::npos;
}

std::string Pytest::file_of_suite(const std::string& module, const std::string& suite) const {
  if (!suite.ends_with(".py") && !suite.ends_with(".txt")) return {};
  std::string path = module;
  std::ranges::replace(path, '.', '/');
  path = joined(path, suite);
  const Result<PytestConfiguration>& found = whole_configuration();
  const std::string root = found.ok() ? found->root : project_.directory;
  if (!disk_.is_file(joined(root, path))) return {};
  return relative_to(normal_path(project_.directory), normal_path(joined(root, path)));
}

// pytest looks for its configuration from what the named files have in common: a worker must find what a run
// of all tests finds, or the same tests would run under other options.
Result<Words> Pytest::root_arguments(const Words& files) const {
  const Result<PytestConfiguration>& whole = whole_configuration();
  if (!whole) return whole.error();
  const Result<PytestConfiguration> part = configuration(files);
  if (part.ok() && part->file == whole->file && part->root == whole->root) return Words();
  if (part.ok() && part->file == whole->file) return Words{"--rootdir=" + whole->root};
  return Words{"-c", whole->file.empty() ? "/dev/null" : whole->file, "--rootdir=" + whole->root};
}

// Variables and no options: where the plugin is not loaded they do no harm.
Variables Pytest::alibi_variables() const {
  if (!project_.settings.selects) return {{"ALIBI_NOSELECT", "1"}};
  if (!facts().ok() || !facts()->has_alibi || project_.environment.contains("ALIBI")) return {};
  return {{"ALIBI", "1"}};
}

Result<Launch> Pytest::base_launch(const std::vector<plan::Unit>& units, const std::string& junit) const {
  if (!facts().ok()) return facts().error();
  Words files;
  for (const plan::Unit& unit : units) files.push_back(unit.file);
  const Result<Words> root = root_arguments(files);
  if (!root) return root.error();
  Launch launch;
  launch.command = facts()->pytest;
  launch.command.insert(launch.command.end(), root->begin(), root->end());
  add_report(junit, &launch.command);
  launch.environment = alibi_variables();
  // Else a worker that starts after others have recorded takes its files, which nobody knows yet, for
  // unchanged.
  if (project_.settings.selects && facts()->has_alibi)
    launch.environment.push_back({"ALIBI_UNFORESEEN", "1"});
  return launch;
}

Result<std::vector<Launch>> Pytest::launches(const std::vector<plan::Unit>& units, const std::string& junit,
                                             const std::string& worker) {
  std::vector<plan::Unit> ordinary, special;
  for (const plan::Unit& unit : units) (is_special(unit) ? special : ordinary).push_back(unit);
  std::vector<std::vector<plan::Unit>> lines;
  if (!ordinary.empty() || special.empty()) lines = for_command_lines(ordinary);
  if (!special.empty()) std::ranges::move(for_command_lines(special), std::back_inserter(lines));
  std::vector<Launch> made;
  for (const std::vector<plan::Unit>& line : lines) {
    if (Result<void> added = add_launches(line, junit, worker, &made); !added)
      return std::move(added).error();
  }
  return made;
}

// What pytest does not take for the file that it is (alibi_pytest_chosen.py).
bool Pytest::is_special(const plan::Unit& unit) const {
  if (unit.file.find('[') != std::string::npos) return true;
  const bool is_package = unit.file == "__init__.py" || unit.file.ends_with("/__init__.py");
  return is_package && facts().ok() && !facts()->pytest_is_at_least(8, 0);
}

// pytest adds the arguments to the places that addopts and its like name.
Result<void> Pytest::keep_to(const std::vector<plan::Unit>& units, const Words& arguments,
                             const std::string& worker, size_t number, Launch* launch) const {
  const Result<PytestConfiguration>& whole = whole_configuration();
  const bool would_do = !whole.ok() || options_of(*whole).places.empty();
  if (would_do && std::ranges::none_of(units, [this](const auto& unit) { return is_special(unit); }))
    return {};
  Words places;
  std::ranges::copy_if(arguments, std::back_inserter(places),
                       [](const std::string& word) { return !word.starts_with(kDeselect); });
  return keep_pytest_to(project_, places, worker, number, launch);
}

Result<void> Pytest::add_launches(const std::vector<plan::Unit>& units, const std::string& junit,
                                  const std::string& worker, std::vector<Launch>* made) const {
  Result<Launch> base = base_launch(units, "");
  if (!base) return std::move(base).error();
  const Result<PytestConfiguration>& whole = whole_configuration();
  if (!whole) return whole.error();
  std::vector<Words> groups;
  for (const plan::Unit& unit : units) {
    for (Words& group : arguments_of(unit, project_.directory, whole->root))
      groups.push_back(std::move(group));
  }
  const Words arguments = one_after_the_other(groups);
  if (!fits_command_line(arguments) && facts()->pytest_is_at_least(8, 2)) {
    std::string text;
    for (const std::string& argument : arguments) text += argument + "\n";
    const std::string list =
        numbered(project_.scratch + "/pytest-arguments-" + worker + ".txt", made->size() + 1);
    if (const Result<void> written = disk_.write(list, text); !written.ok()) return written.error();
    base->junit = numbered(junit, made->size() + 1);
    add_report(base->junit, &base->command);
    if (Result<void> kept = keep_to(units, arguments, worker, made->size() + 1, &*base); !kept) return kept;
    base->command.push_back("@" + list);
    base->files.push_back(list);
    made->push_back(std::move(*base));
    return {};
  }
  for (const Words& batch : batches_of(groups)) {
    Launch launch = *base;
    launch.junit = numbered(junit, made->size() + 1);
    add_report(launch.junit, &launch.command);
    if (Result<void> kept = keep_to(units, batch, worker, made->size() + 1, &launch); !kept) return kept;
    launch.command.insert(launch.command.end(), batch.begin(), batch.end());
    made->push_back(std::move(launch));
  }
  return {};
}

Result<std::optional<Launch>> Pytest::persistent_launch(const std::vector<plan::Unit>& units,
                                                        const std::string& junit, const std::string& worker) {
  Result<Launch> base = base_launch(units, "");
  if (!base) return std::move(base).error();
  return persistent_pytest(project_, std::move(*base), units, junit, worker);
}

Ending Pytest::ending(int status) const {
  switch (status) {
    case 0:
      return Ending::kPassed;
    case 1:
      return Ending::kFailed;
    case 2:
      return Ending::kInterrupted;  // also by files that cannot be imported
    case 5:
      return Ending::kNoTests;
    default:
      return Ending::kBroken;
  }
}

}  // namespace alibi::framework
