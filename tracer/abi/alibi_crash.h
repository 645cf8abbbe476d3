/* Crash and hang reports: the second part of the C ABI (conventions: alibi.h). Used by the glue of an
 * interpreter.
 *
 * The reports lie beside the shard of the process and need no session: what happens in a signal handler uses
 * only memory that was prepared here. The one place where the tracer calls back: `dump`, in such a handler.
 */
#ifndef ALIBI_TRACER_ABI_ALIBI_CRASH_H_
#define ALIBI_TRACER_ABI_ALIBI_CRASH_H_

#include "tracer/abi/alibi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Writes the stacks of the interpreter's threads to a descriptor that does not block. Called in a signal
 * handler of a process that may be damaged: system calls and prepared memory only. */
typedef void (*alibi_dump)(int descriptor);

typedef struct alibi_crash_options {
  alibi_text shard_path;   /* of this process */
  alibi_dump dump;         /* NULL: there is no such thing */
  const void* interpreter; /* an address in its code, by which its own crash handler is known; NULL */
  uint64_t hang_ms;        /* a test that runs for longer is reported; 0: none is */
} alibi_crash_options;

/* Installs handlers for SIGSEGV, SIGABRT, SIGBUS, SIGFPE and SIGILL that write a report and then let the
 * signal do what it would have done without them. */
alibi_status alibi_crash_start(const alibi_crash_options* options, alibi_error* error);
/* Puts back what was there, unless something else has come since. */
void alibi_crash_stop(void);
/* `descriptor` (-1: none) is told of crashes and hangs; the caller keeps it open until the stop. */
void alibi_crash_announce_to(int descriptor);
/* A test or a collection (alibi_context_kind) runs from now on, until the next call of these two. */
void alibi_crash_enter(int32_t kind, alibi_text name);
void alibi_crash_leave(void);

#ifdef __cplusplus
}
#endif
#endif /* ALIBI_TRACER_ABI_ALIBI_CRASH_H_ */
