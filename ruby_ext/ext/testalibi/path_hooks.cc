// Hooks of functions that open files, list folders and ask about paths.
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "library_hooks.h"

namespace alibi::ruby {
namespace {

bool has_mode(int flags) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

Before before_opening(Place place, int flags) {
  return (flags & O_CREAT) != 0 && place.path != nullptr ? before_making(place) : Before::kThere;
}

void opened(Origin origin, Place place, int flags, int descriptor, Before before) {
  if (place.path == nullptr || is_bad_address(descriptor) || !Inputs::is_running()) return;
  Observation seen = observation(Act::kOpened, place, descriptor, flags & ~O_CLOEXEC);
  seen.before = before;
  const int kept = errno;
  struct stat status {};
  if (descriptor >= 0 && ::fstat(descriptor, &status) == 0) seen.mode = status.st_mode;
  errno = kept;
  Inputs::deliver(origin, seen);
}

// Of fopen's text.
int flags_of(const char* mode) {
  int flags = mode[0] == 'r'   ? O_RDONLY
              : mode[0] == 'w' ? O_WRONLY | O_CREAT | O_TRUNC
                               : O_WRONLY | O_CREAT | O_APPEND;
  if (std::strchr(mode, '+') != nullptr) flags = (flags & ~O_WRONLY) | O_RDWR;
  return flags;
}

void asked_status(Origin origin, Place place, int flags, int result, mode_t mode, uint64_t size) {
  if (place.path == nullptr || is_bad_address(result)) return;
  // Of an open file.
  if ((flags & AT_EMPTY_PATH) != 0 && place.path[0] == '\0') return;
  Observation seen = observation(Act::kStatus, place, result, flags & AT_SYMLINK_NOFOLLOW);
  seen.mode = mode;
  seen.size = size;
  Inputs::deliver(origin, seen);
}

void asked_status(Origin origin, Place place, int flags, int result, const struct stat* status) {
  asked_status(origin, place, flags, result, result == 0 ? status->st_mode : 0,
               result == 0 ? static_cast<uint64_t>(status->st_size) : 0);
}

void asked_access(Origin origin, Place place, int mode, int result) {
  if (place.path != nullptr && !is_bad_address(result))
    Inputs::deliver(origin, observation(Act::kAccess, place, result, mode));
}

using OldStatus = int (*)(int, const char*, struct stat*);
using OldStatusAt = int (*)(int, int, const char*, struct stat*, int);

template <Origin kOrigin>
struct Hooks {
  static int open_at(int folder, const char* path, int flags, mode_t mode) {
    const Place place{folder, path};
    const Before before = before_opening(place, flags);
    const int descriptor =
        folder == AT_FDCWD ? ::open(path, flags, mode) : ::openat(folder, path, flags, mode);
    opened(kOrigin, place, flags, descriptor, before);
    return descriptor;
  }
  static int open(const char* path, int flags, ...) {
    mode_t mode = 0;
    if (has_mode(flags)) {
      va_list rest;
      va_start(rest, flags);
      mode = va_arg(rest, mode_t);
      va_end(rest);
    }
    return open_at(AT_FDCWD, path, flags, mode);
  }
  static int openat(int folder, const char* path, int flags, ...) {
    mode_t mode = 0;
    if (has_mode(flags)) {
      va_list rest;
      va_start(rest, flags);
      mode = va_arg(rest, mode_t);
      va_end(rest);
    }
    return open_at(folder, path, flags, mode);
  }
  // Of code that was built with _FORTIFY_SOURCE.
  static int open_2(const char* path, int flags) { return open_at(AT_FDCWD, path, flags, 0); }
  static int openat_2(int folder, const char* path, int flags) { return open_at(folder, path, flags, 0); }
  static int creat(const char* path, mode_t mode) {
    return open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
  }
  static FILE* fopen(const char* path, const char* mode) {
    const int flags = flags_of(mode);
    const Before before = before_opening({AT_FDCWD, path}, flags);
    FILE* const stream = ::fopen(path, mode);
    opened(kOrigin, {AT_FDCWD, path}, flags, stream != nullptr ? ::fileno(stream) : -1, before);
    return stream;
  }
  static FILE* freopen(const char* path, const char* mode, FILE* old) {
    if (path == nullptr) return ::freopen(path, mode, old);
    const int flags = flags_of(mode);
    const Before before = before_opening({AT_FDCWD, path}, flags);
    FILE* const stream = ::freopen(path, mode, old);
    opened(kOrigin, {AT_FDCWD, path}, flags, stream != nullptr ? ::fileno(stream) : -1, before);
    return stream;
  }
  static DIR* opendir(const char* path) {
    DIR* const folder = ::opendir(path);
    if (folder != nullptr || errno != EFAULT)
      Inputs::deliver(kOrigin, observation(Act::kListed, {AT_FDCWD, path}, folder != nullptr ? 0 : -1));
    return folder;
  }
  static DIR* fdopendir(int descriptor) {
    DIR* const folder = ::fdopendir(descriptor);
    if (folder != nullptr) Inputs::deliver(kOrigin, observation(Act::kListed, {descriptor, nullptr}, 0));
    return folder;
  }

