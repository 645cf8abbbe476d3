// The lines that a code object's instructions carry, read from its line table in C.
//
// Used by code_units and monitoring_offsets, once per code object. Reads bytes only; a damaged table (code
// objects can be made by hand) ends the walk early and never reads past the end.
#ifndef ALIBI_PYTHON_EXT_CODE_LINES_H_
#define ALIBI_PYTHON_EXT_CODE_LINES_H_

#include <vector>

#include "compat.h"

namespace alibi::python {

struct LineRange {
  int first;  // smallest line; co_firstlineno (at least 1) when no instruction carries one
  int last;
};

LineRange line_range(PyCodeObject* code);

// The line of each code unit, 0 where it has none. CPython 3.11 and later; empty on older ones.
std::vector<int> unit_lines(PyCodeObject* code);

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_CODE_LINES_H_
