// _PyCoMonitoringData of CPython 3.13 (Include/cpython/code.h): the same fields throughout, but 3.13.3
// packed the line table (gh-127953).
#ifndef ALIBI_PYTHON_EXT_INTERNALS_MONITORING_LAYOUT_313_H_
#define ALIBI_PYTHON_EXT_INTERNALS_MONITORING_LAYOUT_313_H_

#include "monitoring_layout.h"

namespace alibi::python::internals {

struct MonitoringData313 {
  uint8_t local_monitors[10];
  uint8_t active_monitors[10];
  uint8_t* tools;
  uint8_t* lines;
  uint8_t* line_tools;
  uint8_t* per_instruction_opcodes;
  uint8_t* per_instruction_tools;
};
inline constexpr MonitoringLayout kLayout313 = layout_of<MonitoringData313>("3.13.0", LineTable::kPairs);
inline constexpr MonitoringLayout kLayout313Packed =
    layout_of<MonitoringData313>("3.13.3", LineTable::kPacked);

}  // namespace alibi::python::internals

#endif  // ALIBI_PYTHON_EXT_INTERNALS_MONITORING_LAYOUT_313_H_
