// Takes the place of the C library's functions that start programs, make processes and wait for them.
//
// What is about to be started is written down before it is: after a successful exec nobody is left to do it.
// fork needs nothing: the session follows it by itself.
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>

#include "tracer/preload/observations.h"
#include "tracer/preload/real_functions.h"

namespace alibi::preload {
namespace {

enum class Search : bool { kNo, kPath };

bool is_readable_address(Place place) {
  const int error_number = errno;
  const bool readable = real().faccessat(place.folder, place.path, F_OK, 0) == 0 || errno != EFAULT;
  errno = error_number;
  return readable;
}

void record_execution(ProgramRecorder& recorder, std::string program, char* const* arguments,
                      char* const* settings) {
  recorder.record_loaded_objects();
  const auto start = recorder.look_at(std::move(program), command_text(arguments),
                                      environment_of(settings, recorder.invitation()));
  recorder.finish(start, ::getpid());
}

// Out of the frames of exec hooks, which may run on the small stack of a child of vfork.
[[gnu::noinline]] void will_execute(Place place, Search search, char* const* arguments,
                                    char* const* settings) {
  if (place.path == nullptr || !is_readable_address(place)) return;
  if (is_in_foreign_child()) {
    const ProgramEnvironment environment = environment_of(settings, session_invitation());
    if (place.folder != kHere && place.path[0] != '/') return VforkStarts::note_loss();
    if (search == Search::kPath) return VforkStarts::note_on_path(place.path, arguments, environment);
    // A shell tries one folder of PATH after the other.
    if (real().access(place.path, X_OK) != 0 && !matters(place)) return;
    return VforkStarts::note(place.path, arguments, environment);
  }
  watched([&](ProgramRecorder& recorder, int) {
    std::string path =
        search == Search::kPath ? recorder.program_on_path(place.path) : recorder.path_of(place);
    record_execution(recorder, std::move(path), arguments, settings);
  });
}

[[gnu::noinline]] void will_execute_open_file(int descriptor, char* const* arguments, char* const* settings) {
  if (is_in_foreign_child()) return VforkStarts::note_loss();
  watched([&](ProgramRecorder& recorder, int) {
    std::string path = recorder.path_of_descriptor(descriptor);
    if (path.empty()) return recorder.record_unobserved("", command_text(arguments));  // memfd_create
    record_execution(recorder, std::move(path), arguments, settings);
  });
}

using Spawn = int (*)(pid_t*, const char*, const posix_spawn_file_actions_t*, const posix_spawnattr_t*,
                      char* const*, char* const*);

int spawned(Spawn spawn, Search search, pid_t* process, const char* program,
            const posix_spawn_file_actions_t* actions, const posix_spawnattr_t* attributes,
            char* const* arguments, char* const* settings) {
  if (is_in_foreign_child()) VforkStarts::note_loss();
  if (!is_watching()) return spawn(process, program, actions, attributes, arguments, settings);
  pid_t own_place = 0;
  pid_t* const place = process != nullptr ? process : &own_place;
  const int result = spawn(place, program, actions, attributes, arguments, settings);
  if (program == nullptr || result == EFAULT) return result;
  watched([&](ProgramRecorder& recorder, int) {
    std::string path =
        search == Search::kPath ? recorder.program_on_path(program) : recorder.path_of({kHere, program});
    const bool was_found = !path.empty();
    auto start = recorder.look_at(std::move(path), command_text(arguments),
                                  environment_of(settings, recorder.invitation()));
    if (result == 0 && (!was_found || !start.is_there))  // in a folder that the child changed to
      return recorder.record_unobserved(program, command_text(arguments));
    if (result == 0) recorder.finish(start, *place);
  });
  return result;
}

// The shell that the C library starts; its process id stays in there.
void will_run_shell(const char* command) {
  if (command == nullptr) return;
  if (is_in_foreign_child()) return VforkStarts::note_loss();
  watched([&](ProgramRecorder& recorder, int) {
    char shell[] = "sh";
    char option[] = "-c";
    char* const arguments[] = {shell, option, const_cast<char*>(command), nullptr};
    const auto start =
        recorder.look_at("/bin/sh", command_text(arguments), environment_of(environ, recorder.invitation()));
    recorder.finish(start, 0);
  });
}

void settle_vfork_starts() {
  if (VforkStarts::any()) watched([](ProgramRecorder&, int) {});
}

// The arguments of execl and its like, gathered as the C library does it: on the stack.
#define ALIBI_GATHER(first)                                                                    \
  va_list rest;                                                                                \
  va_start(rest, first);                                                                       \
  size_t count = 1;                                                                            \
  while (va_arg(rest, char*) != nullptr) ++count;                                              \
  va_end(rest);                                                                                \
  char** const arguments = static_cast<char**>(__builtin_alloca((count + 1) * sizeof(char*))); \
  va_start(rest, first);                                                                       \
  arguments[0] = const_cast<char*>(first);                                                     \
  for (size_t i = 1; i <= count; ++i) arguments[i] = va_arg(rest, char*);

}  // namespace

ALIBI_HOOK(int, execve, const char* path, char* const* arguments, char* const* settings) {
  will_execute({kHere, path}, Search::kNo, arguments, settings);
  return real().execve(path, arguments, settings);
}
ALIBI_HOOK(int, execv, const char* path, char* const* arguments) {
  will_execute({kHere, path}, Search::kNo, arguments, environ);
  return real().execv(path, arguments);
}
ALIBI_HOOK(int, execvp, const char* name, char* const* arguments) {
  will_execute({kHere, name}, Search::kPath, arguments, environ);
  return real().execvp(name, arguments);
}
ALIBI_HOOK(int, execvpe, const char* name, char* const* arguments, char* const* settings) {
  will_execute({kHere, name}, Search::kPath, arguments, settings);
  return real().execvpe(name, arguments, settings);
}
ALIBI_HOOK(int, execl, const char* path, const char* first, ...) {
  ALIBI_GATHER(first)
  va_end(rest);
  will_execute({kHere, path}, Search::kNo, arguments, environ);
  return real().execv(path, arguments);
}
ALIBI_HOOK(int, execlp, const char* name, const char* first, ...) {
  ALIBI_GATHER(first)
  va_end(rest);
  will_execute({kHere, name}, Search::kPath, arguments, environ);
  return real().execvp(name, arguments);
}
ALIBI_HOOK(int, execle, const char* path, const char* first, ...) {
  ALIBI_GATHER(first)
  char* const* const settings = va_arg(rest, char* const*);
  va_end(rest);
  will_execute({kHere, path}, Search::kNo, arguments, settings);
  return real().execve(path, arguments, settings);
}
ALIBI_HOOK(int, execveat, int folder, const char* path, char* const* arguments, char* const* settings,
           int flags) {
  if ((flags & AT_EMPTY_PATH) != 0 && path != nullptr && path[0] == '\0')
    will_execute_open_file(folder, arguments, settings);
  else
    will_execute({folder, path}, Search::kNo, arguments, settings);
  return real().execveat(folder, path, arguments, settings, flags);
}
ALIBI_HOOK(int, fexecve, int descriptor, char* const* arguments, char* const* settings) {
  will_execute_open_file(descriptor, arguments, settings);
  return real().fexecve(descriptor, arguments, settings);
}

ALIBI_HOOK(int, posix_spawn, pid_t* process, const char* program, const posix_spawn_file_actions_t* actions,
           const posix_spawnattr_t* attributes, char* const* arguments, char* const* settings) {
  return spawned(real().posix_spawn, Search::kNo, process, program, actions, attributes, arguments, settings);
}
ALIBI_HOOK(int, posix_spawnp, pid_t* process, const char* program, const posix_spawn_file_actions_t* actions,
           const posix_spawnattr_t* attributes, char* const* arguments, char* const* settings) {
  return spawned(real().posix_spawnp, Search::kPath, process, program, actions, attributes, arguments,
                 settings);
}
// Opened inside the C library later on, in the child.
ALIBI_HOOK(int, posix_spawn_file_actions_addopen, posix_spawn_file_actions_t* actions, int descriptor,
           const char* path, int flags, mode_t mode) {
  const int result = real().posix_spawn_file_actions_addopen(actions, descriptor, path, flags, mode);
  if (result != 0 || !is_watching()) return result;
  const Place place{kHere, path};
  const auto before = existence(place);
  if ((flags & O_TRUNC) == 0) will_read(place);
  if ((flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0)
    written(place, 0,
            (flags & O_TRUNC) != 0 && before == ProgramRecorder::Before::kKept
                ? ProgramRecorder::Before::kReplaced
                : before);
  else
    asked_access(place, F_OK, 0, before == ProgramRecorder::Before::kKept ? 0 : -1);
  return result;
}

ALIBI_HOOK(int, system, const char* command) {
  will_run_shell(command);
  return real().system(command);
}
ALIBI_HOOK(FILE*, popen, const char* command, const char* mode) {
  will_run_shell(command);
  return real().popen(command, mode);
}

// A copy of this process that the session is not told of. With CLONE_VM it is a thread, or a child like that
// of vfork.
ALIBI_HOOK(int, clone, int (*function)(void*), void* stack, int flags, void* argument, ...) {
  va_list rest;
  va_start(rest, argument);
  void* const parent_id = va_arg(rest, void*);
  void* const thread_storage = va_arg(rest, void*);
  void* const child_id = va_arg(rest, void*);
  va_end(rest);
  if ((flags & CLONE_VM) == 0)
    watched([](ProgramRecorder& recorder, int) { recorder.record_unobserved("", "clone"); });
  return real().clone(function, stack, flags, argument, parent_id, thread_storage, child_id);
}
ALIBI_HOOK(pid_t, _Fork) {
  watched([](ProgramRecorder& recorder, int) { recorder.record_unobserved("", "_Fork"); });
  return real()._Fork();
}

ALIBI_HOOK(pid_t, wait, int* status) {
  settle_vfork_starts();
  return real().wait(status);
}
ALIBI_HOOK(pid_t, waitpid, pid_t process, int* status, int options) {
  settle_vfork_starts();
  return real().waitpid(process, status, options);
}
ALIBI_HOOK(pid_t, wait3, int* status, int options, void* usage) {
  settle_vfork_starts();
  return real().wait3(status, options, usage);
}
ALIBI_HOOK(pid_t, wait4, pid_t process, int* status, int options, void* usage) {
  settle_vfork_starts();
  return real().wait4(process, status, options, usage);
}
ALIBI_HOOK(int, waitid, idtype_t type, id_t id, siginfo_t* what, int options) {
  settle_vfork_starts();
  return real().waitid(type, id, what, options);
}

ALIBI_HOOK(void, _exit, int status) {
  settle_vfork_starts();
  real()._exit(status);
}
ALIBI_HOOK(void, _Exit, int status) {
  settle_vfork_starts();
  real()._exit(status);
}

}  // namespace alibi::preload
