#include "collector/framework/javascript/javascript.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "collector/framework/drivers/drivers.h"
#include "collector/framework/framework_makers.h"
#include "collector/framework/javascript/node_options.h"
#include "collector/framework/shell_words.h"
#include "collector/framework/walk.h"
#include "collector/model/plan_errors.h"

namespace alibi::framework {

std::unique_ptr<Framework> make_javascript(const Project& project, const RunProgram& run_program,
                                           const Disk& disk) {
  const std::string& name = project.settings.framework;
  if (name == "jest") return javascript::make_jest(project, run_program, disk);
  if (name == "vitest") return javascript::make_vitest(project, run_program, disk);
  if (name == "mocha") return javascript::make_mocha(project, run_program, disk);
  if (name == "cypress") return javascript::make_cypress(project, run_program, disk);
  if (name == "playwright") return javascript::make_playwright(project, run_program, disk);
  if (name == "cucumber") return javascript::make_cucumber_js(project, run_program, disk);
  return nullptr;
}

namespace javascript {
namespace {

constexpr std::chrono::milliseconds kPatience = std::chrono::minutes(10);
constexpr uint64_t kLongestOutput = uint64_t{256} << 20;

std::string resolved(const std::string& path) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path, error);
  return error ? path : real.string();
}

// `folder`, then all above it.
Words folders_upwards(const std::string& folder) {
  Words folders;
  for (std::string at = normal_path(folder); !at.empty();) {
    folders.push_back(at);
    const size_t slash = at.rfind('/');
    if (slash == std::string::npos || at == "/") break;
    at.resize(std::max<size_t>(slash, 1));
  }
  return folders;
}

std::string relative_to(const std::string& directory, const std::string& file) {
  return std::filesystem::path(file).lexically_relative(directory).generic_string();
}

// The vendor's own switch.
bool is_off(const std::string& value) {
  std::string lower;
  for (const char c : value) lower.push_back(static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c));
  return lower == "0" || lower == "false";
}

constexpr const char* kTagsProgram =
    "const os = require('os');"
    "require('fs').writeFileSync(process.argv[1], JSON.stringify({'os.platform': process.platform,"
    "'os.architecture': process.arch, 'os.version': os.release(), 'runtime.name': 'node',"
    "'runtime.version': process.version}))";

}  // namespace

Javascript::Javascript(Tool tool, Project project, RunProgram run_program, const Disk& disk)
    : tool_(tool), project_(std::move(project)), run_program_(std::move(run_program)), disk_(disk) {
  real_directory_ = resolved(project_.directory);
  settle_command();
}

void Javascript::settle_command() {
  const std::string executable(tool_.executable);
  if (!project_.settings.command.empty()) {
    ShellWords split = split_command(project_.settings.command);
    command_ = std::move(split.words);
    for (const std::string& warning : split.warnings) notice(warning);
    if (!command_.empty()) return;
  }
  const std::string installed = "node_modules/.bin/" + executable;
  if (disk_.is_executable(joined(project_.directory, installed))) {
    command_ = {installed};
    return;
  }
  // Of a repository with many packages, or of an installation without such a folder.
  for (const std::string& folder : folders_upwards(project_.directory)) {
    if (disk_.is_executable(joined(folder, installed))) {
      command_ = {joined(folder, installed)};
      return;
    }
    if (disk_.is_file(joined(folder, ".pnp.cjs"))) {
      command_ = {"yarn", executable};
      return;
    }
  }
  installed_ = false;
  command_ = {"npx", executable};
}

std::string Javascript::pattern() const {
  return project_.settings.tests_location.empty() ? std::string(tool_.pattern)
                                                  : project_.settings.tests_location;
}

Abilities Javascript::abilities() const {
  Abilities abilities;
  abilities.junit = tool_.junit;
  return abilities;
}

Result<void> Javascript::check() {
  process::ChildOptions options{std::chrono::minutes(1)};
  options.directory = project_.directory;
  options.unset = {"NODE_OPTIONS"};
  options.code = collector::kPlanPlatform;
  const Result<process::ChildOutput> node = run_program_({"node", "--version"}, options);
  if (!node || node->status != 0 || !node->text.starts_with("v")) {
    const std::string why =
        !node ? node.error().message
              : "it ended with status " + std::to_string(node->status) + ": " + node->last_error;
    return Error{collector::kPlanPlatform, 0,
                 "\"node --version\" does not work in " + project_.directory + " (" + why +
                     "): install Node.js, or put its folder into PATH"};
  }
  if (!installed_) {
    return Error{collector::kPlanFramework, 0,
                 "there is no node_modules/.bin/" + std::string(tool_.executable) + " in " +
                     project_.directory + " or above: install the project's packages (npm ci), add " +
                     std::string(tool_.package) + " to them, or say with --command how it is started"};
  }
  const Result<size_t> place = tool_place();
  if (!place && tool_.named) return place.error();
  return {};
}

