// Programs that only say what machine they run on, as platform and ctypes.util start them when they are
// imported. What they answer belongs to the machine, as /proc does, and is no input of a test.
#ifndef ALIBI_PYTHON_EXT_MACHINE_QUESTIONS_H_
#define ALIBI_PYTHON_EXT_MACHINE_QUESTIONS_H_

#include <string>

namespace alibi::python {

// `path` of the program, absolute; `command` with its arguments. Only programs of the system's own folders
// do.
bool asks_machine(const std::string& path, const std::string& command);

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_MACHINE_QUESTIONS_H_
