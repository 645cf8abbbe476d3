#include "process_events.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "method_swap.h"
#include "module_facts.h"
#include "python_text.h"

namespace alibi::python {
namespace {

constexpr size_t kLongestCommand = 300;
constexpr char kVariable[] = "ALIBI_SESSION";
constexpr char kPreload[] = "LD_PRELOAD";
constexpr char kRubyOption[] = "RUBYOPT";
constexpr char kSubprocessModule[] = "_posixsubprocess";

// Text of a str or bytes; nothing of any other type, which could run code.
std::string plain_text(PyObject* object) {
  std::string text;
  return object != nullptr && path_bytes(object, &text) ? text : std::string();
}

bool is_sequence(PyObject* object) {
  return object != nullptr && (PyList_CheckExact(object) || PyTuple_CheckExact(object));
}

std::string joined(PyObject* sequence) {
  if (!is_sequence(sequence)) return plain_text(sequence);
  std::string text;
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(sequence) && text.size() < kLongestCommand; ++i) {
    if (i > 0) text += ' ';
    text += plain_text(PySequence_Fast_GET_ITEM(sequence, i));
  }
  return text.substr(0, kLongestCommand);
}

std::string search_path() {
  const char* variable = std::getenv("PATH");
  return variable != nullptr ? variable : "/bin:/usr/bin";
}

// Where the system looks for a program without a folder, in order.
std::vector<std::string> paths_of_program(const std::string& name) {
  const std::string folders = search_path();
  std::vector<std::string> paths;
  for (size_t begin = 0; begin <= folders.size();) {
    const size_t end = std::min(folders.find(':', begin), folders.size());
    const std::string folder = folders.substr(begin, end - begin);
    paths.push_back((folder.empty() ? "." : folder) + "/" + name);
    begin = end + 1;
  }
  return paths;
}

bool names_recorder(std::string_view preload) {
  return preload.find("libalibi_preload.so") != std::string_view::npos;
}

std::vector<std::string> texts(PyObject* sequence) {
  std::vector<std::string> all;
  if (!is_sequence(sequence)) return {plain_text(sequence)};
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(sequence); ++i)
    all.push_back(plain_text(PySequence_Fast_GET_ITEM(sequence, i)));
  return all;
}

// Of "NAME=value" entries, as fork_exec takes them: the place of the one with this name, or -1.
Py_ssize_t place_in_list(PyObject* list, const char* name) {
  const std::string prefix = std::string(name) + '=';
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); ++i) {
    if (plain_text(PyList_GET_ITEM(list, i)).rfind(prefix, 0) == 0) return i;
  }
  return -1;
}

std::string value_in_list(PyObject* list, const char* name) {
  const Py_ssize_t place = place_in_list(list, name);
  return place < 0 ? std::string() : plain_text(PyList_GET_ITEM(list, place)).substr(std::strlen(name) + 1);
}

Ref bytes_object(const std::string& text) {
  return Ref::steal(PyBytes_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size())));
}

// A copy that has this entry at that place, or behind all others.
Ref with_entry(PyObject* list, Py_ssize_t place, const std::string& setting) {
  Ref copy = Ref::steal(PyList_GetSlice(list, 0, PyList_GET_SIZE(list)));
  Ref entry = bytes_object(setting);
  if (!copy || !entry) return Ref();
  const bool done = place < 0 ? PyList_Append(copy.get(), entry.get()) == 0
                              : PyList_SetItem(copy.get(), place, entry.release()) == 0;
  return done ? std::move(copy) : Ref();
}

Ref with_setting(PyObject* list, const std::string& setting) {
  const Py_ssize_t place = place_in_list(list, kVariable);
  return place < 0 ? Ref() : with_entry(list, place, setting);
}

// The environment of this process as fork_exec takes one.
Ref own_environment_list() {
  Ref list = Ref::steal(PyList_New(0));
  for (char** each = environ; list && each != nullptr && *each != nullptr; ++each) {
    const Ref entry = bytes_object(*each);
    if (!entry || PyList_Append(list.get(), entry.get()) != 0) return Ref();
  }
  return list;
}

// The variable as an interpreter that is started takes it apart again: a blank behind the option says that it
// was there.
std::string extended_ruby_option(const std::string& option, bool is_there, const std::string& value) {
  return is_there ? option + ' ' + value : option;
}