Result<size_t> Javascript::tool_place() const {
  if (const std::optional<size_t> place = tool_position(command_, tool_.executable)) return *place;
  return Error{collector::kPlanFramework, 0,
               "the command \"" + shown(command_) + "\" does not contain " + std::string(tool_.executable) +
                   ", so that nothing can be said to it: write for instance --command \"npx " +
                   std::string(tool_.executable) + "\""};
}

Result<std::map<std::string, std::string>> Javascript::runtime_tags() {
  const std::string output = scratch_path("runtime_tags.json");
  process::ChildOptions options{std::chrono::minutes(1)};
  options.directory = project_.directory;
  options.unset = {"NODE_OPTIONS"};
  options.code = collector::kPlanPlatformTags;
  const Result<process::ChildOutput> node = run_program_({"node", "-e", kTagsProgram, output}, options);
  if (!node) return node.error();
  const std::optional<std::string> text = disk_.text(output);
  disk_.remove(output);
  const nlohmann::json read = nlohmann::json::parse(text.value_or(""), nullptr, false);
  std::map<std::string, std::string> tags;
  if (read.is_object()) {
    for (const auto& [name, value] : read.items()) {
      if (value.is_string()) tags[name] = value.get<std::string>();
    }
  }
  if (!tags.empty()) return tags;
  return Error{collector::kPlanPlatformTags, 0,
               "node -e does not say its version (status " + std::to_string(node->status) + ": " +
                   node->last_error + "): check that node works in " + project_.directory};
}

Result<Discovery> Javascript::list_files() {
  Result<Words> native = native_files();
  if (!native) return std::move(native).error();
  std::set<std::string> found;
  for (const std::string& file : *native) {
    if (disk_.is_file(absolute(file)))
      found.insert(relative(absolute(file)));
    else
      notice(std::string(tool_.name) + " lists a file that is not there: " + file);
  }
  Discovery discovery;
  discovery.files.assign(found.begin(), found.end());
  const plan::Settings& settings = project_.settings;
  if (!settings.tests_location.empty() || !settings.tests_exclude.empty()) {
    const Result<Walk> walk = walk_for(
        project_.directory, settings.tests_location.empty() ? "**" : settings.tests_location, settings);
    if (!walk) return walk.error();
    discovery.files = files_among(*walk, std::move(discovery.files));
  }
  discovery.notices = notices_;
  return discovery;
}

Result<Discovery> Javascript::list_tests() {
  return Error{collector::kPlanFullDiscovery, 0,
               std::string(tool_.name) + " is planned by files: it cannot list single tests"};
}

bool Javascript::is_unskippable(const std::string& file) const {
  const std::optional<std::string> text = disk_.text(absolute(file));
  if (!text) return true;
  return text->find("@datadog") != std::string::npos && text->find("unskippable") != std::string::npos;
}

std::string Javascript::file_of_suite(const std::string& /*module*/, const std::string& suite) const {
  if (suite.empty()) return {};
  Words roots = {project_.directory};
  for (const std::string& root : suite_roots()) roots.push_back(absolute(root));
  if (!project_.repository.empty()) roots.push_back(project_.repository);
  for (const std::string& root : roots) {
    const std::string file = normal_path(joined(root, suite));
    const std::string name = relative(file);
    if (disk_.is_file(file) && !name.starts_with("../")) return name;
  }
  return {};
}

size_t Javascript::room_for_files() const {
  return argument_room(command_, project_.environment);
}

Result<std::vector<Launch>> Javascript::launches(const std::vector<plan::Unit>& units,
                                                 const std::string& junit, const std::string& worker) {
  Words files;
  for (const plan::Unit& unit : units) files.push_back(unit.file);
  std::vector<Launch> made;
  // A pattern, as Playwright wants it, is longer than its path.
  const size_t extra = project_.directory.size() + 16;
  for (const Words& batch : batches(files, room_for_files(), extra)) {
    const std::string stem = "worker-" + worker + "-" + std::to_string(made.size());
    Result<Launch> one = launch(batch, abilities().junit ? junit : "", stem, made.size());
    if (!one) return std::move(one).error();
    made.push_back(std::move(*one));
  }
  return made;
}

Result<std::optional<Launch>> Javascript::persistent_launch(const std::vector<plan::Unit>& /*units*/,
                                                            const std::string& /*junit*/,
                                                            const std::string& /*worker*/) {
  return std::optional<Launch>{};
}

Ending Javascript::ending(int status) const {
  if (status == 0) return Ending::kPassed;
  if (status == 1) return Ending::kFailed;
  if (status == 128 + 2 || status == 128 + 15 || status == 128 + 1) return Ending::kInterrupted;
  return Ending::kBroken;
}

