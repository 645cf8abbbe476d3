// Handlers for the signals that end a process: SIGSEGV, SIGABRT, SIGBUS, SIGFPE and SIGILL. They write a
// report (reporting.h), then put back whoever was there before and let the kernel deliver the signal to it
// again: the program handles it, dumps core or dies as it would have without them.
//
// install, settle and remove are called by the one thread that records. A handler that something else has
// built upon stays reachable when it is taken back, and then only passes signals on.
#ifndef ALIBI_TRACER_CRASH_CRASH_HANDLER_H_
#define ALIBI_TRACER_CRASH_CRASH_HANDLER_H_

namespace alibi::crash {

// `interpreter`: any address in the interpreter's code, or null. Its own handler (faulthandler) is known by
// it: it reports and lets the process die, while other handlers may recover.
void install_crash_handlers(const void* interpreter);
// On top again, where something has been installed since (pytest enables faulthandler) or where a handler has
// recovered from a signal. Costs nothing but a look at a flag when neither can have happened.
void settle_crash_handlers();
void remove_crash_handlers();

// Runs `body`; a fault in it ends it and is nobody's crash. Inside handlers, one thread at a time (Turn).
bool survives(void (*body)(void*), void* argument);
// Asked first when a signal arrives: a thread that walks its own stack for a hang jumps out of it there, and
// never returns. Returns when the signal is not its affair.
using Escape = void (*)();
void set_other_escape(Escape escape);

}  // namespace alibi::crash

#endif  // ALIBI_TRACER_CRASH_CRASH_HANDLER_H_
