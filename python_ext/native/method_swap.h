// Watches a builtin function from inside: its vectorcall slot calls through and then an observer.
//
// Used for builtins whose use raises no audit event. The function object stays the same object, with
// the same name, signature, hash and equality (os.stat stays a member of os.supports_fd); only this
// interpreter's object is touched, and no frame is added. restore() undoes it unless somebody
// replaced the slot after us; ours then only calls through.
#ifndef ALIBI_PYTHON_EXT_METHOD_SWAP_H_
#define ALIBI_PYTHON_EXT_METHOD_SWAP_H_

#include "compat.h"

namespace alibi::python {

// Positional arguments, then the values of the keyword arguments, whose names are a tuple or null.
struct FinishedCall {
  PyObject* const* arguments;
  Py_ssize_t count;
  PyObject* keyword_names;
  PyObject* result;  // null: an exception is set

  // Borrowed; null when not given.
  PyObject* argument(Py_ssize_t position, const char* keyword) const;
};

// The replaced slot of one function object.
class BuiltinSlot {
 public:
  // False when `function` is no builtin, or this slot is in use.
  bool install(PyObject* function, vectorcallfunc replacement);
  void restore();
  // What the function does by itself.
  PyObject* call_original(PyObject* const* arguments, size_t count, PyObject* keyword_names) const;

 private:
  PyCFunctionObject* function_ = nullptr;  // owned while installed
  PyCFunctionObject* called_ = nullptr;    // the same; stays valid for calls that are under way
  vectorcallfunc replacement_ = nullptr;
  vectorcallfunc original_ = nullptr;  // null: called with a tuple
  PyMethodDef* original_definition_ = nullptr;
  PyMethodDef definition_ = {};
};

// The replaced C function of a builtin that takes its arguments as an array (METH_FASTCALL). Its flags stay,
// so the interpreter's specialised calls, which go round the vectorcall slot, come here at their own speed.
class FastFunction {
 public:
  using Call = PyObject* (*)(PyObject* self, PyObject* const* arguments, Py_ssize_t count);

  bool install(PyObject* function, Call replacement);
  void restore();
  PyObject* call_original(PyObject* self, PyObject* const* arguments, Py_ssize_t count) const {
    return original_(self, arguments, count);
  }

 private:
  PyCFunctionObject* function_ = nullptr;  // owned while installed
  Call original_ = nullptr;                // stays for calls that are under way
  PyMethodDef* original_definition_ = nullptr;
  PyMethodDef definition_ = {};
};

// Observer: a type with `static void called(const FinishedCall&)`, which must leave the exception state
// as it found it. One function per observer type.
template <typename Observer>
class Watched {
 public:
  static bool install(PyObject* function) { return slot_.install(function, &call); }
  static void restore() { slot_.restore(); }

 private:
  static PyObject* call(PyObject*, PyObject* const* arguments, size_t count, PyObject* keyword_names) {
    PyObject* result = slot_.call_original(arguments, count, keyword_names);
    Observer::called({arguments, PyVectorcall_NARGS(count), keyword_names, result});
    return result;
  }

  static inline BuiltinSlot slot_;
};

// Function: a type with `static PyObject* call(const BuiltinSlot& original, arguments, count,
// keyword_names)`, which is called in place of the builtin and has to call the original. One function per
// type.
template <typename Function>
class Replaced {
 public:
  static bool install(PyObject* function) { return slot_.install(function, &call); }
  static void restore() { slot_.restore(); }

 private:
  static PyObject* call(PyObject*, PyObject* const* arguments, size_t count, PyObject* keyword_names) {
    return Function::call(slot_, arguments, count, keyword_names);
  }

  static inline BuiltinSlot slot_;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_METHOD_SWAP_H_