Ref list_with_ruby_option(PyObject* list, const std::string& option) {
  const Py_ssize_t place = place_in_list(list, kRubyOption);
  const std::string value = place < 0 ? std::string() : value_in_list(list, kRubyOption);
  return with_entry(list, place,
                    std::string(kRubyOption) + '=' + extended_ruby_option(option, place >= 0, value));
}

enum class Spelling : bool { kStr, kBytes };

Ref text_object(const std::string& text, Spelling spelling) {
  const auto size = static_cast<Py_ssize_t>(text.size());
  return Ref::steal(spelling == Spelling::kBytes ? PyBytes_FromStringAndSize(text.data(), size)
                                                 : PyUnicode_DecodeFSDefaultAndSize(text.data(), size));
}

// Of a dict of str or bytes. Borrowed; null when it has none of this name.
PyObject* item_of(PyObject* dict, const char* name, Spelling* spelling) {
  for (const Spelling each : {Spelling::kStr, Spelling::kBytes}) {
    *spelling = each;
    const Ref key = text_object(name, each);
    if (PyObject* value = key ? PyDict_GetItemWithError(dict, key.get()) : nullptr) return value;
  }
  return nullptr;
}

std::string value_in_dict(PyObject* dict, const char* name) {
  Spelling unused;
  return plain_text(item_of(dict, name, &unused));
}

Ref with_value(PyObject* dict, const std::string& value) {
  Spelling spelling;
  if (item_of(dict, kVariable, &spelling) == nullptr) return Ref();
  Ref copy = Ref::steal(PyDict_Copy(dict));
  const Ref name = text_object(kVariable, spelling);
  const Ref content = text_object(value, spelling);
  const bool done = copy && name && content && PyDict_SetItem(copy.get(), name.get(), content.get()) == 0;
  return done ? std::move(copy) : Ref();
}

Ref dict_with_ruby_option(PyObject* dict, const std::string& option) {
  Spelling spelling;
  PyObject* const value = item_of(dict, kRubyOption, &spelling);
  if (value == nullptr) item_of(dict, kVariable, &spelling);
  Ref copy = Ref::steal(PyDict_Copy(dict));
  const Ref name = text_object(kRubyOption, spelling);
  const Ref content =
      text_object(extended_ruby_option(option, value != nullptr, plain_text(value)), spelling);
  const bool done = copy && name && content && PyDict_SetItem(copy.get(), name.get(), content.get()) == 0;
  return done ? std::move(copy) : Ref();
}

}  // namespace

// A call of a function that starts a program: seen before it is made, perhaps with another environment, and
// again with its result.
struct ProcessEvents::Call {
  enum Kind { kForkExec, kSpawn, kSpawnAlongPath, kExec };

  static PyObject* make(Kind kind, const BuiltinSlot& original, PyObject* const* arguments, size_t count,
                        PyObject* names);

  // Where the caller's environment is among the arguments.
  static size_t environment_place(Kind kind) { return kind == kForkExec ? 5 : 2; }
  // What to hand over instead; null: the environment as it is.
  static Ref renewed_environment(Kind kind, PyObject* environment, Told* told);
  // With the option by which a Ruby joins the session; null: this is none, or it cannot be told.
  static Ref environment_for_ruby(Kind kind, PyObject* environment, const std::vector<std::string>& programs);
  static std::vector<std::string> candidates(Kind kind, PyObject* const* arguments);
};

template <int kKind>
struct ProcessEvents::Wrapper {
  static PyObject* call(const BuiltinSlot& original, PyObject* const* arguments, size_t count,
                        PyObject* names) {
    return Call::make(static_cast<Call::Kind>(kKind), original, arguments, count, names);
  }
};

