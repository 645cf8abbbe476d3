#include "module_facts.h"

namespace alibi::python {

PyObject* loaded_modules() {
  PyObject* modules = PyImport_GetModuleDict();
  return modules != nullptr && PyDict_CheckExact(modules) ? modules : nullptr;
}

PyObject* module_globals(PyObject* entry) {
  if (entry == nullptr || !PyModule_Check(entry)) return nullptr;
  PyObject* globals = PyModule_GetDict(entry);
  return globals != nullptr && PyDict_Check(globals) ? globals : nullptr;
}

PyObject* text_item(PyObject* globals, const char* name) {
  PyObject* value = PyDict_GetItemString(globals, name);
  return value != nullptr && PyUnicode_CheckExact(value) ? value : nullptr;
}

PyObject* globals_of_module(const char* name) {
  PyObject* modules = loaded_modules();
  return modules != nullptr ? module_globals(PyDict_GetItemString(modules, name)) : nullptr;
}

PyObject* module_attribute(const char* module, const char* attribute) {
  PyObject* globals = globals_of_module(module);
  return globals != nullptr ? PyDict_GetItemString(globals, attribute) : nullptr;
}

// A dict that makes room moves its entries up over those that were taken out.
bool LoadedModules::continues(PyObject* modules) const {
  if (!last_name_) return false;
  Py_ssize_t place = last_;
  PyObject *name, *entry;
  return PyDict_Next(modules, &place, &name, &entry) != 0 && name == last_name_.get() && place == next_;
}

bool LoadedModules::has_more(PyObject* modules) const {
  Py_ssize_t place = next_;
  PyObject *name, *entry;
  return PyDict_Next(modules, &place, &name, &entry) != 0;
}

}  // namespace alibi::python
