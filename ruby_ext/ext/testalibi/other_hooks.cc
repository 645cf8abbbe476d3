// Hooks of functions for variables, programs, libraries and sockets.
#include <dlfcn.h>
#include <netdb.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "library_calls.h"
#include "library_hooks.h"
#include "process_inputs.h"
#include "recent_observations.h"
#include "ruby_option.h"

namespace alibi::ruby {
namespace {

Observation about(Act act, const char* name, const char* other) {
  Observation seen;
  seen.act = act;
  seen.path = name;
  seen.other = other;
  return seen;
}

void variable_changes(Origin origin, const char* name) {
  if (name != nullptr) Inputs::deliver(origin, about(Act::kVariableChanges, name, nullptr));
}

// What is about to be started is told before it is: after a successful exec nobody is left to do it. Perhaps
// on the small stack of a child of vfork.
[[gnu::noinline]] void starts(Origin origin, const char* program, char* const* arguments,
                              char* const* settings, int process) {
  if (!Inputs::is_running() || program == nullptr) return;
  const int kept = errno;
  // A shell tries one folder of PATH after the other.
  if (::access(program, X_OK) == 0) {
    char command[300];
    join_arguments(arguments, command, sizeof command);
    Observation seen = about(Act::kStarts, program, command);
    seen.number = process;
    look_at_environment(settings, &seen);
    Inputs::deliver(origin, seen);
  }
  errno = kept;
}

void runs_shell(Origin origin, const char* command) {
  if (command == nullptr) return;
  char shell[] = "sh";
  char option[] = "-c";
  char* const arguments[] = {shell, option, const_cast<char*>(command), nullptr};
  starts(origin, "/bin/sh", arguments, environ, 0);
}

void reaches(Origin origin, Act act, int descriptor, const sockaddr* address, socklen_t length,
             const char* call) {
  if (address == nullptr || length < sizeof(sa_family_t)) return;
  Observation seen = about(act, nullptr, call);
  seen.folder = descriptor;
  seen.address = address;
  seen.address_length = length;
  Inputs::deliver(origin, seen);
}

// The arguments of execl and its like, gathered as the C library does it: on the stack.
#define ALIBI_GATHER(first)                                                                    \
  va_list rest;                                                                                \
  va_start(rest, first);                                                                       \
  size_t count = 1;                                                                            \
  while (va_arg(rest, char*) != nullptr) ++count;                                              \
  char** const arguments = static_cast<char**>(__builtin_alloca((count + 1) * sizeof(char*))); \
  va_end(rest);                                                                                \
  va_start(rest, first);                                                                       \
  arguments[0] = const_cast<char*>(first);                                                     \
  for (size_t i = 1; i <= count; ++i) arguments[i] = va_arg(rest, char*);

template <Origin kOrigin>
struct Hooks {
  static char* getenv(const char* name) {
    char* const value = ::getenv(name);
    Inputs::deliver(kOrigin, about(Act::kVariable, name, value));
    return value;
  }
  static char* secure_getenv(const char* name) {
    char* const value = ::secure_getenv(name);
    Inputs::deliver(kOrigin, about(Act::kVariable, name, value));
    return value;
  }
  // Whoever wants all variables of the environment looks for the end of the name of each, the first one
  // first.
  static char* strchr(const char* text, int wanted) {
    if (wanted == '=' && environ != nullptr && text == environ[0])
      Inputs::deliver(kOrigin, about(Act::kAllVariables, "*", nullptr));
    return const_cast<char*>(std::strchr(text, wanted));
  }
  static int setenv(const char* name, const char* value, int overwrite) {
    variable_changes(kOrigin, name);
    return ::setenv(name, value, overwrite);
  }
  static int unsetenv(const char* name) {
    variable_changes(kOrigin, name);
    return ::unsetenv(name);
  }
  static int chdir(const char* path) {
    RecentObservations::forget();
    return ::chdir(path);
  }
  static int fchdir(int folder) {
    RecentObservations::forget();
    return ::fchdir(folder);
  }

  static void* dlopen(const char* path, int flags) {
    void* const library = ::dlopen(path, flags);
    if (library == nullptr || !Inputs::is_running()) return library;
    LibraryCalls::look_again();
    if (path != nullptr && path[0] == '/')
      Inputs::deliver(kOrigin, about(Act::kLibraryLoaded, path, nullptr));
    return library;
  }

