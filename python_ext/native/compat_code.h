// compat.h continued: what a code object and its bytecode look like in each release.
//
// Used by code_units and the files it is made of. Public fields and functions only; says owned or
// borrowed for each object.
#ifndef ALIBI_PYTHON_EXT_COMPAT_CODE_H_
#define ALIBI_PYTHON_EXT_COMPAT_CODE_H_

#include "compat.h"

namespace alibi::python {

// Bytecode as compiled: no specialised, no instrumented opcodes, inline caches zeroed. May be null.
inline Ref compiled_bytecode(PyCodeObject* code) {
#if PY_VERSION_HEX >= 0x030B0000
  return Ref::steal(PyCode_GetCode(code));
#else
  return Ref::share(code->co_code);
#endif
}

// Names of all locals, arguments first. May be null.
inline Ref local_names(PyCodeObject* code) {
#if PY_VERSION_HEX >= 0x030B0000
  return Ref::steal(PyCode_GetVarnames(code));
#else
  return Ref::share(code->co_varnames);
#endif
}

inline Py_ssize_t cell_count(PyCodeObject* code) {
#if PY_VERSION_HEX >= 0x030B0000
  return code->co_ncellvars;
#else
  return PyTuple_GET_SIZE(code->co_cellvars);
#endif
}

inline Py_ssize_t free_count(PyCodeObject* code) {
#if PY_VERSION_HEX >= 0x030B0000
  return code->co_nfreevars;
#else
  return PyTuple_GET_SIZE(code->co_freevars);
#endif
}

// Borrowed; null before 3.11, which had blocks in the bytecode instead.
inline PyObject* exception_table(PyCodeObject* code) {
#if PY_VERSION_HEX >= 0x030B0000
  return code->co_exceptiontable;
#else
  (void)code;
  return nullptr;
#endif
}

// Borrowed; null before 3.11.
inline PyObject* qualified_name(PyCodeObject* code) {
#if PY_VERSION_HEX >= 0x030B0000
  return code->co_qualname;
#else
  (void)code;
  return nullptr;
#endif
}

// How a code object says which instruction belongs to which line.
enum class LineTableForm {
  kPairs,          // Objects/lnotab_notes.txt: how far code and line advance; the first line holds from 0 on
  kPairsWithGaps,  // (bytes of code, line delta); -128: these bytes have no line
  kLocations,      // Objects/locations.md
};
inline constexpr LineTableForm kLineTableForm = ALIBI_AT_LEAST(11)   ? LineTableForm::kLocations
                                                : ALIBI_AT_LEAST(10) ? LineTableForm::kPairsWithGaps
                                                                     : LineTableForm::kPairs;
// Borrowed.
inline PyObject* line_table(PyCodeObject* code) {
#if ALIBI_AT_LEAST(10)
  return code->co_linetable;
#else
  return code->co_lnotab;
#endif
}

// Arguments of jumps count bytes in 3.9, code units since.
inline constexpr uint32_t kJumpsPerUnit = PY_VERSION_HEX >= 0x030A0000 ? 1 : 2;

// Flags that say nothing about behaviour: CO_HAS_DOCSTRING (3.13).
inline constexpr int kMeaninglessFlags = 0x4000000;

inline bool string_is_ready(PyObject* string) {
#if PY_VERSION_HEX >= 0x030C0000
  (void)string;
  return true;
#else
  return PyUnicode_READY(string) == 0;
#endif
}

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_COMPAT_CODE_H_
