// Tells the session of this process that fork() has just made it a child. Uses pthread_atfork once per
// process; the handler runs in the child before fork() returns, on the only thread there is, and does nothing
// but call the session's mark_forked (no allocation, no lock, no system call that may fail). Processes made
// without fork() handlers (vfork, posix_spawn, clone) are expected to exec and are not seen.
#ifndef ALIBI_TRACER_RECORDING_AFTER_FORK_H_
#define ALIBI_TRACER_RECORDING_AFTER_FORK_H_

namespace alibi::recording {

class Session;

// Makes `session` the one of this process. False: another one is, or the handler cannot be installed.
bool claim_process(Session* session);
void release_process(Session* session);

}  // namespace alibi::recording

#endif  // ALIBI_TRACER_RECORDING_AFTER_FORK_H_
