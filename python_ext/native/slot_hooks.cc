#include "slot_hooks.h"

#include <cstring>
#include <utility>
#include <vector>

#include "slot_copies.h"

#if ALIBI_HAS_SLOTS

namespace alibi::python {
namespace {

using FastMethod = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t);

SlotCallbacks callbacks;
bool installed = false;
bool audit_hook_added = false;  // there is no way to take one away

// What we replaced, to call and to put back. The methods of generators and coroutines are shared.
FastMethod original_eval;
newfunc original_function_new;
setter original_set_code;
FastMethod original_throw;
PyCFunction original_close;
PyCFunction original_async_throw;
PyCFunction original_async_close;
destructor original_finalize;
richcmpfunc original_compare_code;

template <class To, class From>
To function_cast(From function) {
  return reinterpret_cast<To>(reinterpret_cast<void (*)()>(function));
}

PyObject* eval(PyObject* module, PyObject* const* arguments, Py_ssize_t count) {
  constexpr Py_ssize_t kMost = 8;  // eval takes three; more is its own error
  if (!installed || count < 1 || count > kMost || !PyCode_Check(arguments[0])) {
    return original_eval(module, arguments, count);
  }
  PyObject* replaced[kMost];
  std::memcpy(replaced, arguments, static_cast<size_t>(count) * sizeof *arguments);
  Ref code = Ref::steal(callbacks.prepare(arguments[0]));
  replaced[0] = code.get();
  return original_eval(module, replaced, count);
}

PyObject* function_new(PyTypeObject* type, PyObject* arguments, PyObject* keywords) {
  if (!installed) return original_function_new(type, arguments, keywords);
  if (PyTuple_GET_SIZE(arguments) >= 1 && PyCode_Check(PyTuple_GET_ITEM(arguments, 0))) {
    Ref replaced = Ref::steal(PyTuple_GetSlice(arguments, 0, PyTuple_GET_SIZE(arguments)));
    if (replaced && replaced.get() == arguments) {  // a full slice is the tuple itself
      replaced = Ref::steal(PyTuple_New(PyTuple_GET_SIZE(arguments)));
      for (Py_ssize_t i = 0; replaced && i < PyTuple_GET_SIZE(arguments); ++i) {
        PyTuple_SET_ITEM(replaced.get(), i, Py_NewRef(PyTuple_GET_ITEM(arguments, i)));
      }
    }
    if (!replaced) return nullptr;
    PyObject* code = PyTuple_GET_ITEM(replaced.get(), 0);
    PyTuple_SET_ITEM(replaced.get(), 0, callbacks.prepare(code));
    Py_DECREF(code);
    return original_function_new(type, replaced.get(), keywords);
  }
  PyObject* code = keywords != nullptr ? PyDict_GetItemString(keywords, "code") : nullptr;
  if (code == nullptr || !PyCode_Check(code)) return original_function_new(type, arguments, keywords);
  Ref replaced = Ref::steal(PyDict_Copy(keywords));
  Ref prepared = Ref::steal(callbacks.prepare(code));
  if (!replaced || PyDict_SetItemString(replaced.get(), "code", prepared.get()) != 0) return nullptr;
  return original_function_new(type, arguments, replaced.get());
}

int set_code(PyObject* function, PyObject* value, void* closure) {
  if (!installed || value == nullptr || !PyCode_Check(value))
    return original_set_code(function, value, closure);
  Ref prepared = Ref::steal(callbacks.prepare(value));
  return original_set_code(function, prepared.get(), closure);
}

void before_unwinding(PyObject* self) {
  if (installed) callbacks.generator_is_unwound(self);
}
// A twin equals its copies, whichever of its slots are spent.
PyObject* compare_code(PyObject* self, PyObject* other, int operation) {
  PyObject* result = original_compare_code(self, other, operation);
  PyObject* different = operation == Py_EQ ? Py_False : operation == Py_NE ? Py_True : nullptr;
  if (!installed || result == nullptr || result != different || !PyCode_Check(other)) return result;
  ExceptionGuard guard;
  if (!equal_but_for_slots(reinterpret_cast<PyCodeObject*>(self), reinterpret_cast<PyCodeObject*>(other),
                           original_compare_code)) {
    return result;
  }
  Py_DECREF(result);
  return PyBool_FromLong(operation == Py_EQ);
}

PyObject* generator_throw(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
  before_unwinding(self);
  return original_throw(self, arguments, count);
}
PyObject* generator_close(PyObject* self, PyObject* argument) {
  before_unwinding(self);
  return original_close(self, argument);
}
PyObject* async_throw(PyObject* self, PyObject* arguments) {
  before_unwinding(self);
  return original_async_throw(self, arguments);
}
PyObject* async_close(PyObject* self, PyObject* argument) {
  before_unwinding(self);
  return original_async_close(self, argument);
}
void generator_finalize(PyObject* self) {
  before_unwinding(self);
  original_finalize(self);
}

int audit(const char* event, PyObject* arguments, void*) {
  if (!installed || event[0] != 'e' || std::strcmp(event, "exec") != 0) return 0;
  if (PyTuple_GET_SIZE(arguments) == 1 && PyCode_Check(PyTuple_GET_ITEM(arguments, 0))) {
    callbacks.code_runs(PyTuple_GET_ITEM(arguments, 0));
  }
  return 0;
}

PyMethodDef* find_method(PyMethodDef* methods, const char* name, int calling_convention) {
  for (PyMethodDef* method = methods; method != nullptr && method->ml_name != nullptr; ++method) {
    if (std::strcmp(method->ml_name, name) == 0)
      return method->ml_flags == calling_convention ? method : nullptr;
  }
  return nullptr;
}

PyGetSetDef* find_attribute(PyGetSetDef* attributes, const char* name) {
  for (PyGetSetDef* attribute = attributes; attribute != nullptr && attribute->name != nullptr; ++attribute) {
    if (std::strcmp(attribute->name, name) == 0) return attribute;
  }
  return nullptr;
}

// All places, found before any is touched.
struct Places {
  PyMethodDef* eval = nullptr;
  PyGetSetDef* code = nullptr;
  std::vector<PyMethodDef*> throws, closes;
  PyMethodDef* async_throw = nullptr;
  PyMethodDef* async_close = nullptr;
};
Places places;
PyNumberMethods ellipsis_number_methods;

bool find_places(std::string* why) {
  places = {};
  Ref builtins = Ref::steal(PyImport_ImportModule("builtins"));
  PyModuleDef* definition = builtins ? PyModule_GetDef(builtins.get()) : nullptr;
  PyErr_Clear();
  if (definition != nullptr) places.eval = find_method(definition->m_methods, "eval", METH_FASTCALL);
  places.code = find_attribute(PyFunction_Type.tp_getset, "__code__");
  for (PyTypeObject* type : {&PyGen_Type, &PyCoro_Type}) {
    places.throws.push_back(find_method(type->tp_methods, "throw", METH_FASTCALL));
    places.closes.push_back(find_method(type->tp_methods, "close", METH_NOARGS));
  }
  places.async_throw = find_method(PyAsyncGen_Type.tp_methods, "athrow", METH_VARARGS);
  places.async_close = find_method(PyAsyncGen_Type.tp_methods, "aclose", METH_NOARGS);
  const bool found = places.eval != nullptr && places.code != nullptr && places.throws[0] != nullptr &&
                     places.throws[1] != nullptr && places.closes[0] != nullptr &&
                     places.closes[1] != nullptr && places.throws[0]->ml_meth == places.throws[1]->ml_meth &&
                     places.closes[0]->ml_meth == places.closes[1]->ml_meth &&
                     places.async_throw != nullptr && places.async_close != nullptr &&
                     PyEllipsis_Type.tp_as_number == nullptr && PyGen_Type.tp_finalize != nullptr &&
                     PyGen_Type.tp_finalize == PyCoro_Type.tp_finalize &&
                     PyGen_Type.tp_finalize == PyAsyncGen_Type.tp_finalize;
  if (!found)
    *why = "a type or method of the interpreter is not what CPython 3.11 has, or is taken by another tool";
  return found;
}

}  // namespace

