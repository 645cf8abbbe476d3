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
using Vars = Watched<Asked<0, Subject::kOwn>>;
using Dir = Watched<Asked<1, Subject::kInherited>>;
using Globals = Watched<Asked<2, Subject::kModule>>;

// "module.Class" of a class made by a class statement, of the library's as well: a base may be one.
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
  if (subject != Subject::kModule && call.count == 1) {
    // The library looks on the project's behalf too: inspect.getmembers, mock's specifications.
    if (!running_->log_.callers().project_asks(Callers::Importing::kDoesNot)) return;
    return running_->record(call.arguments[0], subject);
  }
  if (!running_->log_.callers().current_file_in_project()) return;
  // vars() and dir() say what is local, which in a module body is the module.
  PyObject* globals = PyEval_GetGlobals();
  if (globals == nullptr || (subject != Subject::kModule && globals != call.result)) return;
  Ref filename = Callers::current_file_name();
  std::string path;
  if (path_bytes(filename.get(), &path))
    running_->log_.record_file(InputLog::absolute(path), "whole", ALIBI_INPUT_IMPORT);
}

void NamespaceEvents::record(PyObject* object, Subject subject) {
  if (PyObject* globals = module_globals(object)) {
    PyObject* file = text_item(globals, "__file__");
    std::string path;
    if (file != nullptr && log_.files().in_project(file) && path_bytes(file, &path)) {
      log_.record_file(InputLog::absolute(path), "whole", ALIBI_INPUT_IMPORT);
    }
  } else if (subject == Subject::kInherited) {
    PyTypeObject* type = PyType_Check(object) ? reinterpret_cast<PyTypeObject*>(object) : Py_TYPE(object);
    PyObject* bases = type->tp_mro;
    for (Py_ssize_t i = 0; bases != nullptr && PyTuple_Check(bases) && i < PyTuple_GET_SIZE(bases); ++i) {
      record_class(PyTuple_GET_ITEM(bases, i));
    }
  } else if (PyType_Check(object)) {
    record_class(object);
  }
}

void NamespaceEvents::record_class(PyObject* type) {
  const std::string name = class_name(reinterpret_cast<PyTypeObject*>(type));
  if (!name.empty()) log_.record(ALIBI_INPUT_IMPORT, ALIBI_NO_VALUE, {0, 0}, name, "whole");
}

}  // namespace alibi::python
