// Takes the place of the C library's functions that make, rename and remove what lies on disk.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "tracer/preload/observations.h"
#include "tracer/preload/real_functions.h"

namespace alibi::preload {
namespace {

using Before = ProgramRecorder::Before;

Before before_replacing(Place place) {
  return existence(place) == Before::kAbsent ? Before::kAbsent : Before::kReplaced;
}

template <typename Call>
int moved(Place from, Place to, Call&& call) {
  if (!is_watching()) return call();
  const bool folder = is_folder(from);
  const Before before = before_replacing(to);
  will_read(from);
  const int result = call();
  if (result != 0) {
    removed(from, result);  // what was not there to be moved
    return result;
  }
  removed(from, 0);
  if (folder && before == Before::kAbsent)
    folder_made(to, 0);
  else
    written(to, 0, before);
  return result;
}

template <typename Call>
int linked(Place from, Place to, Call&& call) {
  will_read(from);
  const int result = call();
  if (result != 0) removed(from, result);
  written(to, result, Before::kAbsent);
  return result;
}

template <typename Call>
int made(Place place, Call&& call) {
  const int result = call();
  written(place, result, Before::kAbsent);
  return result;
}

template <typename Call>
int taken_away(Place place, Call&& call) {
  const int result = call();
  removed(place, result);
  return result;
}

template <typename Call>
int folder_created(Place place, Call&& call) {
  const int result = call();
  folder_made(place, result);
  return result;
}

int temporary(char* name, int descriptor) {
  if (descriptor >= 0) written({kHere, name}, 0, Before::kAbsent);
  return descriptor;
}

int cut(const char* path, off_t length) {
  will_read({kHere, path});
  const int result = real().truncate(path, length);
  written({kHere, path}, result, Before::kKept);
  return result;
}

}  // namespace

ALIBI_HOOK(int, rename, const char* from, const char* to) {
  return moved({kHere, from}, {kHere, to}, [&] { return real().rename(from, to); });
}
ALIBI_HOOK(int, renameat, int from_folder, const char* from, int to_folder, const char* to) {
  return moved({from_folder, from}, {to_folder, to},
               [&] { return real().renameat(from_folder, from, to_folder, to); });
}
ALIBI_HOOK(int, renameat2, int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
  return moved({from_folder, from}, {to_folder, to},
               [&] { return real().renameat2(from_folder, from, to_folder, to, flags); });
}
ALIBI_HOOK(int, unlink, const char* path) {
  return taken_away({kHere, path}, [&] { return real().unlink(path); });
}
ALIBI_HOOK(int, unlinkat, int folder, const char* path, int flags) {
  return taken_away({folder, path}, [&] { return real().unlinkat(folder, path, flags); });
}
ALIBI_HOOK(int, remove, const char* path) {
  return taken_away({kHere, path}, [&] { return real().remove(path); });
}
ALIBI_HOOK(int, rmdir, const char* path) {
  return taken_away({kHere, path}, [&] { return real().rmdir(path); });
}
ALIBI_HOOK(int, mkdir, const char* path, mode_t mode) {
  return folder_created({kHere, path}, [&] { return real().mkdir(path, mode); });
}
ALIBI_HOOK(int, mkdirat, int folder, const char* path, mode_t mode) {
  return folder_created({folder, path}, [&] { return real().mkdirat(folder, path, mode); });
}
ALIBI_HOOK(int, symlink, const char* target, const char* path) {
  return made({kHere, path}, [&] { return real().symlink(target, path); });
}
ALIBI_HOOK(int, symlinkat, const char* target, int folder, const char* path) {
  return made({folder, path}, [&] { return real().symlinkat(target, folder, path); });
}
ALIBI_HOOK(int, link, const char* from, const char* to) {
  return linked({kHere, from}, {kHere, to}, [&] { return real().link(from, to); });
}
ALIBI_HOOK(int, linkat, int from_folder, const char* from, int to_folder, const char* to, int flags) {
  return linked({from_folder, from}, {to_folder, to},
                [&] { return real().linkat(from_folder, from, to_folder, to, flags); });
}
ALIBI_HOOK(int, mknod, const char* path, mode_t mode, dev_t device) {
  return made({kHere, path}, [&] { return real().mknod(path, mode, device); });
}
ALIBI_HOOK(int, mknodat, int folder, const char* path, mode_t mode, dev_t device) {
  return made({folder, path}, [&] { return real().mknodat(folder, path, mode, device); });
}
ALIBI_HOOK(int, mkfifo, const char* path, mode_t mode) {
  return made({kHere, path}, [&] { return real().mkfifo(path, mode); });
}
ALIBI_HOOK(int, mkfifoat, int folder, const char* path, mode_t mode) {
  return made({folder, path}, [&] { return real().mkfifoat(folder, path, mode); });
}

ALIBI_HOOK(int, truncate, const char* path, off_t length) {
  return cut(path, length);
}
ALIBI_HOOK(int, truncate64, const char* path, off_t length) {
  return cut(path, length);
}

ALIBI_HOOK(int, mkstemp, char* name) {
  return temporary(name, real().mkstemp(name));
}
ALIBI_HOOK(int, mkstemp64, char* name) {
  return temporary(name, real().mkstemp(name));
}
ALIBI_HOOK(int, mkostemp, char* name, int flags) {
  return temporary(name, real().mkostemp(name, flags));
}
ALIBI_HOOK(int, mkostemp64, char* name, int flags) {
  return temporary(name, real().mkostemp(name, flags));
}
ALIBI_HOOK(int, mkstemps, char* name, int suffix) {
  return temporary(name, real().mkstemps(name, suffix));
}
ALIBI_HOOK(int, mkstemps64, char* name, int suffix) {
  return temporary(name, real().mkstemps(name, suffix));
}
ALIBI_HOOK(int, mkostemps, char* name, int suffix, int flags) {
  return temporary(name, real().mkostemps(name, suffix, flags));
}
ALIBI_HOOK(int, mkostemps64, char* name, int suffix, int flags) {
  return temporary(name, real().mkostemps(name, suffix, flags));
}
ALIBI_HOOK(char*, mkdtemp, char* name) {
  char* const made = real().mkdtemp(name);
  if (made != nullptr) folder_made({kHere, made}, 0);
  return made;
}

}  // namespace alibi::preload
