// The names that a code object's own instructions and constants refer to.
//
// Used by code_units. Names are what lets selection tie a test to a module-level statement that the
// test never runs: globals, attributes, imports, and identifiers spelled inside strings.
#ifndef ALIBI_PYTHON_EXT_CODE_NAMES_H_
#define ALIBI_PYTHON_EXT_CODE_NAMES_H_

#include <vector>

#include "code_units.h"

namespace alibi::python {

// Sorted, each once.
std::vector<CodeName> names_in(PyCodeObject* code, const Instructions& instructions);

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_CODE_NAMES_H_