PyObject* ProcessEvents::Call::make(Kind kind, const BuiltinSlot& original, PyObject* const* arguments,
                                    size_t count, PyObject* names) {
  const auto given = static_cast<size_t>(PyVectorcall_NARGS(count));
  const size_t place = environment_place(kind);
  if (running == nullptr || Quiet::is_active() || given < 2)
    return original.call_original(arguments, count, names);
  Start start;
  Ref environment;
  {
    Quiet quiet;
    ExceptionGuard guard;
    RecordingLock lock;
    Told told;
    environment = renewed_environment(kind, given > place ? arguments[place] : Py_None, &told);
    if (told.invited && given > place) {
      PyObject* const now = environment ? environment.get() : arguments[place];
      Ref for_ruby = environment_for_ruby(kind, now, candidates(kind, arguments));
      if (for_ruby) environment = std::move(for_ruby);
    }
    running->addresses_.settle();  // the program may get a socket that is closed here then
    // exec raises an audit event.
    if (kind != kExec) {
      PyObject* command = kind == kForkExec ? arguments[0] : arguments[1];
      start = running->about_to_start(candidates(kind, arguments), joined(command), told);
      constexpr size_t kFolder = 4;
      if (kind == kForkExec && given > kFolder) running->goes_to(arguments[kFolder]);
    }
  }
  std::vector<PyObject*> changed;
  if (environment) {
    const size_t keywords = names != nullptr ? static_cast<size_t>(PyTuple_GET_SIZE(names)) : 0;
    changed.assign(arguments, arguments + given + keywords);
    changed[place] = environment.get();
    arguments = changed.data();
    count = given;
  }
  PyObject* result = original.call_original(arguments, count, names);
  if (result != nullptr && running != nullptr && start.counts && PyLong_CheckExact(result)) {
    Quiet quiet;
    ExceptionGuard guard;
    RecordingLock lock;
    running->record(start, static_cast<uint32_t>(PyLong_AsUnsignedLongMask(result)));
  }
  return result;
}

Ref ProcessEvents::Call::renewed_environment(Kind kind, PyObject* environment, Told* told) {
  const alibi_text text = alibi_invitation(running->log_.session());
  const std::string setting(text.bytes, text.length);
  if (environment == Py_None) {
    *told = own_environment();
    return Ref();
  }
  if (setting.empty()) return Ref();
  // os.environ keeps its variables in a dict of bytes.
  Ref inner;
  if (environment == module_attribute("os", "environ")) {
    inner = Ref::steal(PyObject_GetAttrString(environment, "_data"));
    environment = inner.get();
  }
  Ref renewed;
  if (kind == kForkExec && PyList_CheckExact(environment)) {
    renewed = with_setting(environment, setting);
    told->preloaded = names_recorder(value_in_list(environment, kPreload));
  } else if (kind != kForkExec && environment != nullptr && PyDict_Check(environment)) {
    renewed = with_value(environment, setting.substr(sizeof kVariable));
    told->preloaded = names_recorder(value_in_dict(environment, kPreload));
  }
  told->invited = static_cast<bool>(renewed);
  return renewed;
}

Ref ProcessEvents::Call::environment_for_ruby(Kind kind, PyObject* environment,
                                              const std::vector<std::string>& programs) {
  const std::string& option = running->ruby_option_;
  if (option.empty()) return Ref();
  const auto program = std::find_if(programs.begin(), programs.end(), [](const std::string& each) {
    return ::access(each.c_str(), X_OK) == 0;
  });
  if (program == programs.end()) return Ref();
  const std::string folders = search_path();
  if (alibi_classify_program(text_view(*program), text_view(folders)).runs_ruby == 0) return Ref();
  if (kind != kForkExec) {
    return PyDict_Check(environment) ? dict_with_ruby_option(environment, option) : Ref();
  }
  const Ref own = environment == Py_None ? own_environment_list() : Ref::share(environment);
  return own && PyList_CheckExact(own.get()) ? list_with_ruby_option(own.get(), option) : Ref();
}

ProcessEvents::Told ProcessEvents::own_environment() {
  const char* preload = std::getenv(kPreload);
  const bool invited = alibi_invitation(running->log_.session()).length != 0;
  return {invited && std::getenv(kVariable) != nullptr, preload != nullptr && names_recorder(preload)};
}

std::vector<std::string> ProcessEvents::Call::candidates(Kind kind, PyObject* const* arguments) {
  if (kind == kForkExec) return texts(arguments[1]);
  const std::string program = plain_text(arguments[0]);
  const bool searched = kind == kSpawnAlongPath && program.find('/') == std::string::npos;
  return searched ? paths_of_program(program) : std::vector<std::string>{program};
}

