#include "process_events.h"

#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string_view>

#include "machine_questions.h"
#include "method_swap.h"
#include "module_facts.h"
#include "program_file.h"
#include "python_text.h"

namespace alibi::python {
namespace {

constexpr size_t kLongestCommand = 300;
constexpr char kVariable[] = "ALIBI_SESSION";
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

std::vector<std::string> texts(PyObject* sequence) {
  std::vector<std::string> all;
  if (!is_sequence(sequence)) return {plain_text(sequence)};
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(sequence); ++i)
    all.push_back(plain_text(PySequence_Fast_GET_ITEM(sequence, i)));
  return all;
}

// "NAME=value" entries, as fork_exec takes them.
Ref with_setting(PyObject* list, const std::string& setting) {
  const std::string prefix = std::string(kVariable) + '=';
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); ++i) {
    if (plain_text(PyList_GET_ITEM(list, i)).rfind(prefix, 0) != 0) continue;
    Ref copy = Ref::steal(PyList_GetSlice(list, 0, PyList_GET_SIZE(list)));
    PyObject* entry = PyBytes_FromStringAndSize(setting.data(), static_cast<Py_ssize_t>(setting.size()));
    if (!copy || entry == nullptr || PyList_SetItem(copy.get(), i, entry) != 0) return Ref();
    return copy;
  }
  return Ref();
}

// A dict of str or bytes.
Ref with_value(PyObject* dict, const std::string& value) {
  for (const bool as_bytes : {false, true}) {
    const auto object = [as_bytes](std::string_view text) {
      const auto size = static_cast<Py_ssize_t>(text.size());
      return Ref::steal(as_bytes ? PyBytes_FromStringAndSize(text.data(), size)
                                 : PyUnicode_DecodeFSDefaultAndSize(text.data(), size));
    };
    const Ref name = object(kVariable);
    if (!name || PyDict_GetItemWithError(dict, name.get()) == nullptr) continue;
    Ref copy = Ref::steal(PyDict_Copy(dict));
    const Ref content = object(value);
    if (!copy || !content || PyDict_SetItem(copy.get(), name.get(), content.get()) != 0) return Ref();
    return copy;
  }
  return Ref();
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
  // What to hand over instead; null: the environment as it is. `invited`: it tells of the session.
  static Ref renewed_environment(Kind kind, PyObject* environment, bool* invited);
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
    bool invited = false;
    environment = renewed_environment(kind, given > place ? arguments[place] : Py_None, &invited);
    running->addresses_.settle();  // the program may get a socket that is closed here then
    // exec raises an audit event.
    if (kind != kExec) {
      PyObject* command = kind == kForkExec ? arguments[0] : arguments[1];
      start = running->about_to_start(candidates(kind, arguments), joined(command), invited);
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

Ref ProcessEvents::Call::renewed_environment(Kind kind, PyObject* environment, bool* invited) {
  const alibi_text text = alibi_invitation(running->log_.session());
  const std::string setting(text.bytes, text.length);
  if (environment == Py_None) {
    *invited = !setting.empty() && std::getenv(kVariable) != nullptr;
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
  } else if (kind != kForkExec && environment != nullptr && PyDict_Check(environment)) {
    renewed = with_value(environment, setting.substr(sizeof kVariable));
  }
  *invited = static_cast<bool>(renewed);
  return renewed;
}

std::vector<std::string> ProcessEvents::Call::candidates(Kind kind, PyObject* const* arguments) {
  if (kind == kForkExec) return texts(arguments[1]);
  const std::string program = plain_text(arguments[0]);
  const bool searched = kind == kSpawnAlongPath && program.find('/') == std::string::npos;
  return searched ? paths_of_program(program) : std::vector<std::string>{program};
}

void ProcessEvents::start() {
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
  const bool invited = alibi_invitation(log_.session()).length != 0;
  const Start start = about_to_start({"/bin/sh"}, plain_text(command), invited);
  if (start.counts) record(start, 0);
}

// Along PATH one after the other is tried: those that are not there start nothing.
void ProcessEvents::replaced(PyObject* path, PyObject* arguments, PyObject* environment) {
  RecordingLock lock;
  bool invited = false;
  Call::renewed_environment(Call::kExec, environment, &invited);
  const Start start = about_to_start({plain_text(path)}, joined(arguments), invited);
  if (start.counts) record(start, static_cast<uint32_t>(::getpid()));
}

ProcessEvents::Start ProcessEvents::about_to_start(const std::vector<std::string>& candidates,
                                                   const std::string& command, bool invited) {
  Start start;
  start.context = log_.current_context();
  if (!log_.callers().project_asks(Callers::Importing::kDoesNot)) return start;
  for (const std::string& candidate : candidates) {
    const std::string path = InputLog::absolute(candidate);
    if (::access(path.c_str(), X_OK) != 0) {
      // It would be started in place of the one below.
      if (!InputLog::is_noise(path)) log_.record_file(path);
      continue;
    }
    if (asks_machine(path, command)) return start;
    start.counts = true;
    start.program = path;
    start.command = command;
    const ProgramFile file(path);
    if (invited && file.is_python()) start.recording = ALIBI_RECORDING_EXPECTED;
    if (file.is_script() && !InputLog::is_noise(path)) log_.record_file(path);
    return start;
  }
  return start;
}

void ProcessEvents::record(const Start& start, uint32_t process_id) {
  alibi_record_started(log_.session(), start.context, process_id, start.recording, text_view(start.program),
                       text_view(start.command));
}

}  // namespace alibi::python