  // Ruby makes one before it starts a program.
  static int pipe2(int* ends, int flags) {
    const int result = ::pipe2(ends, flags);
    if (kOrigin == Origin::kRuby) Inputs::will_start_program();
    return result;
  }
  static pid_t fork() {
    Inputs::will_fork();
    const pid_t process = ::fork();
    if (process > 0) Inputs::deliver(kOrigin, about(Act::kForked, nullptr, nullptr));
    return process;
  }
  [[noreturn]] static void _exit(int status) {
    Inputs::settle();
    ::_exit(status);
  }
  static int execve(const char* path, char* const* arguments, char* const* settings) {
    starts(kOrigin, path, arguments, settings, ::getpid());
    return RubyOption::with(path, settings, [&](char* const* own) { return ::execve(path, arguments, own); });
  }
  static int execv(const char* path, char* const* arguments) { return execve(path, arguments, environ); }
  static int execl(const char* path, const char* first, ...) {
    ALIBI_GATHER(first)
    va_end(rest);
    return execv(path, arguments);
  }
  static int execle(const char* path, const char* first, ...) {
    ALIBI_GATHER(first)
    char* const* const settings = va_arg(rest, char**);
    va_end(rest);
    return execve(path, arguments, settings);
  }
  static int posix_spawn(pid_t* process, const char* path, const posix_spawn_file_actions_t* actions,
                         const posix_spawnattr_t* attributes, char* const* arguments, char* const* settings) {
    Inputs::will_start_program();
    const int result = RubyOption::with(path, settings, [&](char* const* own) {
      return ::posix_spawn(process, path, actions, attributes, arguments, own);
    });
    if (result == 0) starts(kOrigin, path, arguments, settings, process != nullptr ? *process : 0);
    return result;
  }
  // Which program it is, is the C library's business: what it runs cannot be known.
  static int posix_spawnp(pid_t* process, const char* name, const posix_spawn_file_actions_t* actions,
                          const posix_spawnattr_t* attributes, char* const* arguments,
                          char* const* settings) {
    Inputs::will_start_program();
    const int result = ::posix_spawnp(process, name, actions, attributes, arguments, settings);
    if (result == 0) starts(kOrigin, "/bin/sh", arguments, settings, 0);
    return result;
  }
  static int system(const char* command) {
    Inputs::will_start_program();
    runs_shell(kOrigin, command);
    return ::system(command);
  }
  static FILE* popen(const char* command, const char* mode) {
    Inputs::will_start_program();
    runs_shell(kOrigin, command);
    return ::popen(command, mode);
  }

  static int bind(int descriptor, const sockaddr* address, socklen_t length) {
    const int result = ::bind(descriptor, address, length);
    if (result == 0) reaches(kOrigin, Act::kBinds, descriptor, address, length, nullptr);
    return result;
  }
  // Before: whoever waits there may be gone afterwards.
  static int connect(int descriptor, const sockaddr* address, socklen_t length) {
    reaches(kOrigin, Act::kConnects, descriptor, address, length, "connect");
    return ::connect(descriptor, address, length);
  }
  static ssize_t sendto(int descriptor, const void* bytes, size_t size, int flags, const sockaddr* address,
                        socklen_t length) {
    reaches(kOrigin, Act::kConnects, descriptor, address, length, "sendto");
    return ::sendto(descriptor, bytes, size, flags, address, length);
  }
  static ssize_t sendmsg(int descriptor, const msghdr* message, int flags) {
    if (message != nullptr)
      reaches(kOrigin, Act::kConnects, descriptor, static_cast<const sockaddr*>(message->msg_name),
              message->msg_namelen, "sendmsg");
    return ::sendmsg(descriptor, message, flags);
  }
  static int getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** found) {
    const int result = ::getaddrinfo(host, service, hints, found);
    Inputs::deliver(kOrigin, about(Act::kLooksUp, host, service));
    return result;
  }
  static hostent* gethostbyname(const char* host) {
    hostent* const found = ::gethostbyname(host);
    Inputs::deliver(kOrigin, about(Act::kLooksUp, host, nullptr));
    return found;
  }
};

const Replacement kRows[] = {ALIBI_ROW("getenv", getenv),
                             ALIBI_ROW("secure_getenv", secure_getenv),
                             {"strchr", reinterpret_cast<void*>(&Hooks<Origin::kRuby>::strchr), nullptr},
                             ALIBI_ROW("setenv", setenv),
                             ALIBI_ROW("unsetenv", unsetenv),
                             ALIBI_ROW("chdir", chdir),
                             ALIBI_ROW("fchdir", fchdir),
                             ALIBI_ROW("dlopen", dlopen),
                             ALIBI_ROW("fork", fork),
                             {"pipe2", reinterpret_cast<void*>(&Hooks<Origin::kRuby>::pipe2), nullptr},
                             {"_exit", reinterpret_cast<void*>(&Hooks<Origin::kRuby>::_exit), nullptr},
                             ALIBI_ROW("execve", execve),
                             ALIBI_ROW("execv", execv),
                             ALIBI_ROW("execl", execl),
                             ALIBI_ROW("execle", execle),
                             ALIBI_ROW("posix_spawn", posix_spawn),
                             ALIBI_ROW("posix_spawnp", posix_spawnp),
                             ALIBI_ROW("system", system),
                             ALIBI_ROW("popen", popen),
                             ALIBI_ROW("bind", bind),
                             ALIBI_ROW("connect", connect),
                             ALIBI_ROW("sendto", sendto),
                             ALIBI_ROW("sendmsg", sendmsg),
                             ALIBI_ROW("getaddrinfo", getaddrinfo),
                             ALIBI_ROW("gethostbyname", gethostbyname)};

}  // namespace

HookTable other_hooks() {
  return {kRows, sizeof kRows / sizeof *kRows};
}

}  // namespace alibi::ruby
