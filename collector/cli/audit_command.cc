#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "collector/cli/commands.h"
#include "collector/cli/data_folder.h"
#include "collector/cli/project_request.h"
#include "collector/model/error_codes.h"
#include "collector/process/child_process.h"
#include "collector/store/disk.h"

namespace alibi::cli {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::seconds kPatience{20};

// Not -m: that puts the working folder first on the search path, where a module of the project may be named
// like one of the library.
constexpr char kStart[] =
    "import sys\n"
    "sys.path[:] = [entry for entry in sys.path if entry]\n"
    "from testalibi.audit.__main__ import main\n"
    "sys.exit(main())\n";
constexpr char kCheck[] =
    "import sys; sys.path[:] = [entry for entry in sys.path if entry]; import testalibi.audit";

// What the audit has to know of the project, and only that: the whole description may be too long for an
// argument.
std::string project_document(const std::string& data, const AuditOptions& options, const LastSession& session,
                             const SelectionRequest& request) {
  const Json document = Json::parse(session.description.document, nullptr, false);
  Json about = {{"root", session.description.root}};
  if (document.is_object()) {
    for (const char* key : {"command", "invocation_directory"}) {
      if (document.contains(key)) about[key] = document[key];
    }
  }
  const Json project = {{"data", data},
                        {"environment", options.environment},
                        {"root", request.project.root},
                        {"python", request.project.interpreter.python},
                        {"session", about}};
  return project.dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::vector<std::string> audit_words(const AuditOptions& options, const std::string& project) {
  std::vector<std::string> words = {"--project", project};
  const auto add = [&words](const char* name, const std::string& value) {
    if (value.empty()) return;
    words.emplace_back(name);
    words.push_back(value);
  };
  add("--sample", options.sample);
  add("--mutants", options.mutants);
  add("--seed", options.seed);
  add("--kinds", options.kinds);
  add("--resume", options.resume);
  add("--selected-runs", options.selected_runs);
  if (options.output == Output::kJson) words.emplace_back("--json");
  if (!options.arguments.empty()) words.emplace_back("--");
  words.insert(words.end(), options.arguments.begin(), options.arguments.end());
  return words;
}

// The audit asks this very command, not another version that the interpreter's package may have.
void name_this_command() {
  char path[PATH_MAX];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path - 1);
  if (length <= 0) return;
  path[length] = '\0';
  ::setenv("ALIBI_COMMAND", path, 0);
}

}  // namespace

int run_audit(const AuditOptions& options, Console* console) {
  if (options.sample.empty() == options.mutants.empty())
    return console->fail(Error{collector::kUsage, 0, "audit takes either --sample N% or --mutants N"});
  const std::string data = data_folder(options.data);
  Result<store::Store> store = open_to_read(data, console);
  if (!store) return console->fail(store.error());
  Result<LastSession> session = last_session(&*store, options.environment);
  if (!session) return console->fail(session.error());
  Result<SelectionRequest> request = request_of_session(*store, *session, options.python);
  if (!request) return console->fail(request.error());
  const Result<std::string> place = store::absolute_path(data);
  if (!place) return console->fail(place.error());

  const std::string& python = request->project.interpreter.python;
  const Result<process::ChildOutput> check = process::run_child({python, "-c", kCheck}, {}, {kPatience});
  if (!check) return console->fail(check.error());
  if (check->status != 0) {
    return console->fail(Error{collector::kNoInterpreter, 0,
                               "testalibi is not installed in " + python + " (" + check->last_error + ")"});
  }
  std::vector<std::string> command = {python, "-c", kStart};
  for (std::string& word : audit_words(options, project_document(*place, options, *session, *request)))
    command.push_back(std::move(word));
  std::vector<char*> words;
  for (std::string& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  name_this_command();
  ::execvp(python.c_str(), words.data());
  return console->fail(os_error(collector::kNoInterpreter, errno, "cannot run " + python));
}

}  // namespace alibi::cli
