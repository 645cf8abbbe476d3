#include "input_events.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstring>
#include <string_view>

#include "code_files.h"
#include "environment_events.h"
#include "file_writes.h"
#include "function_watch.h"
#include "import_events.h"
#include "input_log.h"
#include "lookup_events.h"
#include "method_swap.h"
#include "module_facts.h"
#include "namespace_events.h"
#include "path_probe_events.h"
#include "process_events.h"
#include "python_text.h"
#include "run_time_names.h"
#include "searched_folders.h"
#include "session_paths.h"
#include "socket_addresses.h"

namespace alibi::python {
namespace {

bool is(const char* event, const char* name) {
  return std::strcmp(event, name) == 0;
}

PyObject* argument(PyObject* arguments, Py_ssize_t position) {
  return position < PyTuple_GET_SIZE(arguments) ? PyTuple_GET_ITEM(arguments, position) : Py_None;
}

// Text of a str, bytes or int; nothing of any other type, which could run code.
std::string plain_text(PyObject* object) {
  std::string text;
  if (path_bytes(object, &text)) return text;
  if (PyLong_CheckExact(object)) return std::to_string(PyLong_AsLong(object));
  return {};
}

std::string address_text(PyObject* address) {
  if (!PyTuple_CheckExact(address)) return plain_text(address);
  std::string text = plain_text(argument(address, 0));
  if (PyTuple_GET_SIZE(address) > 1) text += ':' + plain_text(argument(address, 1));
  return text;
}

}  // namespace

struct InputEvents::Parts {
  // Lines of a source file that may come from the library's cache: whoever gets them has read the file.
  struct LinesRead {
    static constexpr char kModule[] = "linecache";
    static constexpr char kName[] = "getlines";
    static constexpr char kSignature[] = "(filename, module_globals=None)";
    static void called(const FinishedCall& call) {
      if (running != nullptr && !Quiet::is_active()) running->lines_read(call.argument(0, "filename"));
    }
  };
  explicit Parts(const Recording& recording)
      : log(recording),
        looked_up(recording, log.callers(), ALIBI_CODE_LOOKED_UP_NAME),
        compiled(recording, log.callers(), ALIBI_CODE_COMPILED_NAME),
        probes(log),
        namespaces(log),
        lookups(looked_up),
        searched(log),
        writes(log),
        addresses(recording.session),
        processes(log, addresses) {}

  bool start(const std::string& ruby_option, std::string* why);
  void stop();

  static int hook(const char* event, PyObject* arguments, void*);
  static bool is_wanted(const char* event);
  void dispatch(const char* event, PyObject* arguments);
  void dispatch_os(const char* event, PyObject* arguments);
  void opened(PyObject* arguments);
  void listed(PyObject* directory);
  void moved_to(PyObject* directory);
  static bool forgets_archive(const std::string& path);
  void socket_used(const char* event, PyObject* arguments);
  void lines_read(PyObject* filename);
  void database_opened(PyObject* name);
  void name_unpickled(PyObject* arguments);
  void code_executed(PyObject* code);
  void names_compiled(PyCodeObject* code, int depth);
  bool project_asks() { return log.callers().project_asks(Callers::Importing::kDoesNot); }

  static inline Parts* running = nullptr;
  static inline PyInterpreterState* interpreter = nullptr;
  static inline bool hook_added = false;

