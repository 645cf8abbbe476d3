// The lines that a code object's instructions carry, read from its line table in C.
//
// Used by code_units, code_outline and monitoring_far_lines, once per code object. Reads bytes only; a
// damaged table (code objects can be made by hand) ends the walk early and never reads past the end.
#ifndef ALIBI_PYTHON_EXT_CODE_LINES_H_
#define ALIBI_PYTHON_EXT_CODE_LINES_H_

#include <string>
#include <string_view>
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

// The lines of any number of code objects, one bit each.
class LineBits {
 public:
  void add_lines_of(PyCodeObject* code);
  void add(int line);              // not negative
  std::string_view bytes() const;  // bit i of byte k: line 8 * k + i; without zeros at the end

 private:
  static constexpr int kHighest = 1 << 22;  // longer than any source; hand-made tables can claim anything

  std::string bytes_;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_CODE_LINES_H_
