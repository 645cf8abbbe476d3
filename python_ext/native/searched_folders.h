// In which folders of the project a module was looked for: a new file there can hide the one that was found.
//
// Part of InputEvents, which calls it with the interpreter attached. Where the run itself looks is known from
// its description (sys.path, once all tests were found); folders that a test, a module that is collected or a
// started program searches besides are recorded as listed. Never raises.
#ifndef ALIBI_PYTHON_EXT_SEARCHED_FOLDERS_H_
#define ALIBI_PYTHON_EXT_SEARCHED_FOLDERS_H_

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "compat.h"
#include "input_log.h"

namespace alibi::python {

class SearchedFolders {
 public:
  explicit SearchedFolders(InputLog& log) : log_(log) {}

  // From the "import" audit event: sys.path, or anything else.
  void import_started(PyObject* path);
  void begin_test();

 private:
  template <typename Visit>
  void each_folder(PyObject* path, const Visit& visit);
  bool is_of_project(const std::string& folder);

  InputLog& log_;
  bool testing_ = false;  // the run's own folders are known
  std::set<std::string> own_;
  std::set<std::pair<uint32_t, std::string>> searched_;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_SEARCHED_FOLDERS_H_
