#include "import_events.h"

#include <cstring>
#include <unordered_set>
#include <vector>

#include "activation.h"
#include "code_files.h"
#include "event_source.h"
#include "function_watch.h"
#include "input_log.h"
#include "method_swap.h"
#include "module_facts.h"
#include "python_text.h"

namespace alibi::python {
namespace {

thread_local std::vector<PyObject*> running_modules;
ImportEvents::ModuleLoaded module_loaded = nullptr;

bool starts_with(const std::string& text, const std::string& prefix) {
  return !prefix.empty() && text.compare(0, prefix.size(), prefix) == 0;
}
bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

// Is this the namespace of the module that sys.modules knows by its name? Else the body runs as a
// script: nobody can import what it defines, but its file as a whole was read.
bool is_import(PyObject* globals) {
  PyObject* name = text_item(globals, "__name__");
  PyObject* modules = loaded_modules();
  if (name == nullptr || modules == nullptr || PyUnicode_CompareWithASCIIString(name, "__main__") == 0)
    return false;
  // runpy puts its module there for the time being, without a specification.
  PyObject* specification = PyDict_GetItemString(globals, "__spec__");
  const bool specified = specification != nullptr && specification != Py_None;
  if (specified && module_globals(PyDict_GetItemWithError(modules, name)) == globals) return true;
  // pytest's own importer puts the module into sys.modules only now and then.
  PyObject* loader = PyDict_GetItemString(globals, "__loader__");
  return loader != nullptr && std::strcmp(Py_TYPE(loader)->tp_name, "AssertionRewritingHook") == 0;
}

}  // namespace

struct ImportEvents::Parts {
  explicit Parts(const Recording& given) : recording(given), log(given) {}

  bool start(std::string* why);
  void stop();

  PyObject* run(PyObject* const* arguments, Py_ssize_t count, PyObject* names);
  void note_lookup(PyObject* name, PyObject* result);
  void note_started(PyObject* name);
  void settle_started();
  void note_new_modules();
  void note_entry(PyObject* name, PyObject* entry);
  void note_module(const std::string& name, PyObject* file);
  // Nobody says when a child ends: what it imports is told before it runs.
  bool is_child() const { return forked || !recording.files.runs_tests(); }

  static PyObject* exec(PyObject*, PyObject* const* arguments, size_t count, PyObject* names) {
    const bool watched = running != nullptr && PyVectorcall_NARGS(count) >= 1 && PyCode_Check(arguments[0]);
    if (!watched) return exec_slot.call_original(arguments, count, names);
    return running->run(arguments, PyVectorcall_NARGS(count), names);
  }

  // Three places where a module is looked up by a value.
  struct ImportCalled {
    static void called(const FinishedCall& call) { lookup(call); }
  };
  struct ImportModuleCalled {
    static constexpr char kModule[] = "importlib";
    static constexpr char kName[] = "import_module";
    static constexpr char kSignature[] = "(name, package=None)";
    static void called(const FinishedCall& call) { lookup(call); }
  };
  struct FindSpecCalled {
    static constexpr char kModule[] = "importlib.util";
    static constexpr char kName[] = "find_spec";
    static constexpr char kSignature[] = "(name, package=None)";
    static void called(const FinishedCall& call) { lookup(call); }
  };
  static void lookup(const FinishedCall& call) {
    if (running == nullptr || Quiet::is_active()) return;
    if (PyObject* name = call.argument(0, "name")) running->note_lookup(name, call.result);
  }

  static inline Parts* running = nullptr;
  static inline BuiltinSlot exec_slot;

