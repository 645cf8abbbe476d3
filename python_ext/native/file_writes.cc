#include "file_writes.h"

#include <sys/stat.h>

#include <string>

#include "session_paths.h"

namespace alibi::python {

// Whoever wrote it: what the session made is no input, also when the test runner made it. The caches
// of the import system are nobody's input.
void FileWrites::written(PyObject* object, alibi_input_state state, Content content) {
  std::string path;
  if (log_.callers().import_system_acts()) return;
  if (object == Py_None || PyLong_Check(object) || !log_.path_of(object, &path)) return;
  if (InputLog::is_noise(path)) return;
  struct stat status {};
  const bool existed = lstat(path.c_str(), &status) == 0;
  const bool made = state == ALIBI_PRESENT && !existed;
  const bool replaced = existed && content == Content::kReplaced;
  log_.record(ALIBI_INPUT_WRITTEN, state, {0, 0}, path, made ? "created" : replaced ? "replaced" : "");
  if (made || replaced || state == ALIBI_ABSENT) SessionPaths::note(path);
}

// What comes to lie below it is the session's too, so it must not have been there before: who calls makedirs
// announces each folder.
void FileWrites::folder_made(PyObject* object) {
  std::string path;
  if (object == Py_None || PyLong_Check(object) || !log_.path_of(object, &path)) return;
  struct stat status {};
  if (InputLog::is_noise(path) || lstat(path.c_str(), &status) == 0 || log_.callers().import_system_acts())
    return;
  log_.record(ALIBI_INPUT_WRITTEN, ALIBI_PRESENT, {0, 0}, path, "folder");
  SessionPaths::note_folder(path);
}

void FileWrites::renamed(PyObject* from, PyObject* to) {
  written(from, ALIBI_ABSENT);
  if (is_folder(from)) folder_made(to);
  written(to, ALIBI_PRESENT);
}

bool FileWrites::is_folder(PyObject* object) {
  std::string path;
  struct stat status {};
  return log_.path_of(object, &path) && lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace alibi::python
