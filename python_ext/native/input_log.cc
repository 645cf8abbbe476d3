#include "input_log.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "import_events.h"
#include "python_text.h"
#include "session_paths.h"

namespace alibi::python {
namespace {

// Some 5 MB; past it repetitions are written again, which costs space and means nothing.
constexpr size_t kSeenLimit = 100000;

bool ends_with(const std::string& text, const char* suffix) {
  const size_t length = std::strlen(suffix);
  return text.size() >= length && text.compare(text.size() - length, length, suffix) == 0;
}

// Exactly pathlib.PosixPath or os.DirEntry: types whose __fspath__ is the library's own.
bool is_library_path(PyObject* object) {
  const char* name = Py_TYPE(object)->tp_name;
  if (std::strcmp(name, "posix.DirEntry") == 0) return true;
  if (std::strcmp(name, "PosixPath") != 0 && std::strcmp(name, "PurePosixPath") != 0) return false;
  PyObject* modules = PyImport_GetModuleDict();
  PyObject* pathlib = modules != nullptr ? PyDict_GetItemString(modules, "pathlib") : nullptr;
  if (pathlib == nullptr || !PyModule_Check(pathlib)) return false;
  return PyDict_GetItemString(PyModule_GetDict(pathlib), name) ==
         reinterpret_cast<PyObject*>(Py_TYPE(object));
}

}  // namespace

InputLog::InputLog(const Recording& recording) : recording_(recording), callers_(recording.files) {}

void InputLog::record(int32_t kind, int32_t state, const alibi_hash& hash, const std::string& subject,
                      const std::string& detail) {
  RecordingLock lock;
  const bool of_path = kind == ALIBI_INPUT_FILE || kind == ALIBI_INPUT_DIRECTORY || kind == ALIBI_INPUT_PROBE;
  std::string words = detail;
  if (of_path && SessionPaths::covers(subject)) words += words.empty() ? "session" : "\nsession";
  record_for(current_context(), kind, state, hash, subject, details(words));
}

std::string InputLog::details(const std::string& detail) const {
  PyObject* module = ImportEvents::running_module();
  if (module == nullptr) return detail;
  return detail + (detail.empty() ? "import:" : "\nimport:") + utf8_of(module) +
         "\nline:" + std::to_string(recording_.activation.running_line());
}

void InputLog::record_for(uint32_t context, int32_t kind, int32_t state, const alibi_hash& hash,
                          const std::string& subject, const std::string& detail) {
  // Not as a seed: XXH3 merely combines the seed with texts of a few bytes.
  std::string key = std::to_string(context) + '/' + std::to_string(kind) + '/';
  key.append(subject).append(1, '\0').append(detail);
  if (seen_.size() > kSeenLimit) seen_.clear();
  if (!seen_.insert(alibi_hash_bytes(key.data(), key.size(), 0).low).second) return;
  const alibi_input input{context, kind, state, hash, text_view(subject), text_view(detail)};
  if (alibi_record_input(recording_.session, &input) == ALIBI_OK) ++recorded_;
}

int32_t InputLog::record_file(const std::string& path, const std::string& detail, int32_t kind) {
  alibi_hash hash{0, 0};
  const int32_t state = alibi_hash_file(recording_.session, text_view(path), &hash);
  record(kind, state, hash, path, detail);
  return state;
}

int32_t InputLog::record_directory(const std::string& path) {
  alibi_hash hash{0, 0};
  const int32_t state = alibi_hash_directory(recording_.session, text_view(path), &hash);
  record(ALIBI_INPUT_DIRECTORY, state, hash, path);
  return state;
}

void InputLog::record_directory_for(uint32_t context, const std::string& path) {
  alibi_hash hash{0, 0};
  const int32_t state = alibi_hash_directory(recording_.session, text_view(path), &hash);
  record_for(context, ALIBI_INPUT_DIRECTORY, state, hash, path, SessionPaths::covers(path) ? "session" : "");
}

void InputLog::record_links_for(uint32_t context, const std::string& path) {
  constexpr int kMostLinks = 40;  // as many as the kernel follows
  char real[PATH_MAX];
  if (realpath(path.c_str(), real) != nullptr && path == real) return;
  std::string whole = path;
  size_t end = 1;
  for (int links = 0; links < kMostLinks && end < whole.size();) {
    end = std::min(whole.find('/', end), whole.size());
    const std::string link = whole.substr(0, end);
    char target[PATH_MAX];
    const ssize_t length = readlink(link.c_str(), target, sizeof target);
    if (length <= 0) {
      ++end;
      continue;
    }
    const std::string text(target, static_cast<size_t>(length));
    RecordingLock lock;
    if (!is_noise(link)) {
      record_for(context, ALIBI_INPUT_PROBE, ALIBI_PRESENT, alibi_hash_bytes(text.data(), text.size(), 0),
                 link, SessionPaths::covers(link) ? "readlink\nsession" : details("readlink"));
    }
    whole = absolute(text, link.substr(0, link.rfind('/'))) + whole.substr(end);
    end = 1;
    ++links;
  }
}

void InputLog::count_loss() {
  RecordingLock lock;
  alibi_drop(recording_.session, current_context(), ALIBI_DROP_INPUT, 1);
}

std::string InputLog::resolved(const std::string& path, const std::string& directory, InputLog* asking) {
  std::string whole = path;
  if (path.empty() || path[0] != '/') {
    char buffer[PATH_MAX];
    std::string start = directory;
    if (start.empty() && getcwd(buffer, sizeof buffer) != nullptr) start = buffer;
    whole = start + '/' + path;
  }
  std::string result;
  result.reserve(whole.size());
  for (size_t begin = 0; begin < whole.size();) {
    size_t end = whole.find('/', begin);
    if (end == std::string::npos) end = whole.size();
    const size_t length = end - begin;
    if (length == 2 && whole.compare(begin, 2, "..") == 0) return climbed(whole, asking);
    if (length != 0 && !(length == 1 && whole[begin] == '.')) {
      result += '/';
      result.append(whole, begin, length);
    }
    begin = end + 1;
  }
  return result.empty() ? "/" : result;
}

std::string InputLog::climbed(const std::string& whole, InputLog* asking) {
  const auto record = [](void* log, const alibi_passed* passed) {
    const std::string path(passed->path.bytes, passed->path.length);
    if (is_noise(path)) return;
    static_cast<InputLog*>(log)->record(ALIBI_INPUT_PROBE, passed->state, passed->hash, path,
                                        passed->question);
  };
  char end[2 * PATH_MAX];
  const size_t length =
      alibi_climb(text_view(whole), end, sizeof end, asking != nullptr ? +record : nullptr, asking);
  // Too long for the kernel, too: nothing is there.
  return length != 0 ? std::string(end, length) : whole;
}

bool InputLog::is_noise(const std::string& path) {
  return alibi_is_kernel_path({path.data(), path.size()}) != 0 || path.find("/.alibi/") != std::string::npos;
}

bool InputLog::is_code_file(const std::string& path) {
  // "a.pyc.140060374818064": the interpreter writes compiled code under such a name first.
  const size_t temporary = path.rfind(".pyc.");
  const bool is_temporary = temporary != std::string::npos &&
                            path.find_first_not_of("0123456789", temporary + 5) == std::string::npos;
  return ends_with(path, ".py") || ends_with(path, ".pyc") || ends_with(path, ".so") || is_temporary;
}

// Looks into the dicts of the classes, as the interpreter does, without asking for an attribute.
bool InputLog::is_user_path(PyObject* object) {
  PyObject* classes = Py_TYPE(object)->tp_mro;
  if (classes == nullptr || !PyTuple_Check(classes) || is_library_path(object)) return false;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(classes); ++i) {
    PyTypeObject* each = reinterpret_cast<PyTypeObject*>(PyTuple_GET_ITEM(classes, i));
    if ((each->tp_flags & Py_TPFLAGS_HEAPTYPE) == 0 || each->tp_dict == nullptr) continue;
    if (PyDict_GetItemString(each->tp_dict, "__fspath__") != nullptr) return true;
  }
  return false;
}

bool InputLog::path_of(PyObject* object, std::string* path, InputLog* asking) {
  std::string bytes;
  if (object == nullptr || object == Py_None) {
    *path = absolute(".");
    return true;
  }
  if (path_bytes(object, &bytes)) {
    *path = resolved(bytes, {}, asking);
    return true;
  }
  if (PyLong_Check(object)) return false;
  if (!is_library_path(object)) {
    count_loss();
    return false;
  }
  Ref text = Ref::steal(PyOS_FSPath(object));
  if (!text || !path_bytes(text.get(), &bytes)) {
    PyErr_Clear();
    return false;
  }
  *path = resolved(bytes, {}, asking);
  return true;
}

}  // namespace alibi::python