void ProcessEvents::start(const std::string& ruby_option) {
  ruby_option_ = ruby_option;
  running = this;
  Replaced<Wrapper<Call::kSpawn>>::install(module_attribute("posix", "posix_spawn"));
  Replaced<Wrapper<Call::kSpawnAlongPath>>::install(module_attribute("posix", "posix_spawnp"));
  Replaced<Wrapper<Call::kExec>>::install(module_attribute("posix", "execve"));
  Replaced<Wrapper<Call::kForkExec>>::install(module_attribute(kSubprocessModule, "fork_exec"));
}

void ProcessEvents::stop() {
  if (running != this) return;
  running = nullptr;
  Replaced<Wrapper<Call::kForkExec>>::restore();
  Replaced<Wrapper<Call::kExec>>::restore();
  Replaced<Wrapper<Call::kSpawnAlongPath>>::restore();
  Replaced<Wrapper<Call::kSpawn>>::restore();
}

// The module that is asked for is loaded here, before whoever asked goes on: then its function is ours from
// the first call.
void ProcessEvents::import_started(PyObject* module) {
  if (!PyUnicode_Check(module) || PyUnicode_CompareWithASCIIString(module, kSubprocessModule) != 0) return;
  const Ref loaded = Ref::steal(PyImport_ImportModule(kSubprocessModule));
  if (loaded) Replaced<Wrapper<Call::kForkExec>>::install(module_attribute(kSubprocessModule, "fork_exec"));
}

void ProcessEvents::forked(const char* how) {
  if (log_.callers().project_asks(Callers::Importing::kDoesNot))
    log_.record(ALIBI_INPUT_PROCESS, ALIBI_NO_VALUE, {0, 0}, how, "observed");
}

void ProcessEvents::shell_called(PyObject* command) {
  RecordingLock lock;
  const Start start = about_to_start({"/bin/sh"}, plain_text(command), own_environment());
  if (start.counts) record(start, 0);
}

// Along PATH one after the other is tried: those that are not there start nothing.
void ProcessEvents::replaced(PyObject* path, PyObject* arguments, PyObject* environment) {
  RecordingLock lock;
  Told told;
  Call::renewed_environment(Call::kExec, environment, &told);
  const Start start = about_to_start({plain_text(path)}, joined(arguments), told);
  if (start.counts) record(start, static_cast<uint32_t>(::getpid()));
}

// The program asks the kernel where it is, which has forgotten the way.
void ProcessEvents::goes_to(PyObject* folder) {
  std::string path;
  if (folder == Py_None || !log_.callers().project_asks(Callers::Importing::kDoesNot)) return;
  if (log_.asked_path_of(folder, &path)) log_.record_links(path);
}

ProcessEvents::Start ProcessEvents::about_to_start(const std::vector<std::string>& candidates,
                                                   const std::string& command, Told told) {
  Start start;
  start.context = log_.current_context();
  if (!log_.callers().project_asks(Callers::Importing::kDoesNot)) return start;
  for (const std::string& candidate : candidates) {
    const std::string path = log_.asked(candidate);
    if (::access(path.c_str(), X_OK) != 0) {
      // It would be started in place of the one below.
      if (!InputLog::is_noise(path)) log_.record_file(path);
      continue;
    }
    if (alibi_is_blind_program(text_view(path), text_view(command)) != 0) return start;
    start.counts = true;
    start.program = path;
    start.command = command;
    const std::string folders = search_path();
    const alibi_program program = alibi_classify_program(text_view(path), text_view(folders));
    const bool records = program.runs == ALIBI_PROGRAM_INTERPRETER ||
                         (program.runs == ALIBI_PROGRAM_DYNAMIC && told.preloaded);
    if (told.invited && records) start.recording = ALIBI_RECORDING_EXPECTED;
    if (program.kind == ALIBI_PROGRAM_SCRIPT && !InputLog::is_noise(path)) log_.record_file(path);
    return start;
  }
  return start;
}

void ProcessEvents::record(const Start& start, uint32_t process_id) {
  alibi_record_started(log_.session(), start.context, process_id, start.recording, text_view(start.program),
                       text_view(start.command));
}

}  // namespace alibi::python