  Recording recording;
  InputLog log;
  bool forked = false;
  LoadedModules loaded;
  std::unordered_set<std::string> noted;
  // Imports under way or done since the last boundary: found or not, sys.modules tells later.
  struct Started {
    uint32_t context;
    Ref name;
    std::string detail;
  };
  std::vector<Started> started;
  std::string library;  // directory of the standard library, with a slash
};

bool ImportEvents::Parts::start(std::string* why) {
  if (!exec_slot.install(module_attribute("builtins", "exec"), &exec)) {
    *why = "builtins.exec is not the interpreter's own function, so imports cannot be followed";
    return false;
  }
  log.callers().start();
  library = utf8_of(text_item(globals_of_module("os"), "__file__"));
  library.resize(library.rfind('/') + 1);
  running = this;
  Watched<ImportCalled>::install(module_attribute("builtins", "__import__"));
  WatchedFunction<ImportModuleCalled>::install();
  WatchedFunction<FindSpecCalled>::install();
  return true;
}

void ImportEvents::Parts::stop() {
  if (running != this) return;
  settle_started();
  note_new_modules();
  running = nullptr;
  exec_slot.restore();
  Watched<ImportCalled>::restore();
  WatchedFunction<ImportModuleCalled>::restore();
  WatchedFunction<FindSpecCalled>::restore();
  log.callers().forget();
}

PyObject* ImportEvents::Parts::run(PyObject* const* arguments, Py_ssize_t count, PyObject* names) {
  constexpr Py_ssize_t kMost = 8;  // exec takes four; more is its own error
  const Py_ssize_t all = count + (names != nullptr ? PyTuple_GET_SIZE(names) : 0);
  if (all > kMost) return exec_slot.call_original(arguments, static_cast<size_t>(count), names);
  PyObject* replaced[kMost];
  std::memcpy(replaced, arguments, static_cast<size_t>(all) * sizeof *arguments);
  Ref code = Ref::steal(recording.source.prepare(arguments[0]));
  replaced[0] = code.get();
  PyCodeObject* body = reinterpret_cast<PyCodeObject*>(code.get());
  PyObject* given = count >= 2 && PyDict_Check(arguments[1]) ? arguments[1] : nullptr;
  PyObject* globals = given != nullptr ? given : PyEval_GetGlobals();
  bool is_module = false;
  bool imported = false;
  {
    RecordingLock lock;
    CodeRecord* record = recording.files.record_of(body);
    is_module = record->in_project() && record->kind == ALIBI_CODE_MODULE;
    if (is_module) {
      ExceptionGuard guard;
      imported = globals != nullptr && is_import(globals);
      std::string path;
      if (!imported && path_bytes(body->co_filename, &path)) {
        Quiet quiet;
        log.record_file(log.asked(path), "script");
      }
      recording.activation.enter_module(record);
    }
  }
  if (!is_module) return exec_slot.call_original(replaced, static_cast<size_t>(count), names);

  running_modules.push_back(body->co_filename);
  Ref kept_globals = Ref::share(globals);
  PyObject* result = exec_slot.call_original(replaced, static_cast<size_t>(count), names);
  running_modules.pop_back();
  if (running != nullptr) {  // the body may have ended the session
    RecordingLock lock;
    running->recording.activation.leave_module();
  }
  if (result != nullptr && imported && module_loaded != nullptr) {
    ExceptionGuard guard;
    module_loaded(kept_globals.get());
  }
  return result;
}

void ImportEvents::Parts::note_lookup(PyObject* name, PyObject* result) {
  ExceptionGuard guard;
  Quiet quiet;
  if (!PyUnicode_CheckExact(name) || !log.callers().project_asks(Callers::Importing::kDoesNot)) return;
  const bool found = result != nullptr && result != Py_None;
  std::string detail;
  PyObject* globals = found ? module_globals(result) : nullptr;
  PyObject* file = globals != nullptr ? text_item(globals, "__file__") : nullptr;
  if (file != nullptr) detail = "at:" + utf8_of(file);
  log.record(ALIBI_INPUT_IMPORT, found ? ALIBI_PRESENT : ALIBI_ABSENT, {0, 0}, utf8_of(name), detail);
}

void ImportEvents::Parts::note_started(PyObject* name) {
  constexpr size_t kMost = 4096;  // a module that fails to import in a loop
  if (!PyUnicode_CheckExact(name) || started.size() >= kMost) return;
  if (!log.callers().project_asks(Callers::Importing::kBegins)) return;
  if (is_child()) log.record(ALIBI_INPUT_IMPORT, ALIBI_NO_VALUE, {0, 0}, utf8_of(name), "begun");
  RecordingLock lock;
  started.push_back({log.current_context(), Ref::share(name), log.details({})});
}

void ImportEvents::Parts::settle_started() {
  std::vector<Started> settled;
  settled.swap(started);
  PyObject* modules = loaded_modules();
  RecordingLock lock;
  for (const Started& each : settled) {
    PyObject* entry = modules != nullptr ? PyDict_GetItemWithError(modules, each.name.get()) : nullptr;
    PyObject* globals = module_globals(entry);
    PyObject* file = globals != nullptr ? text_item(globals, "__file__") : nullptr;
    std::string detail = each.detail;
    if (file != nullptr) detail = "at:" + utf8_of(file) + (detail.empty() ? "" : "\n") + detail;
    const bool found = entry != nullptr && entry != Py_None;
    log.record_for(each.context, ALIBI_INPUT_IMPORT, found ? ALIBI_PRESENT : ALIBI_ABSENT, {0, 0},
                   utf8_of(each.name.get()), detail);
  }
}

void ImportEvents::Parts::note_new_modules() {
  RecordingLock lock;
  loaded.each_if_new([this](PyObject* name, PyObject* entry) { note_entry(name, entry); });
}

void ImportEvents::Parts::note_entry(PyObject* name, PyObject* entry) {
  PyObject* globals = PyUnicode_CheckExact(name) ? module_globals(entry) : nullptr;
  PyObject* file = globals != nullptr ? text_item(globals, "__file__") : nullptr;
  if (file != nullptr) note_module(utf8_of(name), file);
}

// One record per top-level module outside the project; the parts of a namespace package may come from
// several distributions, so each of them counts.
void ImportEvents::Parts::note_module(const std::string& name, PyObject* file) {
  if (name == "__main__" || !noted.insert(name).second || recording.files.in_project(file)) return;
  const size_t dot = name.find('.');
  if (dot != std::string::npos) {
    PyObject* top = globals_of_module(name.substr(0, dot).c_str());
    if (top == nullptr || text_item(top, "__file__") != nullptr) return;
  }
  const std::string path = utf8_of(file);
  const bool installed = contains(path, "/site-packages/") || contains(path, "/dist-packages/");
  if (!installed && starts_with(path, library)) return;
  alibi_record_imported(recording.session, text_view(name), text_view(path));
}

ImportEvents::ImportEvents(const Recording& recording) : parts_(std::make_unique<Parts>(recording)) {}

ImportEvents::~ImportEvents() {
  stop();
}

bool ImportEvents::start(std::string* why) {
  ExceptionGuard guard;
  return parts_->start(why);
}

void ImportEvents::stop() {
  ExceptionGuard guard;
  parts_->stop();
}

void ImportEvents::begin_test(uint32_t) {
  ExceptionGuard guard;
  parts_->settle_started();
  parts_->note_new_modules();
}

void ImportEvents::end_test(uint32_t) {
  ExceptionGuard guard;
  parts_->settle_started();
  parts_->note_new_modules();
}

void ImportEvents::context_ends() {
  if (parts_->started.empty()) return;
  ExceptionGuard guard;
  parts_->settle_started();
}

PyObject* ImportEvents::running_module() {
  return running_modules.empty() ? nullptr : running_modules.back();
}

void ImportEvents::after_fork_in_child() {
  parts_->forked = true;
}

void ImportEvents::import_started(PyObject* name, PyObject* file) {
  if (Parts::running == nullptr) return;
  if (PyUnicode_CheckExact(name) && PyUnicode_CheckExact(file)) {
    RecordingLock lock;
    Parts::running->note_module(utf8_of(name), file);
  } else {
    Parts::running->note_started(name);
  }
}

void ImportEvents::file_opened() {
  Parts* const parts = Parts::running;
  if (parts == nullptr || !parts->is_child()) return;
  RecordingLock lock;
  parts->loaded.each_new([parts](PyObject* name, PyObject* entry) { parts->note_entry(name, entry); });
}

void ImportEvents::observe_loaded_modules(ModuleLoaded observer) {
  module_loaded = observer;
}

}  // namespace alibi::python
