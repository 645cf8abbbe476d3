#include "collector/cli/project_request.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "collector/model/error_codes.h"
#include "collector/process/child_process.h"
#include "collector/store/disk.h"
#include "collector/store/evidence_reader.h"

namespace alibi::cli {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::seconds kPatience{20};

// Without the json package, whose import takes as long as all else that this starts.
constexpr char kRubyQuestion[] = "print Testalibi::Selection.request(Testalibi::Configuration.new)";

constexpr char kQuestion[] = R"(
import sys
try:
    from _json import encode_basestring_ascii as quoted
except ImportError:
    from json.encoder import encode_basestring_ascii as quoted
names = getattr(sys, "stdlib_module_names", None) or sys.builtin_module_names
texts = {
    "python": sys.executable,
    "interpreter": "%s %d.%d.%d" % ((sys.implementation.name,) + sys.version_info[:3]),
}
lists = {
    "sys_path": [entry for entry in sys.path if entry],
    "library": sorted(names), "builtin": sorted(sys.builtin_module_names),
}
answers = ['"version": 1']
answers += ["%s: %s" % (quoted(key), quoted(text)) for key, text in texts.items()]
answers += ["%s: [%s]" % (quoted(key), ", ".join(map(quoted, list_))) for key, list_ in lists.items()]
print("{%s}" % ", ".join(answers))
)";

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<std::string> texts_of(const Json& json, const char* key) {
  std::vector<std::string> texts;
  const auto found = json.find(key);
  if (found == json.end() || !found->is_array()) return texts;
  for (const Json& each : *found) {
    if (each.is_string()) texts.push_back(each.get<std::string>());
  }
  return texts;
}

Result<std::string> read_standard_input() {
  std::string text;
  char buffer[1 << 16];
  size_t count = 0;
  while ((count = std::fread(buffer, 1, sizeof buffer, stdin)) > 0) text.append(buffer, count);
  if (std::ferror(stdin) != 0) return os_error(ErrorCode::kCannotRead, errno, "cannot read standard input");
  return text;
}

}  // namespace

Result<SelectionRequest> parse_request(std::string_view document) {
  const Json json = Json::parse(document, nullptr, false);
  if (!json.is_object() || !json.contains("version") || json["version"] != 1)
    return Error{collector::kBadRequest, 0, "the request for a selection is not understood"};
  SelectionRequest request;
  change::CurrentProject& project = request.project;
  project.root = text_of(json, "root");
  request.environment = text_of(json, "environment");
  project.interpreter = {text_of(json, "python"), text_of(json, "program"), text_of(json, "interpreter")};
  project.sys_path = texts_of(json, "sys_path");
  project.library_modules = texts_of(json, "library");
  project.builtin_modules = texts_of(json, "builtin");
  project.ignored_packages = texts_of(json, "ignored_packages");
  const std::string mode = text_of(json, "mode");
  project.mode = mode == "strict" ? change::Mode::kStrict
                 : mode == "fast" ? change::Mode::kFast
                                  : change::Mode::kSafe;
  request.skipped_apart = text_of(json, "skipped") == "apart";
  project.trust_external = text_of(json, "external") == "trust";
  if (const auto options = json.find("options"); options != json.end() && options->is_object()) {
    project.has_runner = true;
    for (const auto& [subject, text] : options->items()) {
      if (text.is_string()) project.options.emplace(subject, text.get<std::string>());
    }
  }
  return request;
}

Result<LastSession> last_session(store::Store* store, const std::string& environment) {
  Result<std::vector<store::SessionRow>> sessions = store->sessions();
  if (!sessions) return std::move(sessions).error();
  const store::SessionRow* newest = nullptr;
  for (const store::SessionRow& session : *sessions) {
    if (session.environment_name == environment && session.unreadable.empty()) newest = &session;
  }
  if (newest == nullptr) return Error{collector::kNoStore, 0, "there is no session of this environment"};
  Result<std::string> bytes = store::read_file(store->evidence_path(newest->evidence));
  if (!bytes) return std::move(bytes).error();
  Result<collector::SessionDescription> description = store::EvidenceReader::describe(std::move(*bytes));
  if (!description) return std::move(description).error();
  return LastSession{environment, std::move(*description)};
}

Result<SelectionRequest> request_of_session(const store::Store& store, const LastSession& session,
                                            const std::string& python) {
  const Json document = Json::parse(session.description.document, nullptr, false);
  std::string executable = python;
  if (executable.empty() && document.is_object()) executable = text_of(document, "executable");
  if (executable.empty()) executable = "python3";

  std::vector<std::string> command = {executable, "-c", kQuestion};
  // Ruby finds the gem where the session did.
  if (session.description.interpreter.starts_with("cruby"))
    command = {executable, "-I", text_of(document, "library"), "-rtestalibi/selection", "-e", kRubyQuestion};
  Result<process::ChildOutput> facts = process::run_child(command, {}, {kPatience});
  if (!facts) return std::move(facts).error();
  Result<SelectionRequest> request = parse_request(facts->text);
  if (!request)
    return Error{collector::kNoInterpreter, 0, executable + " does not say what it is: " + facts->last_error};
  request->environment = session.environment;
  // The data folder lies in the project that it is about, unless it was put elsewhere.
  request->project.root = session.description.root;
  constexpr std::string_view kFolder = "/.alibi";
  if (store.data().ends_with(kFolder)) {
    const Result<std::string> here =
        store::absolute_path(store.data().substr(0, store.data().size() - kFolder.size()));
    if (here) request->project.root = *here;
  }
  return request;
}

Result<SelectionRequest> request_of_last_session(store::Store* store, const std::string& environment,
                                                 const std::string& python) {
  const Result<LastSession> session = last_session(store, environment);
  if (!session) return session.error();
  return request_of_session(*store, *session, python);
}

Result<std::string> read_document(const std::string& file) {
  return file == "-" ? read_standard_input() : store::read_file(file);
}

Result<SelectionRequest> read_request(const std::string& file, const std::string& environment,
                                      const std::string& python, store::Store* store) {
  if (file.empty()) return request_of_last_session(store, environment, python);
  const Result<std::string> document = read_document(file);
  if (!document) return document.error();
  return parse_request(*document);
}

}  // namespace alibi::cli
