#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "collector/cli/commands.h"
#include "collector/cli/data_folder.h"
#include "collector/cli/exit_codes.h"
#include "collector/cli/project_request.h"
#include "collector/cli/recorded_paths.h"
#include "collector/cli/selection.h"
#include "collector/model/error_codes.h"
#include "collector/store/disk.h"
#include "collector/store/stale_bytecode.h"
#include "collector/watch/watch_loop.h"

namespace alibi::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using watch::RunMode;

constexpr std::string_view kFolder = "/.alibi";
constexpr std::array<const char*, 6> kProjectMarks = {"pytest.ini", "pyproject.toml", "tox.ini",
                                                      "setup.cfg",  "setup.py",       ".git"};

std::string value_of(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? std::string() : std::string(value);
}

bool is_there(const fs::path& path) {
  std::error_code failed;
  return fs::exists(path, failed);
}

std::string working_folder() {
  std::error_code failed;
  const fs::path working = fs::current_path(failed);
  return failed ? std::string(".") : working.string();
}

// The nearest folder upwards that looks like the top of a project, else the working folder.
std::string project_above(const fs::path& working) {
  for (fs::path folder = working;; folder = folder.parent_path()) {
    for (const char* mark : kProjectMarks) {
      if (is_there(folder / mark)) return folder.string();
    }
    if (folder == folder.parent_path()) return working.string();
  }
}

// Of any environment, unless one is named.
Result<LastSession> newest_session(store::Store* store, const std::string& environment) {
  if (!environment.empty()) return last_session(store, environment);
  Result<std::vector<store::SessionRow>> sessions = store->sessions();
  if (!sessions) return std::move(sessions).error();
  for (auto session = sessions->rbegin(); session != sessions->rend(); ++session) {
    if (session->unreadable.empty()) return last_session(store, session->environment_name);
  }
  return Error{collector::kNoStore, 0, "there is no session yet"};
}

bool has_tracked_patterns(const Selection& selection) {
  const auto tracked = selection.options.find("tracked files");
  if (tracked == selection.options.end()) return false;
  const Json document = Json::parse(tracked->second, nullptr, false);
  return !document.is_object() || !document.contains("patterns") || !document["patterns"].empty();
}

std::string quoted(const std::string& word) {
  const bool plain = !word.empty() && word.find_first_of(" \t\n'\"\\$`*?[]{}()<>|&;~#") == std::string::npos;
  if (plain) return word;
  std::string text = "'";
  for (const char letter : word) text += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return text + "'";
}

// What is watched: the project, its evidence, how its tests are run.
class WatchedProject {
 public:
  explicit WatchedProject(const WatchOptions& options) : options_(options) {}

  void find();
  watch::WatchSetup setup(const Console& console);

 private:
  void adopt(const LastSession& session);
  watch::RunCommand run_command(RunMode mode) const;
  std::vector<std::string> arguments() const;
  watch::KnownPaths learn();
  watch::Answer ask() const;
  void heard_session(const watch::RunEvent& event);

  const WatchOptions& options_;
  std::string root_, data_, environment_, python_;
  bool data_is_chosen_ = false;  // by the user: else it is where the test runner puts it
  std::vector<std::string> problems_;
  RecordedPaths paths_{{}};
};

void WatchedProject::find() {
  std::error_code failed;
  data_ = fs::absolute(data_folder(options_.data), failed).lexically_normal().string();
  data_is_chosen_ = !options_.data.empty() || !value_of("ALIBI_DATA").empty();
  const bool in_project = data_.ends_with(kFolder) && is_there(data_);
  root_ = in_project ? data_.substr(0, data_.size() - kFolder.size()) : project_above(working_folder());
  if (!in_project && !data_is_chosen_) data_ = root_ + std::string(kFolder);
  environment_ = options_.environment;
  Result<store::Store> store = store::Store::open(data_, store::Store::Access::kRead);
  if (store) {
    const Result<LastSession> session = newest_session(&*store, options_.environment);
    if (session) adopt(*session);
  }
  const Result<std::string> real = store::absolute_path(root_);
  if (real) root_ = *real;
  paths_ = RecordedPaths(root_);
  if (!options_.python.empty()) python_ = options_.python;
  if (python_.empty()) python_ = value_of("ALIBI_PYTHON");
  if (python_.empty()) python_ = "python3";
}

void WatchedProject::adopt(const LastSession& session) {
  environment_ = session.environment;
  if (!data_.ends_with(kFolder)) root_ = session.description.root;
  const Json document = Json::parse(session.description.document, nullptr, false);
  if (!document.is_object() || !document.contains("executable") || !document["executable"].is_string())
    return;
  const std::string executable = document["executable"].get<std::string>();
  if (::access(executable.c_str(), X_OK) == 0)
    python_ = executable;
  else
    problems_.push_back("the interpreter of the last session is gone: " + executable);
}

