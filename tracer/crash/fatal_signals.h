// The signals that end a process and that leave a report, with their names. Used by the handlers, which say
// them on the terminal, and by the collector. Plain constants.
#ifndef ALIBI_TRACER_CRASH_FATAL_SIGNALS_H_
#define ALIBI_TRACER_CRASH_FATAL_SIGNALS_H_

#include <signal.h>

#include <cstdint>

namespace alibi::crash {

struct FatalSignal {
  int number;
  const char* name;
};

inline constexpr FatalSignal kFatalSignals[] = {
    {SIGSEGV, "SIGSEGV"}, {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"}, {SIGILL, "SIGILL"}};

// Null: it is none of them.
constexpr const char* name_of_fatal(int64_t number) {
  for (const FatalSignal& signal : kFatalSignals) {
    if (signal.number == number) return signal.name;
  }
  return nullptr;
}

}  // namespace alibi::crash

#endif  // ALIBI_TRACER_CRASH_FATAL_SIGNALS_H_
