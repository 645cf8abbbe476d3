// Paths that this process has made, replaced or removed since the session began: what is read there
// afterwards is no input from outside. Used by InputEvents, which notes them, and InputLog, which marks such
// readings. Callers hold the interpreter; a lock of its own covers builds without a GIL. A forked child
// inherits a copy.
#ifndef ALIBI_PYTHON_EXT_SESSION_PATHS_H_
#define ALIBI_PYTHON_EXT_SESSION_PATHS_H_

#include <string>

namespace alibi::python {

class SessionPaths {
 public:
  static void forget();
  static void note(const std::string& path);
  // A folder that was not there before: everything below it is the session's as well.
  static void note_folder(const std::string& path);
  static bool covers(const std::string& path);
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_SESSION_PATHS_H_