watch::WatchSetup WatchedProject::setup(const Console& console) {
  watch::WatchSetup setup;
  setup.project = root_;
  setup.root = root_;
  setup.data = data_;
  setup.ignored = options_.ignored;
  setup.problems = problems_;
  setup.plain = options_.plain;
  setup.polls = options_.polls;
  setup.style = console.style();
  if (!options_.runner.empty()) {
    setup.command = options_.runner;
    for (const std::string& word : arguments()) setup.command.append(1, ' ').append(quoted(word));
  } else {
    for (const std::string& word : run_command(RunMode::kChanged).words)
      setup.command.append(setup.command.empty() ? "" : " ").append(quoted(word));
  }
  setup.before_run = [this](const std::vector<std::string>& sources) {
    store::remove_stale_bytecode(data_, sources);
  };
  setup.run_command = [this](RunMode mode) { return run_command(mode); };
  setup.learn = [this] { return learn(); };
  setup.ask = [this] { return ask(); };
  setup.heard_session = [this](const watch::RunEvent& event) { heard_session(event); };
  return setup;
}

watch::RunCommand WatchedProject::run_command(RunMode mode) const {
  const char* name = mode == RunMode::kAll ? "all" : mode == RunMode::kFailed ? "failed" : "changed";
  watch::RunCommand command;
  command.directory = root_;
  command.variables = {{"ALIBI_WATCH_MODE", name}};
  if (data_is_chosen_) command.variables.emplace_back("ALIBI_DATA", data_);
  if (!options_.runner.empty()) {
    command.words = {"/bin/sh", "-c", options_.runner + " \"$@\"", "alibi watch"};
  } else {
    command.words = {python_, "-m", "pytest"};
    // What the user leaves with -k, -m or a path is selected from as well.
    if (mode == RunMode::kChanged)
      command.words.insert(command.words.end(), {"--alibi", "--alibi-forceselect"});
    if (mode == RunMode::kAll) command.words.emplace_back("--alibi-noselect");
    if (mode == RunMode::kFailed)
      command.words.insert(command.words.end(), {"--alibi", "--lf", "--last-failed-no-failures=none"});
    if (value_of("ALIBI_ORDER").empty()) command.words.emplace_back("--alibi-order=likely");
  }
  for (std::string& word : arguments()) command.words.push_back(std::move(word));
  return command;
}

// Paths as the user sees them from where the command was given; the tests run in the root.
std::vector<std::string> WatchedProject::arguments() const {
  std::vector<std::string> words;
  const fs::path working = working_folder();
  for (const std::string& word : options_.arguments) {
    const std::string path = word.substr(0, word.find("::"));
    const bool moved = working != fs::path(root_) && !path.empty() && !path.starts_with('-') &&
                       !path.starts_with('/') && is_there(working / path);
    words.push_back(moved ? (working / path).lexically_normal().string() + word.substr(path.size()) : word);
  }
  return words;
}

watch::KnownPaths WatchedProject::learn() {
  Result<store::Store> store = store::Store::open(data_, store::Store::Access::kRead);
  if (store) paths_.read(&*store);
  return paths_.known();
}

watch::Answer WatchedProject::ask() const {
  constexpr watch::Answer kRun = watch::Answer::kSomethingToRun;
  // Tests that an audit caught may rest on anything; those that ran without being recorded are not known.
  if (is_there(data_ + "/distrusted.json") || is_there(data_ + "/unforeseen")) return kRun;
  Result<store::Store> store = store::Store::open(data_, store::Store::Access::kRead);
  if (!store) return kRun;
  const Result<SelectionRequest> request = request_of_last_session(&*store, environment_, options_.python);
  if (!request) return kRun;
  const Result<Selection> selection = select_tests(&*store, *request);
  // Patterns of files that all tests rest on: only the test runner knows what they match now.
  if (!selection || !selection->all_files_settled || has_tracked_patterns(*selection)) return kRun;
  for (const Verdict& verdict : selection->verdicts) {
    if (verdict.runs()) return kRun;
  }
  return watch::Answer::kNothingToRun;
}

void WatchedProject::heard_session(const watch::RunEvent& event) {
  environment_ = event.environment;
  if (event.data == data_ || event.data.empty()) return;
  data_ = event.data;
  paths_ = RecordedPaths(event.root.empty() ? root_ : event.root);
}

}  // namespace

int run_watch(const WatchOptions& options, Console* console) {
  WatchedProject project(options);
  project.find();
  watch::WatchLoop loop(project.setup(*console));
  const Result<void> watched = loop.run();
  return watched ? kDone : console->fail(watched.error());
}

}  // namespace alibi::cli
