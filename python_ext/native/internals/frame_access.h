// What a trace function reads and sets in frames, and thread states, where releases differ.
//
// Used by trace_*.cc; frame_walk.h takes the includes along. Direct fields where the release publishes them
// (3.9, 3.10) or where we have its private layout anyway (3.11); the public, slower API everywhere else.
#ifndef ALIBI_PYTHON_EXT_INTERNALS_FRAME_ACCESS_H_
#define ALIBI_PYTHON_EXT_INTERNALS_FRAME_ACCESS_H_

#include "../compat.h"

#include <frameobject.h>

#if ALIBI_HAS_SLOTS
#include "cpython_311_code.h"
#endif

#define ALIBI_OPEN_FRAMES (PY_VERSION_HEX < 0x030C0000)

namespace alibi::python {

#if ALIBI_OPEN_FRAMES
// During a line event.
inline int traced_line(PyFrameObject* frame) {
  return frame->f_lineno;
}
inline bool has_trace_function(PyFrameObject* frame) {
  return frame->f_trace != nullptr;
}
inline bool line_events_wanted(PyFrameObject* frame) {
  return frame->f_trace_lines != 0;
}
inline bool opcode_events_wanted(PyFrameObject* frame) {
  return frame->f_trace_opcodes != 0;
}
inline void want_line_events(PyFrameObject* frame, bool wanted) {
  frame->f_trace_lines = wanted;
}
// Sets it for any thread of this interpreter.
inline bool set_trace_function(PyThreadState* thread, Py_tracefunc function, PyObject* argument) {
  return _PyEval_SetTrace(thread, function, argument) == 0;
}
#else
inline int traced_line(PyFrameObject* frame) {
  return PyFrame_GetLineNumber(frame);
}
inline bool frame_attribute_is(PyFrameObject* frame, const char* name, PyObject* value) {
  Ref attribute = Ref::steal(PyObject_GetAttrString(reinterpret_cast<PyObject*>(frame), name));
  if (!attribute) PyErr_Clear();
  return attribute.get() == value;
}
inline bool has_trace_function(PyFrameObject* frame) {
  return !frame_attribute_is(frame, "f_trace", Py_None);
}
inline bool line_events_wanted(PyFrameObject* frame) {
  return !frame_attribute_is(frame, "f_trace_lines", Py_False);
}
inline bool opcode_events_wanted(PyFrameObject* frame) {
  return frame_attribute_is(frame, "f_trace_opcodes", Py_True);
}
inline void want_line_events(PyFrameObject* frame, bool wanted) {
  PyObject* value = wanted ? Py_True : Py_False;
  if (PyObject_SetAttrString(reinterpret_cast<PyObject*>(frame), "f_trace_lines", value) != 0) PyErr_Clear();
}
// Another thread's cannot be set alone here: it starts its own, and the calling thread sets its.
inline bool set_trace_function(PyThreadState* thread, Py_tracefunc function, PyObject* argument) {
  if (thread == PyThreadState_Get()) {
    PyEval_SetTrace(function, argument);
  } else if (thread->c_tracefunc == nullptr && function != nullptr) {
    PyEval_SetTraceAllThreads(function, argument);
  }
  return thread->c_tracefunc == function;
}
#endif

#if PY_VERSION_HEX >= 0x030B0000
inline Ref code_of(PyFrameObject* frame) {
  return Ref::steal(reinterpret_cast<PyObject*>(PyFrame_GetCode(frame)));
}
inline Ref caller_of(PyFrameObject* frame) {
  return Ref::steal(reinterpret_cast<PyObject*>(PyFrame_GetBack(frame)));
}
#else
inline Ref code_of(PyFrameObject* frame) {
  return Ref::share(reinterpret_cast<PyObject*>(frame->f_code));
}
inline Ref caller_of(PyFrameObject* frame) {
  return Ref::share(reinterpret_cast<PyObject*>(frame->f_back));
}
#endif

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_INTERNALS_FRAME_ACCESS_H_
