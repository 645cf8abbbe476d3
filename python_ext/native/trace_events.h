// Line events from a C trace function: every release, every executed line.
//
// Made by Session, which owns the result; all else is EventSource's contract.
#ifndef ALIBI_PYTHON_EXT_TRACE_EVENTS_H_
#define ALIBI_PYTHON_EXT_TRACE_EVENTS_H_

#include <memory>

#include "event_source.h"

namespace alibi::python {

std::unique_ptr<EventSource> make_trace_events(CodeFiles& files, Activation& activation);

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_TRACE_EVENTS_H_
