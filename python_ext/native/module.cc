// testalibi._native: the module's init function, the only exported symbol.
#include "compat.h"
#include "session.h"
#include "session_type.h"
#if defined(ALIBI_TEST_HOOKS) && ALIBI_HAS_MONITORING
#include "monitoring_test_hooks.h"
#endif
#include "tracer/abi/alibi.h"

namespace alibi::python {
namespace {

PyObject* before_fork(PyObject*, PyObject*) {
  Session::before_fork();
  return Ref::share(Py_None).release();
}
PyObject* after_fork_in_child(PyObject*, PyObject*) {
  Session::after_fork_in_child();
  return Ref::share(Py_None).release();
}
PyMethodDef before_fork_method = {"_alibi_before_fork", before_fork, METH_NOARGS, nullptr};
PyMethodDef after_fork_method = {"_alibi_after_fork", after_fork_in_child, METH_NOARGS, nullptr};

// os.register_at_fork(…); for ever, since it cannot be taken back.
bool register_at_fork(PyObject* module) {
  static bool registered = false;
  if (registered) return true;
  Ref os = Ref::steal(PyImport_ImportModule("os"));
  Ref before = os ? Ref::steal(PyCFunction_New(&before_fork_method, module)) : Ref();
  Ref after = before ? Ref::steal(PyCFunction_New(&after_fork_method, module)) : Ref();
  Ref registrar = after ? Ref::steal(PyObject_GetAttrString(os.get(), "register_at_fork")) : Ref();
  Ref args = registrar ? Ref::steal(PyTuple_New(0)) : Ref();
  Ref kwargs =
      args ? Ref::steal(Py_BuildValue("{sOsO}", "before", before.get(), "after_in_child", after.get()))
           : Ref();
  Ref result = kwargs ? Ref::steal(PyObject_Call(registrar.get(), args.get(), kwargs.get())) : Ref();
  registered = static_cast<bool>(result);
  return registered;
}

bool add_strategies(PyObject* module) {
  const auto names = Session::strategies();
  Ref tuple = Ref::steal(PyTuple_New(static_cast<Py_ssize_t>(names.size())));
  if (!tuple) return false;
  for (size_t i = 0; i < names.size(); ++i) {
    PyObject* name = PyUnicode_InternFromString(names[i]);
    if (name == nullptr) return false;
    PyTuple_SET_ITEM(tuple.get(), static_cast<Py_ssize_t>(i), name);
  }
  if (PyModule_AddObject(module, "STRATEGIES", tuple.get()) != 0) return false;
  tuple.release();
  return true;
}

int execute_module(PyObject* module) {
  if (!in_main_interpreter()) {
    PyErr_SetString(PyExc_ImportError, "Alibi records the main interpreter only, not sub-interpreters");
    return -1;
  }
  const bool done = PyModule_AddIntConstant(module, "ABI_VERSION", ALIBI_ABI_VERSION) == 0 &&
                    add_strategies(module) && add_session_type(module) && register_at_fork(module);
#if defined(ALIBI_TEST_HOOKS) && ALIBI_HAS_MONITORING
  if (done && !add_monitoring_test_hooks(module)) return -1;
#endif
  return done ? 0 : -1;
}

PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, reinterpret_cast<void*>(execute_module)},
#if ALIBI_AT_LEAST(12)
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
#if ALIBI_AT_LEAST(13)
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, nullptr},
};

PyModuleDef module_definition = {PyModuleDef_HEAD_INIT,
                                 "_native",
                                 "The native recorder.",
                                 0,
                                 nullptr,
                                 module_slots,
                                 nullptr,
                                 nullptr,
                                 nullptr};

}  // namespace
}  // namespace alibi::python

PyMODINIT_FUNC PyInit__native() {
  return PyModuleDef_Init(&alibi::python::module_definition);
}
