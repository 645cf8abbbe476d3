// Watches a Python function of the standard library: an observer is called after each call of it.
//
// Used where neither an audit event nor a builtin tells. The function object, its code and signature
// stay: its vectorcall slot calls through. CPython 3.11 calls Python functions without asking that slot,
// so there the module's attribute becomes a builtin of the same name, signature and documentation
// around the function, until restore().
#ifndef ALIBI_PYTHON_EXT_FUNCTION_WATCH_H_
#define ALIBI_PYTHON_EXT_FUNCTION_WATCH_H_

#include <string>

#include "compat.h"
#include "method_swap.h"
#include "module_facts.h"

namespace alibi::python {

// Observer as in method_swap.h, with kModule, kName and kSignature. One function per observer type.
template <typename Observer>
class WatchedFunction {
 public:
  static bool install() {
    PyObject* candidate = module_attribute(Observer::kModule, Observer::kName);
    if (function_ != nullptr || candidate == nullptr || !PyFunction_Check(candidate)) return false;
    Py_INCREF(candidate);
    function_ = reinterpret_cast<PyFunctionObject*>(candidate);
#if ALIBI_CALLS_ASK_FUNCTIONS
    real_ = function_->vectorcall;
    set_function_vectorcall(function_, &call);
    return true;
#else
    return install_builtin();
#endif
  }

  static void restore() {
    if (function_ == nullptr) return;
#if ALIBI_CALLS_ASK_FUNCTIONS
    if (function_->vectorcall == &call) set_function_vectorcall(function_, real_);
#else
    PyObject* globals = globals_of_module(Observer::kModule);
    if (builtin_ && module_attribute(Observer::kModule, Observer::kName) == builtin_.get()) {
      PyDict_SetItemString(globals, Observer::kName, reinterpret_cast<PyObject*>(function_));
    }
    builtin_ = Ref();
#endif
    PyObject* function = reinterpret_cast<PyObject*>(function_);
    function_ = nullptr;
    Py_DECREF(function);
  }

 private:
#if ALIBI_CALLS_ASK_FUNCTIONS
  static PyObject* call(PyObject* callable, PyObject* const* arguments, size_t count, PyObject* names) {
    PyObject* result = real_(callable, arguments, count, names);
    Observer::called({arguments, PyVectorcall_NARGS(count), names, result});
    return result;
  }

  static inline vectorcallfunc real_ = nullptr;
#else
  static bool install_builtin() {
    static std::string documentation;
    PyObject* text = function_->func_doc;
    documentation = std::string(Observer::kName) + Observer::kSignature + "\n--\n\n";
    if (text != nullptr && PyUnicode_Check(text) && PyUnicode_IS_COMPACT_ASCII(text)) {
      documentation += PyUnicode_AsUTF8(text);
    }
    static PyMethodDef definition = {Observer::kName,
                                     reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&call)),
                                     METH_FASTCALL | METH_KEYWORDS, nullptr};
    definition.ml_doc = documentation.c_str();
    Ref module = Ref::steal(PyUnicode_FromString(Observer::kModule));
    // Without a self, so that it pickles by name. The function is never let go: importers keep ours.
    Py_INCREF(reinterpret_cast<PyObject*>(function_));
    called_ = reinterpret_cast<PyObject*>(function_);
    builtin_ = Ref::steal(PyCFunction_NewEx(&definition, nullptr, module.get()));
    PyObject* globals = globals_of_module(Observer::kModule);
    return builtin_ && PyDict_SetItemString(globals, Observer::kName, builtin_.get()) == 0;
  }

  static PyObject* call(PyObject*, PyObject* const* arguments, Py_ssize_t count, PyObject* names) {
    PyObject* result = PyObject_Vectorcall(called_, arguments, static_cast<size_t>(count), names);
    Observer::called({arguments, count, names, result});
    return result;
  }

  static inline Ref builtin_;
  static inline PyObject* called_ = nullptr;
#endif
  static inline PyFunctionObject* function_ = nullptr;  // owned
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_FUNCTION_WATCH_H_
