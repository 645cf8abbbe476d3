#include "monitoring_test_hooks.h"

#include <cstring>

#include "internals/monitoring_layout.h"
#include "monitoring_probes.h"

namespace alibi::python {
namespace {

// _force_line_layout(hexversion): the next start() reads line tables as that release has them; 0: as this one
// does.
PyObject* force_line_layout(PyObject*, PyObject* hexversion) {
  const unsigned long version = PyLong_AsUnsignedLong(hexversion);
  if (version == static_cast<unsigned long>(-1) && PyErr_Occurred() != nullptr) return nullptr;
  internals::forced_hexversion = version;
  return Ref::share(Py_None).release();
}

// _damage_line_table(code): puts a specialised opcode where each original one is kept, which CPython never
// does.
PyObject* damage_line_table(PyObject*, PyObject* object) {
  if (!PyCode_Check(object)) return PyErr_Format(PyExc_TypeError, "a code object is needed");
  auto* code = reinterpret_cast<PyCodeObject*>(object);
  MonitoringProbes probes;
  std::string why;
  if (!probes.prepare(&why) || code->_co_monitoring == nullptr) {
    return PyErr_Format(PyExc_RuntimeError, "no line table: %s", why.c_str());
  }
  const alibi_opcodes& opcodes = probes.opcodes();
  int specialised = 0;
  while (specialised < 255 && (opcodes.kept[specialised] == specialised || opcodes.generic[specialised] == 0))
    ++specialised;
  for (unsigned unit = 0; unit < static_cast<unsigned>(Py_SIZE(code)); ++unit) {
    // Where the probe is still in place, CPython itself would run what stands here.
    const bool armed =
        code->co_code_adaptive[unit * kCodeUnitBytes] == static_cast<char>(opcodes.instrumented_line);
    if (armed || probes.original_opcode(code, unit) == 0) continue;
    probes.set_original_opcode(code, unit, static_cast<uint8_t>(specialised));
  }
  return Ref::share(Py_None).release();
}

PyMethodDef hooks[] = {
    {"_force_line_layout", force_line_layout, METH_O, nullptr},
    {"_damage_line_table", damage_line_table, METH_O, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

bool add_monitoring_test_hooks(PyObject* module) {
  return PyModule_AddFunctions(module, hooks) == 0;
}

}  // namespace alibi::python
