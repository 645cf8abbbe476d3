// Hooks of functions that make, rename and remove what lies on disk.
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>

#include "library_hooks.h"

namespace alibi::ruby {
namespace {

enum class Content : uint8_t { kChanged, kReplaced };

void written(Origin origin, Place place, Before before, Content content) {
  Observation seen = observation(Act::kWritten, place, 0, content == Content::kReplaced ? 1 : 0);
  seen.before = before;
  Inputs::deliver(origin, seen);
}

// What was not there to be taken away is an answer as well.
void removed(Origin origin, Place place, int result) {
  if (place.path == nullptr || is_bad_address(result)) return;
  if (result == 0) return Inputs::deliver(origin, observation(Act::kRemoved, place, 0));
  if (errno == ENOENT || errno == ENOTDIR)
    Inputs::deliver(origin, observation(Act::kStatus, place, result, AT_SYMLINK_NOFOLLOW));
}

// Also when something is there already.
void folder_made(Origin origin, Place place, int result) {
  if (place.path == nullptr || is_bad_address(result)) return;
  if (result == 0) return Inputs::deliver(origin, observation(Act::kFolderMade, place, 0));
  Inputs::deliver(origin, observation(Act::kOpened, place, result, O_WRONLY | O_CREAT | O_EXCL));
}

mode_t kind_of(Place place) {
  const int kept = errno;
  struct stat status {};
  const bool found =
      Inputs::is_running() && ::fstatat(place.folder, place.path, &status, AT_SYMLINK_NOFOLLOW) == 0;
  errno = kept;
  return found ? status.st_mode & S_IFMT : 0;
}

template <typename Call>
int moved(Origin origin, Place from, Place to, const Call& call) {
  if (!Inputs::is_running() || from.path == nullptr || to.path == nullptr) return call();
  const mode_t kind = kind_of(from);
  const Before before = before_making(to);
  if (S_ISREG(kind)) Inputs::deliver(origin, observation(Act::kMoved, from, 0));
  const int result = call();
  removed(origin, from, result);
  if (result != 0) return result;
  if (S_ISDIR(kind) && before == Before::kAbsent)
    folder_made(origin, to, 0);
  else
    written(origin, to, before, Content::kReplaced);
  return result;
}

template <typename Call>
int linked(Origin origin, Place from, Place to, const Call& call) {
  if (from.path != nullptr && S_ISREG(kind_of(from)))
    Inputs::deliver(origin, observation(Act::kMoved, from, 0));
  const int result = call();
  if (result == 0) written(origin, to, Before::kAbsent, Content::kReplaced);
  if (result != 0) removed(origin, from, result);
  return result;
}

template <Origin kOrigin>
struct Hooks {
  static int mkdir(const char* path, mode_t mode) {
    const int result = ::mkdir(path, mode);
    folder_made(kOrigin, {AT_FDCWD, path}, result);
    return result;
  }
  static int mkdirat(int folder, const char* path, mode_t mode) {
    const int result = ::mkdirat(folder, path, mode);
    folder_made(kOrigin, {folder, path}, result);
    return result;
  }
  static int rmdir(const char* path) {
    const int result = ::rmdir(path);
    removed(kOrigin, {AT_FDCWD, path}, result);
    return result;
  }
  static int unlink(const char* path) {
    const int result = ::unlink(path);
    removed(kOrigin, {AT_FDCWD, path}, result);
    return result;
  }
  static int unlinkat(int folder, const char* path, int flags) {
    const int result = ::unlinkat(folder, path, flags);
    removed(kOrigin, {folder, path}, result);
    return result;
  }
  static int remove(const char* path) {
    const int result = ::remove(path);
    removed(kOrigin, {AT_FDCWD, path}, result);
    return result;
  }
  static int rename(const char* from, const char* to) {
    return moved(kOrigin, {AT_FDCWD, from}, {AT_FDCWD, to}, [&] { return ::rename(from, to); });
  }
  static int renameat(int from_folder, const char* from, int to_folder, const char* to) {
    return moved(kOrigin, {from_folder, from}, {to_folder, to},
                 [&] { return ::renameat(from_folder, from, to_folder, to); });
  }
  static int link(const char* from, const char* to) {
    return linked(kOrigin, {AT_FDCWD, from}, {AT_FDCWD, to}, [&] { return ::link(from, to); });
  }
  static int symlink(const char* target, const char* path) {
    const int result = ::symlink(target, path);
    if (result == 0) written(kOrigin, {AT_FDCWD, path}, Before::kAbsent, Content::kReplaced);
    return result;
  }
  static int mkfifo(const char* path, mode_t mode) {
    const int result = ::mkfifo(path, mode);
    if (result == 0) written(kOrigin, {AT_FDCWD, path}, Before::kAbsent, Content::kReplaced);
    return result;
  }
  static int truncate(const char* path, off_t length) {
    if (path != nullptr && S_ISREG(kind_of({AT_FDCWD, path})))
      Inputs::deliver(kOrigin, observation(Act::kMoved, {AT_FDCWD, path}, 0));
    const int result = ::truncate(path, length);
    if (result == 0)
      written(kOrigin, {AT_FDCWD, path}, Before::kThere, Content::kChanged);
    else
      removed(kOrigin, {AT_FDCWD, path}, result);
    return result;
  }
  static int mkstemp(char* name) {
    const int descriptor = ::mkstemp(name);
    if (descriptor >= 0) written(kOrigin, {AT_FDCWD, name}, Before::kAbsent, Content::kReplaced);
    return descriptor;
  }
  static char* mkdtemp(char* name) {
    char* const made = ::mkdtemp(name);
    if (made != nullptr) folder_made(kOrigin, {AT_FDCWD, made}, 0);
    return made;
  }
};

const Replacement kRows[] = {
    ALIBI_ROW("mkdir", mkdir),         ALIBI_ROW("mkdirat", mkdirat),   ALIBI_ROW("rmdir", rmdir),
    ALIBI_ROW("unlink", unlink),       ALIBI_ROW("unlinkat", unlinkat), ALIBI_ROW("remove", remove),
    ALIBI_ROW("rename", rename),       ALIBI_ROW("renameat", renameat), ALIBI_ROW("link", link),
    ALIBI_ROW("symlink", symlink),     ALIBI_ROW("mkfifo", mkfifo),     ALIBI_ROW("truncate", truncate),
    ALIBI_ROW("truncate64", truncate), ALIBI_ROW("mkstemp", mkstemp),   ALIBI_ROW("mkstemp64", mkstemp),
    ALIBI_ROW("mkdtemp", mkdtemp)};

}  // namespace

HookTable change_hooks() {
  return {kRows, sizeof kRows / sizeof *kRows};
}

}  // namespace alibi::ruby
