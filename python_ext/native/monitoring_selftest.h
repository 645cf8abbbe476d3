// The start-up proof that probes work in this very interpreter, on sample code of our own.
//
// Used by monitoring_events once, before anything of the project is instrumented. A wrong line table
// loses lines in silence and compiled traces hide re-armed probes, so each is provoked here: tables are
// compared unit by unit with what CPython says, and a hot loop runs armed, spent and armed again.
#ifndef ALIBI_PYTHON_EXT_MONITORING_SELFTEST_H_
#define ALIBI_PYTHON_EXT_MONITORING_SELFTEST_H_

#include <string>

#include "monitoring_events.h"
#include "monitoring_probes.h"
#include "monitoring_tool.h"

namespace alibi::python {

// True when every line of the sample came when it had to and never else; `why` says what did not.
// Leaves the tool without callbacks and events.
bool monitoring_selftest(MonitoringTool& tool, const MonitoringProbes& probes, Rearming rearming,
                         std::string* why);

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_MONITORING_SELFTEST_H_
