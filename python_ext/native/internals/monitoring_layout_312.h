// _PyCoMonitoringData of CPython 3.12 (Include/cpython/code.h).
#ifndef ALIBI_PYTHON_EXT_INTERNALS_MONITORING_LAYOUT_312_H_
#define ALIBI_PYTHON_EXT_INTERNALS_MONITORING_LAYOUT_312_H_

#include "monitoring_layout.h"

namespace alibi::python::internals {

struct MonitoringData312 {
  uint8_t local_monitors[15];
  uint8_t active_monitors[15];
  uint8_t* tools;
  uint8_t* lines;
  uint8_t* line_tools;
  uint8_t* per_instruction_opcodes;
  uint8_t* per_instruction_tools;
};
inline constexpr MonitoringLayout kLayout312 = layout_of<MonitoringData312>("3.12", LineTable::kPairs);

}  // namespace alibi::python::internals

#endif  // ALIBI_PYTHON_EXT_INTERNALS_MONITORING_LAYOUT_312_H_
