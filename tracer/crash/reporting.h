// What a crash or a hang report needs, prepared while all is well, and the one place that writes reports.
// Used by crash_handler and hang_timer; the C ABI fills it in. One per process, in static memory that fork
// copies. Everything below "inside handlers" uses system calls and this memory only.
#ifndef ALIBI_TRACER_CRASH_REPORTING_H_
#define ALIBI_TRACER_CRASH_REPORTING_H_

#include <signal.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tracer/crash/native_stack.h"
#include "tracer/crash/report_format.h"

namespace alibi::crash {

// Writes the stacks of the interpreter's threads to a descriptor that does not block. Called inside handlers:
// the glue answers for it that nothing is allocated or locked.
using DumpInterpreter = void (*)(int descriptor);

// False: `shard_path` is too long or no shard's.
bool prepare_reports(std::string_view shard_path, DumpInterpreter dump);
// A descriptor of the terminal, for lines people shall see; -1: none. The caller keeps it open.
void announce_to(int descriptor);
// What runs from now on. Cheap: a copy of the name and one store.
void set_running(RunningKind kind, std::string_view name);

// Inside handlers, from here on.

struct Cause {
  ReportKind kind = ReportKind::kCrash;
  int signal = 0;
  int code = 0;
  uint64_t address = 0;
  uint64_t after_ms = 0;
};

struct StackOfThread {
  uint32_t thread_id;
  bool reporting;
  const NativeStack* stack;
};

// The process that prepared it, not a forked child of it.
bool is_prepared_process();
// Stacks are those at hand; the interpreter's are added. The caller holds the reporting turn (Turn), and has
// caught faults where it must go on. False: no file could be made.
bool write_report(const Cause& cause, const StackOfThread* stacks, size_t count);
// What the interpreter's dumper wrote for the last report, up to the limit of a record.
std::string_view last_interpreter_stacks();
// Closes a report whose writing was interrupted by a fault.
void abandon_report();
// Lines on the terminal. Bytes that control terminals are replaced.
void announce(std::string_view text);
void announce_running();
RunningKind running_kind();

// Reports are written by one thread at a time: the others wait for their turn, not for ever.
class Turn {
 public:
  enum class Patience { kNone, kSeconds };
  // False: it is another thread's, or already this one's.
  static bool take(Patience patience);
  static void give_back();
  static bool is_mine();
};

}  // namespace alibi::crash

#endif  // ALIBI_TRACER_CRASH_REPORTING_H_
