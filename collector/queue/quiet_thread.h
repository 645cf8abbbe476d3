// Threads that nobody waits for and that take no signal. Used where the C library has no deadline
// (redis_server.cc): such a thread may outlive the call that wanted it, into a run whose signals are owned by
// another thread (collector/run/run_signals.h); a SIGCHLD that went to it would be lost.
#ifndef ALIBI_COLLECTOR_QUEUE_QUIET_THREAD_H_
#define ALIBI_COLLECTOR_QUEUE_QUIET_THREAD_H_

#include <functional>

namespace alibi::queue {

// False when no thread can be started. `work` must not throw.
bool start_quiet_thread(std::function<void()> work);

}  // namespace alibi::queue

#endif  // ALIBI_COLLECTOR_QUEUE_QUIET_THREAD_H_