  InputLog log;
  RunTimeNames looked_up;
  RunTimeNames compiled;
  PathProbeEvents probes;
  NamespaceEvents namespaces;
  LookupEvents lookups;
  SearchedFolders searched;
  FileWrites writes;
  SocketAddresses addresses;
  ProcessEvents processes;
};

// HOT: every audit event of the process comes here. Two characters sort out nearly all of them.
bool InputEvents::Parts::is_wanted(const char* event) {
  switch (event[0]) {
    case 'o':
      return event[1] == 'p' ? is(event, "open") : event[1] == 's' && event[2] == '.';
    case 's':
      return (event[1] == 'o' && event[6] == '.') || (event[1] == 'q' && is(event, "sqlite3.connect"));
    case 'i':
      return is(event, "import");
    case 'p':
      return is(event, "pickle.find_class");
    case 'c':
      return event[1] == 't' && is(event, "ctypes.dlopen");
    case 'e':
      return is(event, "exec");
    default:
      return false;
  }
}

int InputEvents::Parts::hook(const char* event, PyObject* arguments, void*) {
  if (running == nullptr || !is_wanted(event) || Quiet::is_active()) return 0;
  if (PyInterpreterState_Get() != interpreter || !PyTuple_Check(arguments)) return 0;
  Quiet quiet;
  ExceptionGuard guard;
  running->dispatch(event, arguments);
  return 0;
}

bool InputEvents::Parts::start(const std::string& ruby_option, std::string* why) {
  interpreter = PyInterpreterState_Get();
  if (!hook_added && PySys_AddAuditHook(&hook, nullptr) != 0) {
    *why = "another audit hook refuses ours, so inputs cannot be seen";
    return false;
  }
  hook_added = true;
  SessionPaths::forget();
  log.callers().start();
  probes.start();
  namespaces.start();
  lookups.start();
  WatchedFunction<LinesRead>::install();
  processes.start(ruby_option);
  running = this;
  return true;
}

void InputEvents::Parts::stop() {
  if (running != this) return;
  running = nullptr;
  WatchedFunction<LinesRead>::restore();
  processes.stop();
  lookups.stop();
  looked_up.forget();
  compiled.forget();
  namespaces.stop();
  probes.stop();
  log.callers().forget();
}

void InputEvents::Parts::dispatch(const char* event, PyObject* arguments) {
  switch (event[0]) {
    case 'o':
      return event[1] == 'p' ? opened(arguments) : dispatch_os(event + 3, arguments);
    case 'i':
      processes.import_started(argument(arguments, 0));
      searched.import_started(argument(arguments, 2));
      return ImportEvents::import_started(argument(arguments, 0), argument(arguments, 1));
    case 'p':
      return name_unpickled(arguments);
    case 'e':
      return code_executed(argument(arguments, 0));
    case 'c': {
      std::string path = plain_text(argument(arguments, 0));
      if (path.find('/') != std::string::npos && project_asks()) log.record_file(log.asked(path));
      return;
    }
    default:
      break;
  }
  if (event[1] == 'q') return database_opened(argument(arguments, 0));
  socket_used(event + 7, arguments);
}

void InputEvents::Parts::dispatch_os(const char* event, PyObject* arguments) {
  PyObject* first = argument(arguments, 0);
  PyObject* second = argument(arguments, 1);
  switch (event[0]) {
    case 'l':
      if (is(event, "listdir")) listed(first);
      if (is(event, "link")) writes.written(second, ALIBI_PRESENT);
      return;
    case 's':
      if (is(event, "scandir")) listed(first);
      if (is(event, "symlink")) writes.written(second, ALIBI_PRESENT);
      if (is(event, "system")) processes.shell_called(first);
      return;
    case 'c':
      if (is(event, "chdir")) moved_to(first);
      return;
    case 'p':
      if (is(event, "putenv")) EnvironmentEvents::variable_changed(first);
      return;
    case 'u':
      if (is(event, "unsetenv")) EnvironmentEvents::variable_changed(first);
      return;
    case 'e':
      if (is(event, "exec")) processes.replaced(first, second, argument(arguments, 2));
      return;
    case 'f':
      if (is(event, "fork") || is(event, "forkpty")) {
        processes.forked(event);
        RecordingLock lock;
        addresses.settle();
      }
      return;
    case 'm':
      if (is(event, "mkdir")) writes.folder_made(first);
      return;
    case 'r':
      if (is(event, "rename")) writes.renamed(first, second);
      if (is(event, "remove") || is(event, "rmdir")) writes.written(first, ALIBI_ABSENT);
      return;
    case 't':
      if (is(event, "truncate")) writes.written(first, ALIBI_PRESENT, FileWrites::Content::kChanged);
      return;
    default:
      return;
  }
}

// (path, mode, flags): mode is None from os.open, flags are 0 from C code that uses fopen.
void InputEvents::Parts::opened(PyObject* arguments) {
  PyObject* object = argument(arguments, 0);
  if (PyLong_Check(object)) return;
  ImportEvents::file_opened();
  std::string mode = plain_text(argument(arguments, 1));
  PyObject* given_flags = argument(arguments, 2);
  const long flags = PyLong_CheckExact(given_flags) ? PyLong_AsLong(given_flags) : 0;
  // A file without a name, in a folder that stays as it is.
  if ((flags & O_TMPFILE) == O_TMPFILE) return;
  const bool is_written = (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND)) != 0 ||
                          mode.find_first_of("wax+") != std::string::npos;
  // Whoever does not begin with an empty file depends on what is there, or that nothing is.
  if ((flags & O_TRUNC) == 0 && mode.find('w') == std::string::npos) {
    std::string spelling;
    const bool is_code = path_bytes(object, &spelling) && InputLog::is_code_file(spelling);
    const auto importing = is_code ? Callers::Importing::kDoesNot : Callers::Importing::kCounts;
    std::string path;
    if ((!is_code || log.files().in_project(object)) && log.callers().project_asks(importing) &&
        log.asked_path_of(object, &path) && !InputLog::is_noise(path) && !forgets_archive(path)) {
      log.record_file(path);
    }
  }
  const bool truncates = (flags & O_TRUNC) != 0 || mode.find('w') != std::string::npos;
  if (is_written)
    writes.written(object, ALIBI_PRESENT,
                   truncates ? FileWrites::Content::kReplaced : FileWrites::Content::kChanged);
}

// importlib.invalidate_caches() asks for every archive that was ever imported from, also for those that are
// gone.
bool InputEvents::Parts::forgets_archive(const std::string& path) {
  struct stat status {};
  const Ref caller = Callers::current_file_name();
  return utf8_of(caller.get()) == "<frozen zipimport>" && lstat(path.c_str(), &status) != 0;
}