Result<process::ChildOutput> Javascript::ask(const Words& command, const std::vector<std::string>& set,
                                             const std::string& preload) {
  process::ChildOptions options{kPatience};
  options.grace = std::chrono::seconds(2);
  options.directory = project_.directory;
  options.longest_output = kLongestOutput;
  options.code = collector::kPlanFastDiscovery;
  options.set = {"DD_CIVISIBILITY_ENABLED=1", "DD_CIVISIBILITY_AGENTLESS_ENABLED=true",
                 "DD_API_KEY=dummy_key", "DD_TEST_OPTIMIZATION_DISCOVERY_ENABLED=1"};
  options.set.insert(options.set.end(), set.begin(), set.end());
  std::string node_options = without_tracer(variable("NODE_OPTIONS"));
  if (!preload.empty()) node_options = with_preload(node_options, preload);
  if (node_options.empty())
    options.unset = {"NODE_OPTIONS"};
  else
    options.set.push_back("NODE_OPTIONS=" + node_options);
  return run_program_(command, options);
}

Error Javascript::refused(const Words& command, const process::ChildOutput& output) const {
  std::string said = output.errors.empty() ? output.text.substr(0, 2000) : output.errors.substr(0, 2000);
  while (!said.empty() && said.back() == '\n') said.pop_back();
  return Error{collector::kPlanFastDiscovery, 0,
               "the command \"" + shown(command) + "\" in " + project_.directory +
                   " does not list the test files (status " + std::to_string(output.status) + "):\n" + said};
}

bool Javascript::resolves(std::string_view file_of_package) const {
  const std::string file = "node_modules/" + std::string(file_of_package);
  return std::ranges::any_of(folders_upwards(project_.directory), [&](const std::string& folder) {
    return disk_.is_file(joined(folder, file)) || disk_.is_file(joined(folder, file + ".js"));
  });
}

std::string Javascript::run_node_options() const {
  const std::string& given = variable("NODE_OPTIONS");
  if (is_off(variable("DD_CIVISIBILITY_ENABLED")) || !resolves(kTracer)) return given;
  return with_tracer(given, tool_.is_modules && resolves(kTracerLoader));
}

std::string Javascript::preload_entry() const {
  return with_preload("", scratch_path("alibi_node_preload.cjs"));
}

Launch Javascript::run_launch(Words command, const std::string& preload) const {
  Launch launch;
  launch.command = std::move(command);
  const std::string& given = variable("NODE_OPTIONS");
  std::string node_options = run_node_options();
  if (!preload.empty()) node_options = with_preload(node_options, preload);
  if (node_options == given) return launch;
  const bool overridden = std::ranges::any_of(
      project_.settings.worker_env, [](const auto& entry) { return entry.first == "NODE_OPTIONS"; });
  if (!overridden) {
    launch.environment.emplace_back("NODE_OPTIONS", node_options);
    return launch;
  }
  // What the user gives to the workers comes over our environment: without the preload in it Mocha would run
  // all files in every worker. So ours is put before theirs when the worker starts.
  const Words wrapped = {"/bin/sh", "-c",
                         "export NODE_OPTIONS=\"$0${NODE_OPTIONS:+ $NODE_OPTIONS}\"; exec \"$@\"",
                         node_options.substr(0, node_options.size() - given.size())};
  launch.command.insert(launch.command.begin(), wrapped.begin(), wrapped.end());
  return launch;
}

Result<std::string> Javascript::driver(std::string_view name) {
  const std::string file(name);
  if (written_.contains(file)) return scratch_path(file);
  Result<std::string> path = scratch_file(file, std::string(driver_text(name)));
  if (path.ok()) written_.insert(file);
  return path;
}

Result<std::string> Javascript::scratch_file(const std::string& name, const std::string& text) const {
  const std::string path = scratch_path(name);
  const Result<void> written = disk_.write(path, text);
  if (!written) return written.error();
  return path;
}

std::string Javascript::scratch_path(const std::string& name) const {
  return joined(project_.scratch, name);
}

std::string Javascript::absolute(const std::string& file) const {
  return normal_path(joined(project_.directory, file));
}

std::string Javascript::real(const std::string& file) const {
  return normal_path(joined(real_directory_, file));
}

std::string Javascript::relative(const std::string& file) const {
  const std::string direct = relative_to(project_.directory, file);
  if (!direct.starts_with("../")) return direct;
  // The tool says real paths, or the project was reached through a link.
  const std::string real = relative_to(real_directory_, resolved(file));
  return real.starts_with("../") ? direct : real;
}

std::string Javascript::request_text(const nlohmann::json& request) {
  return request.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

const std::string& Javascript::variable(const std::string& name) const {
  static const std::string none;
  // What the user gives to the workers is over the parent's environment.
  for (const auto& [given, value] : project_.settings.worker_env) {
    if (given == name) return value;
  }
  const auto found = project_.environment.find(name);
  return found == project_.environment.end() ? none : found->second;
}

void Javascript::notice(const std::string& text) {
  if (std::ranges::find(notices_, text) == notices_.end()) notices_.push_back(text);
}

}  // namespace javascript
}  // namespace alibi::framework
