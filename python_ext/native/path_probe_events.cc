#include "path_probe_events.h"

#include <sys/stat.h>
#include <unistd.h>

#include <climits>

#include "method_swap.h"
#include "module_facts.h"
#include "python_text.h"

namespace alibi::python {
namespace {

using Answer = PathProbeEvents::Answer;

// Arguments with the path among them replaced by its text. An object of the user may be asked for its text
// only once, so the function gets what we got: it asks in the same way, and names the text in its errors.
class PathAsText {
 public:
  PathAsText(PyObject* const* arguments, Py_ssize_t count, PyObject* names) {
    const FinishedCall call{arguments, count, names, nullptr};
    const Py_ssize_t all = count + (names != nullptr ? PyTuple_GET_SIZE(names) : 0);
    PyObject* path = call.argument(0, "path");
    if (path == nullptr || all > kMost || !PathProbeEvents::wants_text_of(path)) return;
    text_ = Ref::steal(PyOS_FSPath(path));
    failed_ = !text_;
    for (Py_ssize_t i = 0; i < all; ++i) {
      // The first argument that is this object: it is positional, or the only one of that name.
      const bool is_path = arguments[i] == path && !replaced_;
      arguments_[i] = is_path ? text_.get() : arguments[i];
      replaced_ = replaced_ || is_path;
    }
  }
  bool failed() const { return failed_; }  // with the user's exception set
  PyObject* const* or_given(PyObject* const* arguments) const { return replaced_ ? arguments_ : arguments; }

 private:
  static constexpr Py_ssize_t kMost = 8;
  Ref text_;
  PyObject* arguments_[kMost];
  bool failed_ = false;
  bool replaced_ = false;
};

// One type per function: each carries the swap of its own.
template <int kNumber, Answer kAnswer>
struct Probe {
  static bool install(PyObject* function) { return slot.install(function, &call); }
  static void restore() { slot.restore(); }
  static PyObject* call(PyObject*, PyObject* const* arguments, size_t given, PyObject* names) {
    const Py_ssize_t count = PyVectorcall_NARGS(given);
    const PathAsText path(arguments, count, names);
    if (path.failed()) return nullptr;
    PyObject* const* passed = path.or_given(arguments);
    PyObject* result = slot.call_original(passed, static_cast<size_t>(count), names);
    PathProbeEvents::asked({passed, count, names, result}, kAnswer, kNumber);
    return result;
  }
  static inline BuiltinSlot slot;
};

struct Function {
  const char* name;
  bool (*install)(PyObject*);
  void (*restore)();
};

template <int kNumber, Answer kAnswer>
constexpr Function function(const char* name) {
  using Swap = Probe<kNumber, kAnswer>;
  return {name, &Swap::install, &Swap::restore};
}

constexpr Function kFunctions[] = {
    function<0, Answer::kStatus>("stat"),        function<1, Answer::kStatus>("lstat"),
    function<2, Answer::kTruth>("access"),       function<3, Answer::kText>("readlink"),
    function<4, Answer::kTruth>("_path_exists"), function<5, Answer::kTruth>("_path_lexists"),
    function<6, Answer::kTruth>("_path_isfile"), function<7, Answer::kTruth>("_path_isdir"),
    function<8, Answer::kTruth>("_path_islink"),
};

// What the relative path of a *at() call starts from.
std::string directory_of(PyObject* descriptor) {
  if (descriptor == nullptr || !PyLong_CheckExact(descriptor)) return {};
  const std::string link = "/proc/self/fd/" + std::to_string(PyLong_AsLong(descriptor));
  char target[PATH_MAX];
  const ssize_t length = readlink(link.c_str(), target, sizeof target);
  return length > 0 ? std::string(target, static_cast<size_t>(length)) : std::string();
}

uint64_t number_item(PyObject* status, Py_ssize_t position) {
  if (!PyTuple_Check(status) || PyTuple_GET_SIZE(status) <= position) return 0;
  PyObject* item = PyTuple_GET_ITEM(status, position);
  return PyLong_CheckExact(item) ? PyLong_AsUnsignedLongLong(item) : 0;
}

alibi_hash hash_of_answer(PyObject* result, Answer answer) {
  if (answer == Answer::kText) {
    std::string target;
    path_bytes(result, &target);
    return alibi_hash_bytes(target.data(), target.size(), 0);
  }
  uint64_t facts[2] = {result == Py_True ? 1u : 0u, 0};
  if (answer == Answer::kStatus) {
    constexpr Py_ssize_t kMode = 0;
    constexpr Py_ssize_t kSize = 6;
    facts[0] = number_item(result, kMode) & S_IFMT;
    // The size of a directory depends on its history.
    if (S_ISREG(facts[0])) facts[1] = number_item(result, kSize);
  }
  return alibi_hash_bytes(facts, sizeof facts, 0);
}

}  // namespace

void PathProbeEvents::start() {
  PyObject* globals = globals_of_module("posix");
  if (globals == nullptr) return;
  running_ = this;
  for (const Function& each : kFunctions) each.install(PyDict_GetItemString(globals, each.name));
}

void PathProbeEvents::stop() {
  if (running_ != this) return;
  running_ = nullptr;
  for (const Function& each : kFunctions) each.restore();
}

bool PathProbeEvents::wants_text_of(PyObject* path) {
  if (running_ == nullptr || Quiet::is_active()) return false;
  return !PyUnicode_Check(path) && !PyBytes_Check(path) && !PyLong_Check(path) && path != Py_None &&
         InputLog::is_user_path(path);
}

void PathProbeEvents::asked(const FinishedCall& call, Answer answer, int function) {
  if (running_ == nullptr || Quiet::is_active()) return;
  // Type and value are read before the guard takes the exception away.
  PyObject* exception = call.result == nullptr ? PyErr_Occurred() : nullptr;
  if (exception != nullptr && !PyErr_GivenExceptionMatches(exception, PyExc_OSError)) return;
  Quiet quiet;
  running_->record(call, answer, function);
}

void PathProbeEvents::record(const FinishedCall& call, Answer answer, int function) {
  const bool failed = call.result == nullptr;
  const bool missing = failed && (PyErr_ExceptionMatches(PyExc_FileNotFoundError) ||
                                  PyErr_ExceptionMatches(PyExc_NotADirectoryError));
  ExceptionGuard guard;
  PyObject* object = call.argument(0, "path");
  if (object == nullptr || PyLong_Check(object)) return;
  if (!log_.callers().project_asks(Callers::Importing::kDoesNot)) return;
  std::string path;
  const std::string directory = directory_of(call.argument(-1, "dir_fd"));
  std::string spelling;
  if (!directory.empty() && path_bytes(object, &spelling)) {
    path = log_.asked(spelling, directory);
  } else if (!log_.asked_path_of(object, &path)) {
    return;
  }
  if (InputLog::is_noise(path)) return;
  const int32_t state = missing ? ALIBI_ABSENT : failed ? ALIBI_OTHER_STATE : ALIBI_PRESENT;
  const alibi_hash hash = failed ? alibi_hash{0, 0} : hash_of_answer(call.result, answer);
  // The question, so that it can be asked again.
  std::string question = kFunctions[function].name;
  if (question == "access") {
    PyObject* mode = call.argument(1, "mode");
    question += ':' + std::to_string(mode != nullptr && PyLong_CheckExact(mode) ? PyLong_AsLong(mode) : 0);
  }
  log_.record(ALIBI_INPUT_PROBE, state, hash, path, question);
}

}  // namespace alibi::python
