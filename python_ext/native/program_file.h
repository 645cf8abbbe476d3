// What a program file is: a Python interpreter, a script, or something else. Used by ProcessEvents before a
// program is started. Looks at the first bytes of files; never runs one.
#ifndef ALIBI_PYTHON_EXT_PROGRAM_FILE_H_
#define ALIBI_PYTHON_EXT_PROGRAM_FILE_H_

#include <string>
#include <vector>

namespace alibi::python {

// Where the system looks for a program without a folder, along PATH, in order.
std::vector<std::string> paths_of_program(const std::string& name);

class ProgramFile {
 public:
  explicit ProgramFile(const std::string& path);

  // The interpreter itself, or a script of which the system gives it to one, with nothing but `env` between.
  bool is_python() const { return is_python_; }
  bool is_script() const { return is_script_; }

 private:
  bool is_python_ = false;
  bool is_script_ = false;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_PROGRAM_FILE_H_
