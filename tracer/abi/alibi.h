/* The C ABI of the recorder: all that a language's glue may use inside a test process.
 *
 * Conventions, for every function:
 *  - It returns ALIBI_OK or an error code and, when `error` is not NULL, fills it. It never throws, never
 *    calls back, never calls an interpreter, and never blocks on another process.
 *  - Strings are (pointer, length), UTF-8 or raw file-system bytes, borrowed for the call, never kept.
 *  - Calls on one session are serialised by the caller (the GIL, or the glue's mutex where there is none).
 *  - A session belongs to the process that opened it. After fork() the child's first call, or its first hit,
 *    opens a shard of its own; the parent's file is not written by the child (see alibi_session_after_fork).
 *  - Failure to record is counted (alibi_drop) and ends up in the shard where possible; after
 *    ALIBI_RECORDING_STOPPED all calls are cheap no-ops. The test run goes on. Losses whose reason is known
 *    here (disk, memory, numbers, too large, fork) are counted here: the glue does not count them again.
 */
#ifndef ALIBI_TRACER_ABI_ALIBI_H_
#define ALIBI_TRACER_ABI_ALIBI_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ALIBI_ABI_VERSION 2

/* Stable numbers, never reused. */
typedef enum alibi_status {
  ALIBI_OK = 0,
  ALIBI_INVALID_ARGUMENT = 1,  /* a caller's mistake; nothing was done */
  ALIBI_CANNOT_CREATE = 2,     /* the session directory or the shard could not be made */
  ALIBI_DISK_FULL = 3,         /* no space for the next segment */
  ALIBI_RECORDING_STOPPED = 4, /* an earlier failure ended recording in this process */
  ALIBI_NUMBERS_EXHAUSTED = 5, /* 2^30 probes or contexts are in use */
  ALIBI_OUT_OF_MEMORY = 6,
  ALIBI_INTERNAL = 7 /* a defect of Alibi; the message says where */
} alibi_status;

/* Why evidence was lost. Stable numbers. */
typedef enum alibi_drop_reason {
  ALIBI_DROP_DISK = 1,              /* no space, or the file system refused */
  ALIBI_DROP_MEMORY = 2,            /* allocation failed */
  ALIBI_DROP_NUMBERS = 3,           /* probe or context numbers exhausted */
  ALIBI_DROP_LINE_OUT_OF_RANGE = 4, /* a line event outside its code unit's range */
  ALIBI_DROP_REFUSED_CODE = 5,      /* code that the strategy cannot instrument */
  ALIBI_DROP_PROBE_LOST = 6,        /* a probe could not be re-armed; the strategy changed to a safe one */
  ALIBI_DROP_TRACER_EVICTED = 7,    /* the test replaced the trace function */
  ALIBI_DROP_SUBINTERPRETER = 8,    /* code ran in an interpreter that is not traced */
  ALIBI_DROP_THREAD = 9,            /* a thread could not be traced */
  ALIBI_DROP_INPUT = 10,            /* an input could not be read or stored */
  ALIBI_DROP_TOO_LARGE = 11,        /* a record larger than the format allows */
  ALIBI_DROP_FORK = 12,             /* a forked child could not open its shard */
  ALIBI_DROP_STATE = 13,            /* what tests leave in shared state cannot be seen here */
  ALIBI_DROP_PROCESS = 14,          /* which tests a process met is not known */
  ALIBI_DROP_REASON_COUNT = 15
} alibi_drop_reason;

typedef struct alibi_error {
  int32_t status;    /* alibi_status */
  int32_t os_error;  /* errno, or 0 */
  char message[244]; /* NUL-terminated, one line: what failed and with which input */
} alibi_error;

typedef struct alibi_text {
  const char* bytes;
  size_t length;
} alibi_text;
typedef struct alibi_hash {
  uint64_t low, high;
} alibi_hash; /* XXH3-128 */

