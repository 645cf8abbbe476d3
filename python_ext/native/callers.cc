#include "callers.h"

#include "internals/frame_walk.h"
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

bool is_site(const std::string& path) {
  return path == "<frozen site>" || ends_with(path, "/site.py");
}

}  // namespace

void Callers::start() {
  starting_up_ = !files_.runs_tests();
  raw_frames_ = raw_frames_are_right();
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
  PyThreadState* thread = PyThreadState_Get();
  if (starting_up_ && starts_up(FrameObjects(thread))) return false;
  return raw_frames_ ? asks(RawFrames(thread), importing) : asks(FrameObjects(thread), importing);
}

// Nearly always the code that runs now decides.
template <typename Frames>
bool Callers::asks(Frames frames, Importing importing) {
  bool announces = importing == Importing::kBegins;
  int direct = kDirect;
  bool is_interpreter = true;  // nothing but modules frozen into it is on the stack
  for (int depth = 0; frames.code() != nullptr && depth < kDeepest; ++depth, frames.next()) {
    const Kind kind = kind_of(frames.code()->co_filename);
    announces = announces && kind == Kind::kImporter;
    is_interpreter = is_interpreter && (kind == Kind::kImporter || kind == Kind::kFrozen);
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
  }
  // A thread that runs library code only was started by somebody: by the project, as far as we know.
  if (frames.code() != nullptr) return false;
  if (files_.runs_tests()) return PyThread_get_thread_ident() != test_thread_;
  // A started interpreter opens and looks at the source that it runs: what that means is known by its code.
  // Of an archive, or a script under another name, the content counts.
  return !is_interpreter || importing == Importing::kCounts;
}

// A started interpreter reads what every interpreter reads until `site` is through; code of the project that
// this runs is none of that.
template <typename Frames>
bool Callers::starts_up(Frames frames) {
  bool in_site = false;
  for (int depth = 0; frames.code() != nullptr && depth < kDeepest; ++depth, frames.next()) {
    PyObject* filename = frames.code()->co_filename;
    if (kind_of(filename) == Kind::kProject) return false;
    in_site = in_site || is_site(utf8_of(filename));
  }
  if (!in_site) starting_up_ = false;
  return in_site;
}

bool Callers::runner_acts() {
  if (!raw_frames_) return false;
  const RawFrames frames(PyThreadState_Get());
  return frames.code() != nullptr && kind_of(frames.code()->co_filename) == Kind::kRunner;
}

bool Callers::import_system_acts() {
  FrameObjects frames(PyThreadState_Get());
  for (int depth = 0; frames.code() != nullptr && depth < kDirect; ++depth, frames.next()) {
    const Kind kind = kind_of(frames.code()->co_filename);
    if (kind == Kind::kImporter) return true;
    if (kind == Kind::kProject || kind == Kind::kDynamic) return false;
  }
  return false;
}

Ref Callers::current_file_name() {
  const FrameObjects frames(PyThreadState_Get());
  return frames.code() != nullptr ? Ref::share(frames.code()->co_filename) : Ref();
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
  if (starts_with(path, "<frozen ")) return Kind::kFrozen;
  if (starts_with(path, "<")) return Kind::kDynamic;
  if (ends_with(path, "/_pytest/assertion/rewrite.py")) return Kind::kImporter;
  if (!own_package_.empty() && starts_with(path, own_package_.c_str())) return Kind::kRunner;
  if (files_.in_project(filename)) return Kind::kProject;
  if (!files_.runs_tests()) return Kind::kOther;
  const bool of_runner = contains(path, "/_pytest/") || contains(path, "/pluggy/") ||
                         contains(path, "/xdist/") || contains(path, "/execnet/");
  if (!of_runner) return Kind::kOther;
  // These two do what the test told them to do.
  const bool on_behalf = ends_with(path, "/monkeypatch.py") || ends_with(path, "/pytester.py");
  return on_behalf ? Kind::kOther : Kind::kRunner;
}

}  // namespace alibi::python
