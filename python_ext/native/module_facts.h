// Looking at sys.modules without running anybody's code.
//
// Used by import and input events and shared state. Entries may be proxies, subclasses with properties, or no
// modules at all; only the dict behind a real module object is read. All results are borrowed.
#ifndef ALIBI_PYTHON_EXT_MODULE_FACTS_H_
#define ALIBI_PYTHON_EXT_MODULE_FACTS_H_

#include <string>

#include "compat.h"

namespace alibi::python {

// The dict sys.modules; null when somebody replaced it by something else.
PyObject* loaded_modules();
// Null when `entry` is no module object.
PyObject* module_globals(PyObject* entry);
// A str in the dict, null when it is absent or of another type.
PyObject* text_item(PyObject* globals, const char* name);
// The module's globals by its full name; null when it is not loaded.
PyObject* globals_of_module(const char* name);
// What `module.attribute` is in the dict of a loaded module; null when there is no such thing.
PyObject* module_attribute(const char* module, const char* attribute);

// Visits the entries of sys.modules that came since the last visit, in whose place others may have gone. With
// the RecordingLock.
class LoadedModules {
 public:
  template <typename Visit>
  void each_new(const Visit& visit);
  // All entries, if there are new ones: one that was seen may hold another module by now.
  template <typename Visit>
  void each_if_new(const Visit& visit);

 private:
  // All that was seen stands where it stood.
  bool continues(PyObject* modules) const;
  bool has_more(PyObject* modules) const;

  Py_ssize_t last_ = 0;  // where the last entry seen stands, and where the search goes on
  Py_ssize_t next_ = 0;
  Ref last_name_;
};

template <typename Visit>
void LoadedModules::each_new(const Visit& visit) {
  PyObject* modules = loaded_modules();
  if (modules == nullptr) return;
  if (!continues(modules)) next_ = 0;
  PyObject *name, *entry;
  for (Py_ssize_t place = next_; PyDict_Next(modules, &next_, &name, &entry) != 0; place = next_) {
    last_ = place;
    last_name_ = Ref::share(name);
    visit(name, entry);
  }
}

template <typename Visit>
void LoadedModules::each_if_new(const Visit& visit) {
  PyObject* modules = loaded_modules();
  if (modules == nullptr || (continues(modules) && !has_more(modules))) return;
  last_name_ = Ref();
  each_new(visit);
}

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_MODULE_FACTS_H_
