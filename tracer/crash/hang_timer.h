// Reports a test that runs for too long: a timer of the kernel sends a signal that nobody uses, the thread
// that it reaches asks every other thread for its native stack by the same signal, writes a report with these
// and the interpreter's stacks, and prints the latter. The test goes on. No thread is started, since os.fork
// would warn of it.
//
// All calls on the thread that records. One report for each time it is armed.
#ifndef ALIBI_TRACER_CRASH_HANG_TIMER_H_
#define ALIBI_TRACER_CRASH_HANG_TIMER_H_

#include <cstdint>

namespace alibi::crash {

// False: no signal is free, or the kernel gives no timer.
bool start_hang_timer(uint64_t milliseconds);
void arm_hang_timer();
void disarm_hang_timer();
void stop_hang_timer();

}  // namespace alibi::crash

#endif  // ALIBI_TRACER_CRASH_HANG_TIMER_H_
