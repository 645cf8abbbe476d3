#include "namespace_events.h"

#include "code_files.h"
#include "method_swap.h"
#include "module_facts.h"
#include "python_text.h"

namespace alibi::python {
namespace {

using Subject = NamespaceEvents::Subject;

template <int kNumber, Subject kSubject>
struct Asked {
  static void called(const FinishedCall& call) { NamespaceEvents::asked(call, kSubject); }
};
using Vars = Watched<Asked<0, Subject::kArgument>>;
using Dir = Watched<Asked<1, Subject::kArgument>>;
using Globals = Watched<Asked<2, Subject::kModule>>;

// "module.Class" of a class made by a class statement.
std::string class_name(PyTypeObject* type) {
  if ((type->tp_flags & Py_TPFLAGS_HEAPTYPE) == 0 || type->tp_dict == nullptr) return {};
  PyObject* module = text_item(type->tp_dict, "__module__");
  const std::string name = utf8_of(reinterpret_cast<PyHeapTypeObject*>(type)->ht_qualname);
  return module != nullptr ? utf8_of(module) + '.' + name : name;
}

}  // namespace

void NamespaceEvents::start() {
  running_ = this;
  Vars::install(module_attribute("builtins", "vars"));
  Dir::install(module_attribute("builtins", "dir"));
  Globals::install(module_attribute("builtins", "globals"));
}

void NamespaceEvents::stop() {
  if (running_ != this) return;
  running_ = nullptr;
  Vars::restore();
  Dir::restore();
  Globals::restore();
}

void NamespaceEvents::asked(const FinishedCall& call, Subject subject) {
  if (running_ == nullptr || Quiet::is_active() || call.result == nullptr) return;
  Quiet quiet;
  ExceptionGuard guard;
  if (!running_->log_.callers().current_file_in_project()) return;
  if (subject == Subject::kArgument && call.count == 1) return running_->record(call.arguments[0]);
  // vars() and dir() say what is local, which in a module body is the module.
  PyObject* globals = PyEval_GetGlobals();
  if (globals == nullptr || (subject == Subject::kArgument && globals != call.result)) return;
  Ref filename = Callers::current_file_name();
  std::string path;
  if (path_bytes(filename.get(), &path))
    running_->log_.record_file(InputLog::absolute(path), "whole", ALIBI_INPUT_IMPORT);
}

void NamespaceEvents::record(PyObject* object) {
  if (PyObject* globals = module_globals(object)) {
    PyObject* file = text_item(globals, "__file__");
    std::string path;
    if (file != nullptr && log_.files().in_project(file) && path_bytes(file, &path)) {
      log_.record_file(InputLog::absolute(path), "whole", ALIBI_INPUT_IMPORT);
    }
  } else if (PyType_Check(object)) {
    const std::string name = class_name(reinterpret_cast<PyTypeObject*>(object));
    if (!name.empty()) log_.record(ALIBI_INPUT_IMPORT, ALIBI_NO_VALUE, {0, 0}, name, "whole");
  }
}

}  // namespace alibi::python
