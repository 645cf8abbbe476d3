// Takes the place of the C library's functions that ask about paths without opening them.
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tracer/preload/observations.h"
#include "tracer/preload/real_functions.h"

namespace alibi::preload {
namespace {

int status_of(int folder, const char* path, struct stat* status, int flags) {
  const int result = real().fstatat(folder, path, status, flags);
  asked_status({folder, path}, flags, result, status);
  return result;
}

int plain_status(const char* path, struct stat* status) {
  const int result = real().stat(path, status);
  asked_status({kHere, path}, 0, result, status);
  return result;
}

int link_status(const char* path, struct stat* status) {
  const int result = real().lstat(path, status);
  asked_status({kHere, path}, AT_SYMLINK_NOFOLLOW, result, status);
  return result;
}

// The functions behind stat in programs that were linked before glibc 2.33.
int old_status(int version, const char* path, struct stat* status) {
  const int result = real().__xstat(version, path, status);
  asked_status({kHere, path}, 0, result, status);
  return result;
}
int old_link_status(int version, const char* path, struct stat* status) {
  const int result = real().__lxstat(version, path, status);
  asked_status({kHere, path}, AT_SYMLINK_NOFOLLOW, result, status);
  return result;
}
int old_status_at(int version, int folder, const char* path, struct stat* status, int flags) {
  const int result = real().__fxstatat(version, folder, path, status, flags);
  asked_status({folder, path}, flags, result, status);
  return result;
}

int effective_access(const char* path, int mode) {
  const int result = real().euidaccess(path, mode);
  asked_access({kHere, path}, mode, 0, result);
  return result;
}

}  // namespace

ALIBI_HOOK(int, stat, const char* path, struct stat* status) {
  return plain_status(path, status);
}
ALIBI_HOOK(int, stat64, const char* path, struct stat* status) {
  return plain_status(path, status);
}
ALIBI_HOOK(int, lstat, const char* path, struct stat* status) {
  return link_status(path, status);
}
ALIBI_HOOK(int, lstat64, const char* path, struct stat* status) {
  return link_status(path, status);
}
ALIBI_HOOK(int, fstatat, int folder, const char* path, struct stat* status, int flags) {
  return status_of(folder, path, status, flags);
}
ALIBI_HOOK(int, fstatat64, int folder, const char* path, struct stat* status, int flags) {
  return status_of(folder, path, status, flags);
}
ALIBI_HOOK(int, statx, int folder, const char* path, int flags, unsigned mask, struct statx* status) {
  const int result = real().statx(folder, path, flags, mask, status);
  asked_status({folder, path}, flags, result, nullptr);
  return result;
}
ALIBI_HOOK(int, __xstat, int version, const char* path, struct stat* status) {
  return old_status(version, path, status);
}
ALIBI_HOOK(int, __xstat64, int version, const char* path, struct stat* status) {
  return old_status(version, path, status);
}
ALIBI_HOOK(int, __lxstat, int version, const char* path, struct stat* status) {
  return old_link_status(version, path, status);
}
ALIBI_HOOK(int, __lxstat64, int version, const char* path, struct stat* status) {
  return old_link_status(version, path, status);
}
ALIBI_HOOK(int, __fxstatat, int version, int folder, const char* path, struct stat* status, int flags) {
  return old_status_at(version, folder, path, status, flags);
}
ALIBI_HOOK(int, __fxstatat64, int version, int folder, const char* path, struct stat* status, int flags) {
  return old_status_at(version, folder, path, status, flags);
}

ALIBI_HOOK(int, access, const char* path, int mode) {
  const int result = real().access(path, mode);
  asked_access({kHere, path}, mode, 0, result);
  return result;
}
ALIBI_HOOK(int, faccessat, int folder, const char* path, int mode, int flags) {
  const int result = real().faccessat(folder, path, mode, flags);
  asked_access({folder, path}, mode, flags, result);
  return result;
}
ALIBI_HOOK(int, euidaccess, const char* path, int mode) {
  return effective_access(path, mode);
}
ALIBI_HOOK(int, eaccess, const char* path, int mode) {
  return effective_access(path, mode);
}

ALIBI_HOOK(int, chdir, const char* path) {
  char before[PATH_MAX] = "";
  const int kept = errno;
  const bool known = is_watching() && ::getcwd(before, sizeof before) != nullptr;
  errno = kept;
  const int result = real().chdir(path);
  if (result == 0 && known) went_to(path, before);
  return result;
}

ALIBI_HOOK(ssize_t, readlink, const char* path, char* target, size_t size) {
  const ssize_t length = real().readlink(path, target, size);
  asked_link({kHere, path}, length);
  return length;
}
ALIBI_HOOK(ssize_t, readlinkat, int folder, const char* path, char* target, size_t size) {
  const ssize_t length = real().readlinkat(folder, path, target, size);
  asked_link({folder, path}, length);
  return length;
}
ALIBI_HOOK(ssize_t, __readlink_chk, const char* path, char* target, size_t size, size_t room) {
  const ssize_t length = real().__readlink_chk(path, target, size, room);
  asked_link({kHere, path}, length);
  return length;
}
ALIBI_HOOK(ssize_t, __readlinkat_chk, int folder, const char* path, char* target, size_t size, size_t room) {
  const ssize_t length = real().__readlinkat_chk(folder, path, target, size, room);
  asked_link({folder, path}, length);
  return length;
}

ALIBI_HOOK(char*, realpath, const char* path, char* resolved) {
  char* const result = real().realpath(path, resolved);
  asked_real_path(path, result);
  return result;
}
ALIBI_HOOK(char*, __realpath_chk, const char* path, char* resolved, size_t room) {
  char* const result = real().__realpath_chk(path, resolved, room);
  asked_real_path(path, result);
  return result;
}
ALIBI_HOOK(char*, canonicalize_file_name, const char* path) {
  char* const result = real().canonicalize_file_name(path);
  asked_real_path(path, result);
  return result;
}

}  // namespace alibi::preload
