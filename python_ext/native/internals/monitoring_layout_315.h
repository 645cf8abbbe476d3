// _PyCoMonitoringData of CPython 3.15 (Include/internal/pycore_instruments.h).
#ifndef ALIBI_PYTHON_EXT_INTERNALS_MONITORING_LAYOUT_315_H_
#define ALIBI_PYTHON_EXT_INTERNALS_MONITORING_LAYOUT_315_H_

#include "monitoring_layout.h"

namespace alibi::python::internals {

struct MonitoringData315 {
  uint8_t local_monitors[16];
  uint8_t active_monitors[16];
  uint8_t* tools;
  uintptr_t tool_versions[kToolCount];
  uint8_t* lines;
  uint8_t* line_tools;
  uint8_t* per_instruction_opcodes;
  uint8_t* per_instruction_tools;
};
inline constexpr MonitoringLayout kLayout315 = layout_of<MonitoringData315>("3.15", LineTable::kPacked);

}  // namespace alibi::python::internals

#endif  // ALIBI_PYTHON_EXT_INTERNALS_MONITORING_LAYOUT_315_H_