void InputEvents::Parts::listed(PyObject* directory) {
  std::string path;
  if (PyLong_Check(directory) || !project_asks() || !log.asked_path_of(directory, &path)) return;
  if (!InputLog::is_noise(path + '/')) log.record_directory(path);
}

// The kernel forgets the way: relative paths start from what it led to.
void InputEvents::Parts::moved_to(PyObject* directory) {
  std::string path;
  if (!PyLong_Check(directory) && project_asks() && log.asked_path_of(directory, &path))
    log.record_links(path);
}

void InputEvents::Parts::lines_read(PyObject* filename) {
  Quiet quiet;
  ExceptionGuard guard;
  std::string spelling;
  if (filename == nullptr || !path_bytes(filename, &spelling) || spelling.empty() || spelling[0] == '<')
    return;
  if (InputLog::is_code_file(spelling) && !log.files().in_project(filename)) return;
  if (project_asks()) log.record_file(log.asked(spelling));
}

void InputEvents::Parts::socket_used(const char* event, PyObject* arguments) {
  RecordingLock lock;
  PyObject* first = argument(arguments, 0);
  PyObject* second = argument(arguments, 1);
  std::string peer;
  const char* whose = nullptr;
  if (is(event, "bind")) {
    whose = addresses.binding(first, second);
    peer = address_text(second);
  } else if (second != Py_None && (is(event, "connect") || is(event, "sendto") || is(event, "sendmsg"))) {
    whose = addresses.connecting(first, second);
    peer = address_text(second);
  } else if (is(event, "getaddrinfo")) {
    whose = addresses.looking_up(first, second);
    peer = plain_text(first) + ':' + plain_text(second);
  } else if (is(event, "gethostbyname") || is(event, "gethostbyaddr")) {
    whose = addresses.looking_up(first, Py_None);
    peer = plain_text(first);
  }
  if (whose == nullptr || !project_asks()) return;
  log.record(ALIBI_INPUT_SOCKET, ALIBI_NO_VALUE, {0, 0}, peer, std::string(whose) + '\n' + event);
}

void InputEvents::Parts::database_opened(PyObject* name) {
  std::string spelling;
  if (!project_asks()) return;
  if (path_bytes(name, &spelling)) {
    if (spelling == ":memory:" || spelling.empty()) return;
    // A URI names the file between "file:" and its query.
    if (spelling.rfind("file:", 0) == 0) spelling = spelling.substr(5, spelling.find('?') - 5);
    log.record_file(log.asked(spelling));
    return;
  }
  std::string path;
  if (log.asked_path_of(name, &path)) log.record_file(path);
}

void InputEvents::Parts::name_unpickled(PyObject* arguments) {
  if (!project_asks()) return;
  const std::string name = plain_text(argument(arguments, 0)) + ':' + plain_text(argument(arguments, 1));
  log.record(ALIBI_INPUT_IMPORT, ALIBI_NO_VALUE, {0, 0}, name, "pickle");
  looked_up.use_parts_for_project(argument(arguments, 1));
}

// Code made from a text that is no file of the project has no unit of its own: what it refers to belongs to
// who runs it.
void InputEvents::Parts::code_executed(PyObject* code) {
  if (!PyCode_Check(code)) return;
  PyCodeObject* body = reinterpret_cast<PyCodeObject*>(code);
  if (log.files().in_project(body->co_filename)) return;
  // The examples of a doctest are run for the runner, and are code of the project.
  const bool is_example = plain_text(body->co_filename).rfind("<doctest ", 0) == 0;
  if (is_example || project_asks()) names_compiled(body, 0);
}

void InputEvents::Parts::names_compiled(PyCodeObject* code, int depth) {
  constexpr int kDeepest = 50;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_names); ++i) {
    compiled.use_for_project(PyTuple_GET_ITEM(code->co_names, i));
  }
  for (Py_ssize_t i = 0; depth < kDeepest && i < PyTuple_GET_SIZE(code->co_consts); ++i) {
    PyObject* constant = PyTuple_GET_ITEM(code->co_consts, i);
    if (PyCode_Check(constant)) names_compiled(reinterpret_cast<PyCodeObject*>(constant), depth + 1);
  }
}

InputEvents::InputEvents(const Recording& recording) : parts_(std::make_unique<Parts>(recording)) {}

InputEvents::~InputEvents() {
  stop();
}

bool InputEvents::start(const std::string& ruby_option, std::string* why) {
  ExceptionGuard guard;
  return parts_->start(ruby_option, why);
}

void InputEvents::stop() {
  ExceptionGuard guard;
  parts_->stop();
}

bool InputEvents::declared(int32_t kind, const std::string& path) {
  Quiet quiet;
  ExceptionGuard guard;
  const std::string absolute = parts_->log.asked(path);
  const int32_t state = kind == ALIBI_INPUT_DIRECTORY ? parts_->log.record_directory(absolute)
                                                      : parts_->log.record_file(absolute);
  return state != ALIBI_ABSENT;
}

void InputEvents::begin_test(uint32_t) {
  ExceptionGuard guard;
  parts_->searched.begin_test();
}

void InputEvents::end_test(uint32_t) {}

}  // namespace alibi::python