typedef struct alibi_session alibi_session;

/* What a session found outside of it: settings by key (which may repeat), and the hashes of the variables of
 * the environment, of each and (`environment`) of all together. The key "environment" is taken. Written by
 * the process that opens the session, read by programs that are started later. */
typedef struct alibi_setting {
  const char* key; /* NUL-terminated */
  alibi_text value;
} alibi_setting;
typedef struct alibi_variable {
  alibi_text name;
  alibi_hash hash; /* alibi_hash_bytes of the value, seed 0 */
} alibi_variable;
alibi_status alibi_outside_write(alibi_text directory, const alibi_setting* settings, size_t setting_count,
                                 alibi_hash environment, const alibi_variable* variables,
                                 size_t variable_count, alibi_error* error);

typedef struct alibi_outside alibi_outside;
/* For a program that was started with this value of ALIBI_SESSION. NULL: it is none, or the session is over.
 */
alibi_outside* alibi_outside_read(alibi_text invitation);
void alibi_outside_free(alibi_outside* outside); /* NULL is allowed */
alibi_text alibi_outside_directory(const alibi_outside* outside);
uint64_t alibi_outside_session_id(const alibi_outside* outside);
/* The value of the `position`-th setting of this key; 0 when there are fewer. Borrowed from `outside`. */
int alibi_outside_setting(const alibi_outside* outside, const char* key, size_t position, alibi_text* value);
alibi_hash alibi_outside_environment(const alibi_outside* outside); /* zero: not known */
/* Calls nobody: fills `variables` with up to `capacity` of them, and returns how many there are. */
size_t alibi_outside_variables(const alibi_outside* outside, alibi_variable* variables, size_t capacity);

/* The hot path. The glue appends hit entries inline and calls alibi_hits_full only when next == limit.
 * Borrowed from the session; stays at one address for its life, also across fork(). Zero entries are never
 * written. */
typedef struct alibi_hit_stream {
  uint32_t* next;
  uint32_t* limit;
} alibi_hit_stream;

typedef enum alibi_role { ALIBI_MAIN = 1, ALIBI_WORKER = 2, ALIBI_CHILD = 3 } alibi_role;

typedef struct alibi_session_options {
  alibi_text directory;   /* the session directory; made when absent; of an ALIBI_CHILD it must exist */
  alibi_text root;        /* the project's root directory, absolute */
  alibi_text interpreter; /* "cpython 3.12.1" */
  alibi_text worker;      /* xdist's worker name, or empty */
  uint64_t session_id;    /* shared by all processes of the session */
  int32_t role;           /* alibi_role */
  alibi_text invitation;  /* of an ALIBI_CHILD: the value of ALIBI_SESSION that it was started with, of the
                             same directory and session_id; empty in all other processes */
  alibi_text program;     /* of an ALIBI_CHILD: path of the interpreter */
  alibi_text command;     /* likewise, for people */
} alibi_session_options;

/* Opens the one session of this process and its shard. */
alibi_status alibi_session_open(const alibi_session_options* options, alibi_session** session,
                                alibi_error* error);
/* The contexts that are open now, the current one last. Programs that are started from now on run on its
 * behalf: the variable ALIBI_SESSION in `environ` says so to those that inherit it. Processes that outlived
 * the context they were started in are charged to those they meet. Cannot fail. */
void alibi_set_contexts(alibi_session* session, const uint32_t* open, size_t count);
/* Until that changes again: programs that are started from now on run on behalf of this one of them, or of
 * the session (0). Cannot fail. */
void alibi_invite_for(alibi_session* session, uint32_t context);
/* 1: all sockets that wait at this port (those of SOCK_STREAM: listen), on whatever address, or at this path
 * are of living processes of the session. An abstract name begins with a zero byte. Cannot fail: 0 where the
 * kernel does not say. */
