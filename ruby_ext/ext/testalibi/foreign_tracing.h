// Notices others who look at the events that recording rests on: TracePoint, set_trace_func, Ractors.
//
// Used by Recording. Their methods keep names, arguments, results and errors; modules of ours stand in front
// of them from the first recording of the process on.
#ifndef ALIBI_RUBY_EXT_FOREIGN_TRACING_H_
#define ALIBI_RUBY_EXT_FOREIGN_TRACING_H_

#include "compat.h"

namespace alibi::ruby {

// Called with the GVL; does nothing while nothing is recorded.
using TracingChanged = void (*)(bool starts);
using RactorBegins = void (*)();

// Once per process.
void watch_foreign_tracing(VALUE owner, TracingChanged changed, RactorBegins ractor_begins);

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_FOREIGN_TRACING_H_
