#include "callers.h"

#include <frameobject.h>

#include "internals/frame_access.h"
#include "python_text.h"

namespace alibi::python {
namespace {

bool starts_with(const std::string& text, const char* prefix) {
  return text.rfind(prefix, 0) == 0;
}
bool ends_with(const std::string& text, const std::string& suffix) {
  return text.size() >= suffix.size() &&
         text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
}
bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

Ref current_frame() {
  PyThreadState* thread = PyThreadState_Get();
  return Ref::steal(reinterpret_cast<PyObject*>(PyThreadState_GetFrame(thread)));
}

Ref frame_before(const Ref& frame) {
  return Ref::steal(
      reinterpret_cast<PyObject*>(PyFrame_GetBack(reinterpret_cast<PyFrameObject*>(frame.get()))));
}

Ref code_of_frame(const Ref& frame) {
  return Ref::steal(
      reinterpret_cast<PyObject*>(PyFrame_GetCode(reinterpret_cast<PyFrameObject*>(frame.get()))));
}

PyObject* filename_of(const Ref& code) {
  return reinterpret_cast<PyCodeObject*>(code.get())->co_filename;
}

}  // namespace

void Callers::start() {
  test_thread_ = PyThread_get_thread_ident();
  // Borrowed all the way; the package may be absent when the extension is loaded on its own.
  PyObject* modules = PyImport_GetModuleDict();
  PyObject* package = modules != nullptr ? PyDict_GetItemString(modules, "testalibi") : nullptr;
  if (package == nullptr || !PyModule_Check(package)) return;
  const std::string file = utf8_of(PyDict_GetItemString(PyModule_GetDict(package), "__file__"));
  own_package_ = file.substr(0, file.rfind('/') + 1);
}

void Callers::forget() {
  for (Entry& entry : entries_) {
    PyObject* filename = entry.filename;
    entry = Entry{};
    Py_XDECREF(filename);
  }
}

bool Callers::project_asks(Importing importing) {
  // Nearly always the code that runs now decides; only then frames need objects.
  const Ref running = running_code(PyThreadState_Get());
  if (running && PyCode_Check(running.get())) {
    const Kind kind = kind_of(filename_of(running));
    if (kind == Kind::kRunner) return false;
    if (kind == Kind::kProject || kind == Kind::kDynamic) return true;
  }
  Ref frame = current_frame();
  bool announces = importing == Importing::kBegins;
  int direct = kDirect;
  for (int depth = 0; frame && depth < kDeepest; ++depth) {
    Ref code = code_of_frame(frame);
    const Kind kind = kind_of(filename_of(code));
    announces = announces && kind == Kind::kImporter;
    if (announces) direct = depth + 1 + kDirect;
    switch (kind) {
      case Kind::kProject:
      case Kind::kDynamic:
        return true;
      case Kind::kRunner:
        return false;
      case Kind::kImporter:
        if (importing != Importing::kCounts && !announces && depth < direct) return false;
        break;
      default:
        break;
    }
    frame = frame_before(frame);
  }
  // A thread that runs library code only was started by somebody: by the project, as far as we know.
  return !frame && PyThread_get_thread_ident() != test_thread_;
}

bool Callers::import_system_acts() {
  Ref frame = current_frame();
  for (int depth = 0; frame && depth < kDirect; ++depth) {
    Ref code = code_of_frame(frame);
    const Kind kind = kind_of(filename_of(code));
    if (kind == Kind::kImporter) return true;
    if (kind == Kind::kProject || kind == Kind::kDynamic) return false;
    frame = frame_before(frame);
  }
  return false;
}

Ref Callers::current_file_name() {
  Ref frame = current_frame();
  if (!frame) return {};
  Ref code = code_of_frame(frame);
  return Ref::share(filename_of(code));
}

bool Callers::current_file_in_project() {
  Ref filename = current_file_name();
  return filename && kind_of(filename.get()) == Kind::kProject;
}

Callers::Kind Callers::kind_of(PyObject* filename) {
  Entry& entry = entries_[(reinterpret_cast<uintptr_t>(filename) >> 4) % kRemembered];
  if (entry.filename == filename) return entry.kind;
  const Kind kind = classify(filename);
  PyObject* old = entry.filename;
  Py_INCREF(filename);
  entry = {filename, kind};
  Py_XDECREF(old);
  return kind;
}

Callers::Kind Callers::classify(PyObject* filename) {
  const std::string path = utf8_of(filename);
  if (starts_with(path, "<frozen importlib")) return Kind::kImporter;
  if (starts_with(path, "<frozen ")) return Kind::kOther;
  if (starts_with(path, "<")) return Kind::kDynamic;
  if (ends_with(path, "/_pytest/assertion/rewrite.py")) return Kind::kImporter;
  if (!own_package_.empty() && starts_with(path, own_package_.c_str())) return Kind::kRunner;
  if (files_.in_project(filename)) return Kind::kProject;
  if (!contains(path, "/_pytest/") && !contains(path, "/pluggy/")) return Kind::kOther;
  // These two do what the test told them to do.
  const bool on_behalf = ends_with(path, "/monkeypatch.py") || ends_with(path, "/pytester.py");
  return on_behalf ? Kind::kOther : Kind::kRunner;
}

}  // namespace alibi::python
