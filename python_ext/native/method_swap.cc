#include "method_swap.h"

namespace alibi::python {
namespace {

// A builtin that takes a tuple and a dict has no vectorcall slot of its own.
PyObject* call_with_tuple(PyCFunctionObject* function, PyObject* const* arguments, Py_ssize_t count,
                          PyObject* keyword_names) {
  Ref tuple = Ref::steal(PyTuple_New(count));
  if (!tuple) return nullptr;
  for (Py_ssize_t i = 0; i < count; ++i) {
    Py_INCREF(arguments[i]);
    PyTuple_SET_ITEM(tuple.get(), i, arguments[i]);
  }
  Ref keywords;
  if (keyword_names != nullptr && PyTuple_GET_SIZE(keyword_names) > 0) {
    keywords = Ref::steal(PyDict_New());
    for (Py_ssize_t i = 0; keywords && i < PyTuple_GET_SIZE(keyword_names); ++i) {
      PyObject* name = PyTuple_GET_ITEM(keyword_names, i);
      if (PyDict_SetItem(keywords.get(), name, arguments[count + i]) != 0) return nullptr;
    }
    if (!keywords) return nullptr;
  }
  // The type's own call checks the convention and calls the C function.
  return PyCFunction_Type.tp_call(reinterpret_cast<PyObject*>(function), tuple.get(), keywords.get());
}

}  // namespace

PyObject* FinishedCall::argument(Py_ssize_t position, const char* keyword) const {
  if (position >= 0 && position < count) return arguments[position];
  if (keyword_names == nullptr) return nullptr;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(keyword_names); ++i) {
    PyObject* name = PyTuple_GET_ITEM(keyword_names, i);
    if (PyUnicode_CompareWithASCIIString(name, keyword) == 0) return arguments[count + i];
  }
  return nullptr;
}

bool BuiltinSlot::install(PyObject* function, vectorcallfunc replacement) {
  if (function_ != nullptr || function == nullptr || !PyCFunction_CheckExact(function)) return false;
  PyCFunctionObject* builtin = reinterpret_cast<PyCFunctionObject*>(function);
  if (builtin->vectorcall == replacement) return false;
  Py_INCREF(function);
  Py_INCREF(function);  // never given back: a call under way may outlive the watch
  function_ = called_ = builtin;
  replacement_ = replacement;
  original_ = builtin->vectorcall;
  original_definition_ = builtin->m_ml;
  // From 3.11 on call sites specialise for the convention and then go round the slot. They compare all
  // flags, and this one, which means nothing for a function that exists, sends them back to it.
  definition_ = *builtin->m_ml;
  definition_.ml_flags |= METH_COEXIST;
  builtin->m_ml = &definition_;
  builtin->vectorcall = replacement;
  return true;
}

void BuiltinSlot::restore() {
  if (function_ == nullptr) return;
  if (function_->vectorcall == replacement_) {
    function_->vectorcall = original_;
    function_->m_ml = original_definition_;
  }
  PyObject* function = reinterpret_cast<PyObject*>(function_);
  function_ = nullptr;
  Py_DECREF(function);
}

PyObject* BuiltinSlot::call_original(PyObject* const* arguments, size_t count,
                                     PyObject* keyword_names) const {
  PyObject* function = reinterpret_cast<PyObject*>(called_);
  if (original_ != nullptr) return original_(function, arguments, count, keyword_names);
  return call_with_tuple(called_, arguments, PyVectorcall_NARGS(count), keyword_names);
}

bool FastFunction::install(PyObject* function, Call replacement) {
  if (function_ != nullptr || function == nullptr || !PyCFunction_CheckExact(function)) return false;
  PyCFunctionObject* builtin = reinterpret_cast<PyCFunctionObject*>(function);
  if (builtin->m_ml->ml_flags != METH_FASTCALL) return false;
  Py_INCREF(function);
  function_ = builtin;
  original_definition_ = builtin->m_ml;
  original_ = reinterpret_cast<Call>(reinterpret_cast<void (*)()>(builtin->m_ml->ml_meth));
  definition_ = *builtin->m_ml;
  definition_.ml_meth = reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(replacement));
  builtin->m_ml = &definition_;
  return true;
}

void FastFunction::restore() {
  if (function_ == nullptr) return;
  if (function_->m_ml == &definition_) function_->m_ml = original_definition_;
  PyObject* function = reinterpret_cast<PyObject*>(function_);
  function_ = nullptr;
  Py_DECREF(function);
}

}  // namespace alibi::python