bool install_slot_hooks(const SlotCallbacks& wanted, std::string* why) {
  if (!find_places(why)) return false;
  callbacks = wanted;
  if (!audit_hook_added) {
    if (PySys_AddAuditHook(&audit, nullptr) != 0) {
      PyErr_Clear();
      *why = "an audit hook of the process refused ours";
      return false;
    }
    audit_hook_added = true;
  }
  original_eval =
      function_cast<FastMethod>(std::exchange(places.eval->ml_meth, function_cast<PyCFunction>(&eval)));
  original_function_new = std::exchange(PyFunction_Type.tp_new, &function_new);
  original_set_code = std::exchange(places.code->set, &set_code);
  for (PyMethodDef* method : places.throws) {
    original_throw = function_cast<FastMethod>(
        std::exchange(method->ml_meth, function_cast<PyCFunction>(&generator_throw)));
  }
  for (PyMethodDef* method : places.closes) original_close = std::exchange(method->ml_meth, &generator_close);
  original_async_throw = std::exchange(places.async_throw->ml_meth, &async_throw);
  original_async_close = std::exchange(places.async_close->ml_meth, &async_close);
  for (PyTypeObject* type : {&PyGen_Type, &PyCoro_Type, &PyAsyncGen_Type}) {
    original_finalize = std::exchange(type->tp_finalize, &generator_finalize);
  }
  original_compare_code = std::exchange(PyCode_Type.tp_richcompare, &compare_code);
  ellipsis_number_methods = {};
  ellipsis_number_methods.nb_bool = callbacks.ellipsis_is_true;
  PyEllipsis_Type.tp_as_number = &ellipsis_number_methods;
  installed = true;
  return true;
}

void remove_slot_hooks() {
  if (!installed) return;
  installed = false;
  // Somebody who came after us keeps calling our wrapper, which then only passes on.
  auto put_back = [](auto& place, auto ours, auto original) {
    if (place == ours) place = original;
  };
  put_back(places.eval->ml_meth, function_cast<PyCFunction>(&eval),
           function_cast<PyCFunction>(original_eval));
  put_back(PyFunction_Type.tp_new, &function_new, original_function_new);
  put_back(places.code->set, &set_code, original_set_code);
  put_back(PyCode_Type.tp_richcompare, &compare_code, original_compare_code);
  for (PyMethodDef* method : places.throws) {
    put_back(method->ml_meth, function_cast<PyCFunction>(&generator_throw),
             function_cast<PyCFunction>(original_throw));
  }
  for (PyMethodDef* method : places.closes) put_back(method->ml_meth, &generator_close, original_close);
  put_back(places.async_throw->ml_meth, &async_throw, original_async_throw);
  put_back(places.async_close->ml_meth, &async_close, original_async_close);
  for (PyTypeObject* type : {&PyGen_Type, &PyCoro_Type, &PyAsyncGen_Type}) {
    put_back(type->tp_finalize, &generator_finalize, original_finalize);
  }
  if (PyEllipsis_Type.tp_as_number == &ellipsis_number_methods) PyEllipsis_Type.tp_as_number = nullptr;
}

}  // namespace alibi::python

#endif  // ALIBI_HAS_SLOTS
