// Line events on CPython 3.11: code objects re-assembled once with self-disarming slots.
//
// Made by Session, which owns the result; all else is EventSource's contract.
#ifndef ALIBI_PYTHON_EXT_SLOT_EVENTS_H_
#define ALIBI_PYTHON_EXT_SLOT_EVENTS_H_

#include <memory>

#include "event_source.h"

namespace alibi::python {

std::unique_ptr<EventSource> make_slot_events(CodeFiles& files, Activation& activation);

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_SLOT_EVENTS_H_