int alibi_session_listens_at_port(alibi_session* session, int socket_type, uint32_t port);
int alibi_session_listens_at_path(alibi_session* session, alibi_text path);
/* "ALIBI_SESSION=…" for an environment that the caller puts together; empty: none is issued. Also puts an old
 * text in `environ` right. Borrowed until the next call on this session. */
alibi_text alibi_invitation(alibi_session* session);
/* Commits everything, marks the shard closed, frees the session. NULL is allowed. */
alibi_status alibi_session_close(alibi_session* session, alibi_error* error);
/* Before a fork, by those who know of it: makes what children write cheap to make. Never needed. Cannot fail.
 */
void alibi_session_before_fork(alibi_session* session);
/* In a forked child: opens the child's own shard now rather than at its first hit. Harmless elsewhere. */
alibi_status alibi_session_after_fork(alibi_session* session, alibi_error* error);

/* The file this process writes; empty in a forked child that has none yet, and once recording has stopped.
 * Borrowed until the next call on this session. */
alibi_text alibi_shard_path(const alibi_session* session);

alibi_hit_stream* alibi_hit_stream_of(alibi_session* session);
/* Appends one entry when the inline path found no room. Cannot fail: a loss is counted. */
void alibi_hits_full(alibi_session* session, uint32_t entry);
/* Which strategy records lines from now on ("self", "slots", "trace", …); written with the process record. */
alibi_status alibi_set_strategy(alibi_session* session, alibi_text strategy);

static inline void alibi_append_hit(alibi_session* session, alibi_hit_stream* stream, uint32_t entry) {
  if (stream->next != stream->limit)
    *stream->next++ = entry;
  else
    alibi_hits_full(session, entry);
}
#define ALIBI_CONTEXT_SWITCH(context) (0x80000000u | (uint32_t)(context))
#define ALIBI_STATEMENT(probe) (0xC0000000u | (uint32_t)(probe))
#define ALIBI_CONCURRENT_IMPORT 0xBFFFFFFFu /* see tracer/shard/format.h */

/* Numbers a source file and hashes its present content. The same path gives the same number. */
alibi_status alibi_define_file(alibi_session* session, alibi_text absolute_path, uint32_t* file,
                               alibi_error* error);

typedef enum alibi_code_kind {
  ALIBI_CODE_MODULE = 1,
  ALIBI_CODE_CLASS_BODY = 2,
  ALIBI_CODE_FUNCTION = 3,
  ALIBI_CODE_ANONYMOUS = 4,
  /* Not code: a name that an attribute was looked up by at run time (getattr), or that code compiled at run
   * time refers to. File, lines and fingerprint are 0, span is 1; a hit of its probe is a use of the name. */
  ALIBI_CODE_LOOKED_UP_NAME = 5,
  ALIBI_CODE_COMPILED_NAME = 6
} alibi_code_kind;
typedef struct alibi_code {
  uint32_t file;
  uint32_t first_line; /* smallest line any instruction carries */
  uint32_t span;       /* lines from first_line on, at least 1 */
  uint32_t scope_line; /* the line that names the scope */
  int32_t kind;        /* alibi_code_kind */
  alibi_hash fingerprint;
  alibi_text qualified_name;
} alibi_code;
/* Reserves `span` probes; *base is the probe of first_line. */
alibi_status alibi_define_code(alibi_session* session, const alibi_code* code, uint32_t* base,
                               alibi_error* error);

typedef enum alibi_name_kind {
  ALIBI_NAME_GLOBAL = 1,
  ALIBI_NAME_ATTRIBUTE = 2,
  ALIBI_NAME_IMPORT = 3,
  ALIBI_NAME_DOTTED = 4
} alibi_name_kind;
typedef struct alibi_name {
  int32_t kind;
  int32_t level;
  alibi_text name;
} alibi_name;
alibi_status alibi_define_names(alibi_session* session, uint32_t base, const alibi_name* names, size_t count);

