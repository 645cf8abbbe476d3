// _PyCoMonitoringData of CPython 3.14 (Include/internal/pycore_instruments.h).
#ifndef ALIBI_PYTHON_EXT_INTERNALS_MONITORING_LAYOUT_314_H_
#define ALIBI_PYTHON_EXT_INTERNALS_MONITORING_LAYOUT_314_H_

#include "monitoring_layout.h"

namespace alibi::python::internals {

struct MonitoringData314 {
  uint8_t local_monitors[11];
  uint8_t active_monitors[11];
  uint8_t* tools;
  uintptr_t tool_versions[kToolCount];
  uint8_t* lines;
  uint8_t* line_tools;
  uint8_t* per_instruction_opcodes;
  uint8_t* per_instruction_tools;
};
inline constexpr MonitoringLayout kLayout314 = layout_of<MonitoringData314>("3.14", LineTable::kPacked);

}  // namespace alibi::python::internals

#endif  // ALIBI_PYTHON_EXT_INTERNALS_MONITORING_LAYOUT_314_H_
