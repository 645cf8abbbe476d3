// The places of CPython 3.11 through which code objects enter and through which slots report.
//
// Replaces pointers in static types and method tables of the interpreter: bool(Ellipsis), builtins.eval,
// types.FunctionType(), function.__code__, comparison of code objects, and throw/close/finalize of
// generators, coroutines and asynchronous generators. Identities stay, so nothing is visible to Python code.
// Each wrapper calls what was there before. These tables are shared by all interpreters of the process; the
// callbacks must check which one calls. builtins.exec belongs to ImportEvents.
#ifndef ALIBI_PYTHON_EXT_SLOT_HOOKS_H_
#define ALIBI_PYTHON_EXT_SLOT_HOOKS_H_

#include <string>

#include "compat.h"

namespace alibi::python {

struct SlotCallbacks {
  inquiry ellipsis_is_true;                      // a slot runs; always answers 1
  PyObject* (*prepare)(PyObject* code);          // new reference to what shall run instead; never fails
  void (*generator_is_unwound)(PyObject* self);  // before it is; runs no Python code
  void (*code_runs)(PyObject* code);             // "exec" audit event: too late to replace it
};

// One user at a time. False, with the cause in `why`, leaves everything as it was.
bool install_slot_hooks(const SlotCallbacks& callbacks, std::string* why);
void remove_slot_hooks();

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_SLOT_HOOKS_H_
