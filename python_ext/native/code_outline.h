// Which lines and functions the source of a module body has, whether they run or not.
//
// Used by CodeFiles, once per module body: code that never runs is registered nowhere else, and exports of
// coverage must say what did not run. Reads code objects only; runs no Python code, never leaves an exception
// set.
#ifndef ALIBI_PYTHON_EXT_CODE_OUTLINE_H_
#define ALIBI_PYTHON_EXT_CODE_OUTLINE_H_

#include <string>
#include <vector>

#include "code_lines.h"
#include "compat.h"

namespace alibi::python {

struct OutlinedFunction {
  int32_t scope_line = 0;      // co_firstlineno
  std::string qualified_name;  // UTF-8, escaped bytes as the bytes they were
};

struct CodeOutline {
  LineBits lines;
  std::vector<OutlinedFunction> functions;  // without lambdas, comprehensions and class bodies
};

// Of a module body and all code nested in it.
CodeOutline outline_of(PyCodeObject* module_body);

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_CODE_OUTLINE_H_