typedef struct alibi_function {
  uint32_t line; /* the line that names the scope */
  alibi_text qualified_name;
} alibi_function;
/* Which lines and functions a source file has, whether they run or not: no evidence, but what exports need.
 * Bit i of byte k of `lines` is line first_line + 8 * k + i. */
alibi_status alibi_define_outline(alibi_session* session, uint32_t file, uint32_t first_line,
                                  alibi_text lines, const alibi_function* functions, size_t count);

typedef enum alibi_context_kind {
  ALIBI_CONTEXT_TEST = 1,
  ALIBI_CONTEXT_FIXTURE = 2,
  ALIBI_CONTEXT_OTHER = 3,
  /* What collecting the tests of one test file does; its name is the collector's node id. */
  ALIBI_CONTEXT_COLLECTION = 4
} alibi_context_kind;
/* Numbers a new context. It does not switch to it: append ALIBI_CONTEXT_SWITCH to the stream for that. */
alibi_status alibi_define_context(alibi_session* session, int32_t kind, uint32_t parent, alibi_text name,
                                  alibi_text scope, uint32_t* context, alibi_error* error);
/* The evidence of `used` belongs to `user` too (a fixture, a set-up). */
alibi_status alibi_charge(alibi_session* session, uint32_t user, uint32_t used);

typedef enum alibi_outcome {
  ALIBI_PASSED = 1,
  ALIBI_FAILED = 2,
  ALIBI_SKIPPED = 3,
  ALIBI_ERROR = 4,
  ALIBI_XFAILED = 5,
  ALIBI_XPASSED = 6
} alibi_outcome;
/* Ends a test and commits all its entries. Ends a collection too: passed when all of its file was collected
 * well. */
alibi_status alibi_end_test(alibi_session* session, uint32_t context, int32_t outcome, uint64_t duration_ns,
                            alibi_text reason);

typedef enum alibi_input_kind {
  ALIBI_INPUT_FILE = 1,
  ALIBI_INPUT_DIRECTORY = 2,
  ALIBI_INPUT_PROBE = 3,
  ALIBI_INPUT_ENVIRONMENT = 4,
  ALIBI_INPUT_PROCESS = 5,
  ALIBI_INPUT_SOCKET = 6,
  ALIBI_INPUT_IMPORT = 7,
  ALIBI_INPUT_WRITTEN = 8,
  ALIBI_INPUT_OPTION = 9
} alibi_input_kind;
typedef enum alibi_input_state {
  ALIBI_PRESENT = 1,
  ALIBI_ABSENT = 2,
  ALIBI_OTHER_STATE = 3,
  ALIBI_NO_VALUE = 4
} alibi_input_state;
typedef struct alibi_input {
  uint32_t context;
  int32_t kind;  /* alibi_input_kind */
  int32_t state; /* alibi_input_state */
  alibi_hash hash;
  alibi_text subject;
  alibi_text detail;
} alibi_input;
alibi_status alibi_record_input(alibi_session* session, const alibi_input* input);
/* XXH3-128 of bytes, of a file's content, of a directory's sorted listing. The last two report the state too
 * and cache by (device, inode, size, change time). */
alibi_hash alibi_hash_bytes(const void* bytes, size_t length, uint64_t seed);
int32_t alibi_hash_file(alibi_session* session, alibi_text path, alibi_hash* hash);
int32_t alibi_hash_directory(alibi_session* session, alibi_text path, alibi_hash* hash);

typedef enum alibi_state_kind {
  ALIBI_STATE_GLOBAL = 1,
  ALIBI_STATE_CLASS_ATTRIBUTE = 2,
  ALIBI_STATE_CONTENT = 3,
  ALIBI_STATE_CACHED_FUNCTION = 4,
  ALIBI_STATE_INSTANCE_ATTRIBUTE = 5, /* of the object that a module-level name holds: another value */
  ALIBI_STATE_CONTAINER = 6           /* a dict, list, set or deque: what lies in it came or went, no more */
} alibi_state_kind;
alibi_status alibi_record_state_write(alibi_session* session, uint32_t context, uint32_t file, int32_t kind,
                                      alibi_text name, alibi_text attribute);
