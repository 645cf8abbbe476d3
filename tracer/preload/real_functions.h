// The C library's own functions behind those that this library takes the place of. Used by all hooks, in any
// thread. They are looked up once, when the library is loaded, because a look-up takes locks that a signal
// handler or a child of vfork must not touch; a call that comes before that looks them up itself.
#ifndef ALIBI_TRACER_PRELOAD_REAL_FUNCTIONS_H_
#define ALIBI_TRACER_PRELOAD_REAL_FUNCTIONS_H_

#include <dirent.h>
#include <netdb.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <atomic>
#include <cstddef>
#include <type_traits>

// Declares and defines one function of the C library under a name of its own, so that neither the header's
// declaration nor our own calls are in the way.
#define ALIBI_HOOK(result, name, ...)                                                               \
  extern "C" __attribute__((visibility("default"))) result hook_##name(__VA_ARGS__) __asm__(#name); \
  result hook_##name(__VA_ARGS__)

// name, result, parameters
#define ALIBI_REAL_FUNCTIONS(X)                                                                          \
  X(open, int, (const char*, int, ...))                                                                  \
  X(openat, int, (int, const char*, int, ...))                                                           \
  X(creat, int, (const char*, mode_t))                                                                   \
  X(fopen, FILE*, (const char*, const char*))                                                            \
  X(freopen, FILE*, (const char*, const char*, FILE*))                                                   \
  X(opendir, DIR*, (const char*))                                                                        \
  X(fdopendir, DIR*, (int))                                                                              \
  X(scandir, int, (const char*, void*, void*, void*))                                                    \
  X(scandirat, int, (int, const char*, void*, void*, void*))                                             \
  X(glob, int, (const char*, int, void*, void*))                                                         \
  X(ftw, int, (const char*, void*, int))                                                                 \
  X(nftw, int, (const char*, void*, int, int))                                                           \
  X(fts_open, void*, (char* const*, int, void*))                                                         \
  X(stat, int, (const char*, struct stat*))                                                              \
  X(lstat, int, (const char*, struct stat*))                                                             \
  X(fstatat, int, (int, const char*, struct stat*, int))                                                 \
  X(statx, int, (int, const char*, int, unsigned, struct statx*))                                        \
  X(__xstat, int, (int, const char*, struct stat*))                                                      \
  X(__lxstat, int, (int, const char*, struct stat*))                                                     \
  X(__fxstatat, int, (int, int, const char*, struct stat*, int))                                         \
  X(access, int, (const char*, int))                                                                     \
  X(faccessat, int, (int, const char*, int, int))                                                        \
  X(euidaccess, int, (const char*, int))                                                                 \
  X(readlink, ssize_t, (const char*, char*, size_t))                                                     \
  X(readlinkat, ssize_t, (int, const char*, char*, size_t))                                              \
  X(__readlink_chk, ssize_t, (const char*, char*, size_t, size_t))                                       \
  X(__readlinkat_chk, ssize_t, (int, const char*, char*, size_t, size_t))                                \
  X(chdir, int, (const char*))                                                                           \
  X(realpath, char*, (const char*, char*))                                                               \
  X(__realpath_chk, char*, (const char*, char*, size_t))                                                 \
  X(canonicalize_file_name, char*, (const char*))                                                        \
  X(rename, int, (const char*, const char*))                                                             \
  X(renameat, int, (int, const char*, int, const char*))                                                 \
  X(renameat2, int, (int, const char*, int, const char*, unsigned))                                      \
  X(unlink, int, (const char*))                                                                          \
  X(unlinkat, int, (int, const char*, int))                                                              \
  X(remove, int, (const char*))                                                                          \
  X(mkdir, int, (const char*, mode_t))                                                                   \
  X(mkdirat, int, (int, const char*, mode_t))                                                            \
  X(rmdir, int, (const char*))                                                                           \
  X(symlink, int, (const char*, const char*))                                                            \
  X(symlinkat, int, (const char*, int, const char*))                                                     \
  X(link, int, (const char*, const char*))                                                               \
  X(linkat, int, (int, const char*, int, const char*, int))                                              \
  X(truncate, int, (const char*, off_t))                                                                 \
  X(mknod, int, (const char*, mode_t, dev_t))                                                            \
  X(mknodat, int, (int, const char*, mode_t, dev_t))                                                     \
  X(mkfifo, int, (const char*, mode_t))                                                                  \
  X(mkfifoat, int, (int, const char*, mode_t))                                                           \
  X(mkstemp, int, (char*))                                                                               \
  X(mkostemp, int, (char*, int))                                                                         \
  X(mkstemps, int, (char*, int))                                                                         \
  X(mkostemps, int, (char*, int, int))                                                                   \
  X(mkdtemp, char*, (char*))                                                                             \
  X(getenv, char*, (const char*))                                                                        \
  X(secure_getenv, char*, (const char*))                                                                 \
  X(dlopen, void*, (const char*, int))                                                                   \
  X(connect, int, (int, const sockaddr*, socklen_t))                                                     \
  X(sendto, ssize_t, (int, const void*, size_t, int, const sockaddr*, socklen_t))                        \
  X(sendmsg, ssize_t, (int, const msghdr*, int))                                                         \
  X(getaddrinfo, int, (const char*, const char*, const addrinfo*, addrinfo**))                           \
  X(gethostbyname, hostent*, (const char*))                                                              \
  X(execve, int, (const char*, char* const*, char* const*))                                              \
  X(execv, int, (const char*, char* const*))                                                             \
  X(execvp, int, (const char*, char* const*))                                                            \
  X(execvpe, int, (const char*, char* const*, char* const*))                                             \
  X(execveat, int, (int, const char*, char* const*, char* const*, int))                                  \
  X(fexecve, int, (int, char* const*, char* const*))                                                     \
  X(posix_spawn, int,                                                                                    \
    (pid_t*, const char*, const posix_spawn_file_actions_t*, const posix_spawnattr_t*, char* const*,     \
     char* const*))                                                                                      \
  X(posix_spawnp, int,                                                                                   \
    (pid_t*, const char*, const posix_spawn_file_actions_t*, const posix_spawnattr_t*, char* const*,     \
     char* const*))                                                                                      \
  X(posix_spawn_file_actions_addopen, int, (posix_spawn_file_actions_t*, int, const char*, int, mode_t)) \
  X(system, int, (const char*))                                                                          \
  X(popen, FILE*, (const char*, const char*))                                                            \
  X(clone, int, (int (*)(void*), void*, int, void*, ...))                                                \
  X(_Fork, pid_t, ())                                                                                    \
  X(wait, pid_t, (int*))                                                                                 \
  X(waitpid, pid_t, (pid_t, int*, int))                                                                  \
  X(wait3, pid_t, (int*, int, void*))                                                                    \
  X(wait4, pid_t, (pid_t, int*, int, void*))                                                             \
  X(waitid, int, (idtype_t, id_t, siginfo_t*, int))                                                      \
  X(_exit, void, (int))                                                                                  \
  X(prctl, int, (int, ...))                                                                              \
  X(syscall, long, (long, ...))

namespace alibi::preload {

struct RealFunctions {
#define ALIBI_MEMBER(name, result, parameters) std::add_pointer_t<result parameters> name;
  ALIBI_REAL_FUNCTIONS(ALIBI_MEMBER)
#undef ALIBI_MEMBER
};

// Idempotent. What the C library lacks is a function that fails with ENOSYS.
const RealFunctions& look_up_real_functions();

extern RealFunctions real_functions;
extern std::atomic<bool> real_functions_known;

inline const RealFunctions& real() {
  return real_functions_known.load(std::memory_order_acquire) ? real_functions : look_up_real_functions();
}

}  // namespace alibi::preload

#endif  // ALIBI_TRACER_PRELOAD_REAL_FUNCTIONS_H_
