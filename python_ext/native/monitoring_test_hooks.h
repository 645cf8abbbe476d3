// What tests of the guards need to do to this process and users never may: only in builds with
// -Dtests=true, where the module has `_force_line_layout` and `_damage_line_table`.
#ifndef ALIBI_PYTHON_EXT_MONITORING_TEST_HOOKS_H_
#define ALIBI_PYTHON_EXT_MONITORING_TEST_HOOKS_H_

#include "compat.h"

namespace alibi::python {

// False with an exception set.
bool add_monitoring_test_hooks(PyObject* module);

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_MONITORING_TEST_HOOKS_H_
