// Line events on CPython 3.12 and later, from sys.monitoring with C callbacks.
//
// Two ways to make a line fire again. kSelf: the callback takes its own probe away by writing the base
// opcode back, and rearm() writes exactly what was hit back in; 20 to 35 ns for a line, nothing for a
// line that was not hit. kRestart: DISABLE and sys.monitoring.restart_events(), public API only, two
// to three times dearer and for every monitoring tool in the process. kSelf turns itself into kRestart
// when a probe is not what it must be. Made by Session, which owns the result.
#ifndef ALIBI_PYTHON_EXT_MONITORING_EVENTS_H_
#define ALIBI_PYTHON_EXT_MONITORING_EVENTS_H_

#include <memory>

#include "event_source.h"

namespace alibi::python {

enum class Rearming : bool { kSelf, kRestart };

std::unique_ptr<EventSource> make_monitoring_events(CodeFiles& files, Activation& activation,
                                                    Rearming rearming);

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_MONITORING_EVENTS_H_
