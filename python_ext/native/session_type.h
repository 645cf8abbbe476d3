// The Python type testalibi._native.Session: argument parsing and nothing else around session.h.
//
// Its methods are documented in testalibi/_native.pyi. Takes the RecordingLock for every call.
#ifndef ALIBI_PYTHON_EXT_SESSION_TYPE_H_
#define ALIBI_PYTHON_EXT_SESSION_TYPE_H_

#include "compat.h"

namespace alibi::python {

// Adds Session and Error to the module. False with an exception set.
bool add_session_type(PyObject* module);

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_SESSION_TYPE_H_
