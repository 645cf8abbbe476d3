// Files and folders that are about to be made, changed, moved or removed, whoever does it.
//
// Part of InputEvents, which asks on any thread with the interpreter attached. Never raises, never runs code
// of the user.
#ifndef ALIBI_PYTHON_EXT_FILE_WRITES_H_
#define ALIBI_PYTHON_EXT_FILE_WRITES_H_

#include "compat.h"
#include "input_log.h"

namespace alibi::python {

class FileWrites {
 public:
  explicit FileWrites(InputLog& log) : log_(log) {}

  enum class Content : bool { kChanged, kReplaced };
  void written(PyObject* path, alibi_input_state state, Content content = Content::kReplaced);
  void folder_made(PyObject* path);
  void renamed(PyObject* from, PyObject* to);

 private:
  bool is_folder(PyObject* path);

  InputLog& log_;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_FILE_WRITES_H_