  static int stat(const char* path, struct stat* status) {
    const int result = ::stat(path, status);
    asked_status(kOrigin, {AT_FDCWD, path}, 0, result, status);
    return result;
  }
  static int lstat(const char* path, struct stat* status) {
    const int result = ::lstat(path, status);
    asked_status(kOrigin, {AT_FDCWD, path}, AT_SYMLINK_NOFOLLOW, result, status);
    return result;
  }
  static int fstatat(int folder, const char* path, struct stat* status, int flags) {
    const int result = ::fstatat(folder, path, status, flags);
    asked_status(kOrigin, {folder, path}, flags, result, status);
    return result;
  }
  static int statx(int folder, const char* path, int flags, unsigned mask, struct statx* status) {
    const int result = ::statx(folder, path, flags, mask, status);
    asked_status(kOrigin, {folder, path}, flags, result, result == 0 ? status->stx_mode : 0,
                 result == 0 ? status->stx_size : 0);
    return result;
  }
  // The functions behind stat in objects that were linked before glibc 2.33.
  static int xstat(int version, const char* path, struct stat* status) {
    static const auto real = reinterpret_cast<OldStatus>(real_function("__xstat"));
    const int result = real(version, path, status);
    asked_status(kOrigin, {AT_FDCWD, path}, 0, result, status);
    return result;
  }
  static int lxstat(int version, const char* path, struct stat* status) {
    static const auto real = reinterpret_cast<OldStatus>(real_function("__lxstat"));
    const int result = real(version, path, status);
    asked_status(kOrigin, {AT_FDCWD, path}, AT_SYMLINK_NOFOLLOW, result, status);
    return result;
  }
  static int fxstatat(int version, int folder, const char* path, struct stat* status, int flags) {
    static const auto real = reinterpret_cast<OldStatusAt>(real_function("__fxstatat"));
    const int result = real(version, folder, path, status, flags);
    asked_status(kOrigin, {folder, path}, flags, result, status);
    return result;
  }

  static int access(const char* path, int mode) {
    const int result = ::access(path, mode);
    asked_access(kOrigin, {AT_FDCWD, path}, mode, result);
    return result;
  }
  static int eaccess(const char* path, int mode) {
    const int result = ::eaccess(path, mode);
    asked_access(kOrigin, {AT_FDCWD, path}, mode, result);
    return result;
  }
  static int faccessat(int folder, const char* path, int mode, int flags) {
    const int result = ::faccessat(folder, path, mode, flags);
    asked_access(kOrigin, {folder, path}, mode, result);
    return result;
  }
  static ssize_t readlink(const char* path, char* target, size_t size) {
    const ssize_t length = ::readlink(path, target, size);
    if (!is_bad_address(length)) Inputs::deliver(kOrigin, observation(Act::kLink, {AT_FDCWD, path}, length));
    return length;
  }
  static ssize_t readlinkat(int folder, const char* path, char* target, size_t size) {
    const ssize_t length = ::readlinkat(folder, path, target, size);
    if (!is_bad_address(length)) Inputs::deliver(kOrigin, observation(Act::kLink, {folder, path}, length));
    return length;
  }
  static char* realpath(const char* path, char* resolved) {
    char* const result = ::realpath(path, resolved);
    if (path == nullptr || (result == nullptr && errno == EFAULT)) return result;
    Observation seen = observation(Act::kRealPath, {AT_FDCWD, path}, result != nullptr ? 0 : -1);
    seen.other = result;
    Inputs::deliver(kOrigin, seen);
    return result;
  }
  static char* realpath_chk(const char* path, char* resolved, size_t) { return realpath(path, resolved); }
};

const Replacement kRows[] = {ALIBI_ROW("open", open),
                             ALIBI_ROW("open64", open),
                             ALIBI_ROW("openat", openat),
                             ALIBI_ROW("openat64", openat),
                             ALIBI_ROW("__open_2", open_2),
                             ALIBI_ROW("__open64_2", open_2),
                             ALIBI_ROW("__openat_2", openat_2),
                             ALIBI_ROW("__openat64_2", openat_2),
                             ALIBI_ROW("creat", creat),
                             ALIBI_ROW("creat64", creat),
                             ALIBI_ROW("fopen", fopen),
                             ALIBI_ROW("fopen64", fopen),
                             ALIBI_ROW("freopen", freopen),
                             ALIBI_ROW("freopen64", freopen),
                             ALIBI_ROW("opendir", opendir),
                             ALIBI_ROW("fdopendir", fdopendir),
                             ALIBI_ROW("stat", stat),
                             ALIBI_ROW("stat64", stat),
                             ALIBI_ROW("lstat", lstat),
                             ALIBI_ROW("lstat64", lstat),
                             ALIBI_ROW("fstatat", fstatat),
                             ALIBI_ROW("fstatat64", fstatat),
                             ALIBI_ROW("statx", statx),
                             ALIBI_ROW("__xstat", xstat),
                             ALIBI_ROW("__xstat64", xstat),
                             ALIBI_ROW("__lxstat", lxstat),
                             ALIBI_ROW("__lxstat64", lxstat),
                             ALIBI_ROW("__fxstatat", fxstatat),
                             ALIBI_ROW("__fxstatat64", fxstatat),
                             ALIBI_ROW("access", access),
                             ALIBI_ROW("eaccess", eaccess),
                             ALIBI_ROW("euidaccess", eaccess),
                             ALIBI_ROW("faccessat", faccessat),
                             ALIBI_ROW("readlink", readlink),
                             ALIBI_ROW("readlinkat", readlinkat),
                             ALIBI_ROW("realpath", realpath),
                             ALIBI_ROW("__realpath_chk", realpath_chk)};

}  // namespace

HookTable path_hooks() {
  return {kRows, sizeof kRows / sizeof *kRows};
}

}  // namespace alibi::ruby
