// Looking at sys.modules without running anybody's code.
//
// Used by import events and shared state. Entries may be proxies, subclasses with properties, or no
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

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_MODULE_FACTS_H_