/* A module of a distribution that is not part of the project was loaded from `path`. */
alibi_status alibi_record_imported(alibi_session* session, alibi_text module, alibi_text path);

/* `test_id` was found in the test file of this collection, whether it is going to be run or not. */
alibi_status alibi_record_collected(alibi_session* session, uint32_t context, alibi_text test_id);

/* What people and the intake are told of a test, or of the session (0), as JSON: no evidence. What cannot be
 * written is not told, and costs no evidence. */
alibi_status alibi_record_note(alibi_session* session, uint32_t context, alibi_text json);

/* What kind of program a file is; of a script, `runs` says what runs it in the end. */
typedef enum alibi_program_kind {
  ALIBI_PROGRAM_INTERPRETER = 1, /* Python or Ruby, by its name */
  ALIBI_PROGRAM_DYNAMIC = 2,     /* the dynamic loader puts the preloaded recorder into it */
  ALIBI_PROGRAM_OPAQUE = 3,      /* static, privileged, unreadable: nobody sees into it */
  ALIBI_PROGRAM_SCRIPT = 4
} alibi_program_kind;
typedef struct alibi_program {
  int32_t kind;      /* alibi_program_kind */
  int32_t runs;      /* likewise, never a script */
  int32_t runs_ruby; /* 1: what runs is an interpreter of Ruby */
} alibi_program;
/* `search_path`: folders, separated by colons, in which `#!/usr/bin/env NAME` looks. Never runs the file. */
alibi_program alibi_classify_program(alibi_text path, alibi_text search_path);
/* 1: the kernel makes it up (/proc, /sys, devices). `path`: absolute, without "." and "..". */
int32_t alibi_is_kernel_path(alibi_text path);

/* What ".." in a path left: were it another thing, or a link elsewhere, the path would mean another file. For
 * an ALIBI_INPUT_PROBE, whose detail is the question. */
typedef struct alibi_passed {
  alibi_text path;
  int32_t state; /* alibi_input_state */
  alibi_hash hash;
  const char* question; /* static */
} alibi_passed;
typedef void (*alibi_see_passed)(void* whom, const alibi_passed* passed);
/* Where `path`, absolute and with "..", leads: a link's ".." is above what it links to. Without "." and ".."
 * into `into`; returns its length, 0 when it does not fit. `see` may be null; keeps errno. */
size_t alibi_climb(alibi_text path, char* into, size_t room, alibi_see_passed see, void* whom);
/* 1: a program of the system that looks at nothing a project could change (`uname`, `false`): starting it is
 * no input. `command`: with its arguments, separated by blanks. */
int32_t alibi_is_blind_program(alibi_text path, alibi_text command);

typedef enum alibi_recording {
  ALIBI_RECORDING_EXPECTED = 1, /* an interpreter with the recorder, which got the invitation */
  ALIBI_RECORDING_NONE = 2
} alibi_recording;
/* A program was started. `process_id`: 0 when it is not known. */
alibi_status alibi_record_started(alibi_session* session, uint32_t context, uint32_t process_id,
                                  int32_t recording, alibi_text program, alibi_text command);

#define ALIBI_WHOLE_PROCESS 0xFFFFFFFFu
/* Evidence of `context` was lost. Cannot fail. */
void alibi_drop(alibi_session* session, uint32_t context, int32_t reason, uint64_t count);
uint64_t alibi_drop_count(const alibi_session* session, int32_t reason);
const char* alibi_drop_reason_name(int32_t reason); /* "disk", "memory", … ; static */

#ifdef __cplusplus
}
#endif
#endif /* ALIBI_TRACER_ABI_ALIBI_H_ */
