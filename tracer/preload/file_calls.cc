// Takes the place of the C library's functions that open files and list directories. Each calls the real one
// first, so that its answer, its errno and its view of the disk are those of the program.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <string>

#include "tracer/preload/observations.h"
#include "tracer/preload/real_functions.h"

namespace alibi::preload {
namespace {

using Before = ProgramRecorder::Before;

bool has_mode(int flags) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

Before before_opening(Place place, int flags) {
  return (flags & (O_CREAT | O_TRUNC)) != 0 ? existence(place) : Before::kKept;
}

int open_at(int folder, const char* path, int flags, mode_t mode) {
  const Place place{folder, path};
  const Before before = before_opening(place, flags);
  const int descriptor =
      folder == kHere ? real().open(path, flags, mode) : real().openat(folder, path, flags, mode);
  opened(place, flags, descriptor, before);
  return descriptor;
}

// Of fopen's text.
int flags_of(const char* mode) {
  int flags = mode[0] == 'r'   ? O_RDONLY
              : mode[0] == 'w' ? O_WRONLY | O_CREAT | O_TRUNC
                               : O_WRONLY | O_CREAT | O_APPEND;
  if (std::strchr(mode, '+') != nullptr) flags = (flags & ~O_WRONLY) | O_RDWR;
  if (std::strchr(mode, 'x') != nullptr) flags |= O_EXCL;
  return flags;
}

FILE* stream_opened(const char* path, int flags, Before before, FILE* stream) {
  opened({kHere, path}, flags, stream != nullptr ? ::fileno(stream) : -1, before);
  return stream;
}

FILE* open_stream(const char* path, const char* mode) {
  const int flags = flags_of(mode);
  const Before before = before_opening({kHere, path}, flags);
  return stream_opened(path, flags, before, real().fopen(path, mode));
}

FILE* reopen_stream(const char* path, const char* mode, FILE* stream) {
  if (path == nullptr) return real().freopen(path, mode, stream);
  const int flags = flags_of(mode);
  const Before before = before_opening({kHere, path}, flags);
  return stream_opened(path, flags, before, real().freopen(path, mode, stream));
}

int list_names(int folder, const char* path, void* names, void* wanted, void* order) {
  const int count = folder == kHere ? real().scandir(path, names, wanted, order)
                                    : real().scandirat(folder, path, names, wanted, order);
  listed({folder, path}, count >= 0);
  return count;
}

// What a pattern was compared with is known when only its last part is one.
int expand(const char* pattern, int flags, void* on_error, void* found) {
  const int result = real().glob(pattern, flags, on_error, found);
  if (pattern == nullptr || !is_watching()) return result;
  const std::string_view text(pattern);
  const size_t slash = text.rfind('/');
  const size_t wild = text.find_first_of("*?[{~\\");
  if (wild == std::string_view::npos) {
    struct stat status {};
    const int error_number = errno;
    asked_status({kHere, pattern}, 0, real().stat(pattern, &status), nullptr);
    errno = error_number;
  } else if (slash == std::string_view::npos) {
    listed({kHere, "."}, true);
  } else if (wild > slash) {
    char folder[1024];
    if (slash >= sizeof folder) {
      lost(pattern);
    } else {
      std::memcpy(folder, pattern, slash);
      std::strcpy(folder + slash, slash == 0 ? "/" : "");
      listed({kHere, folder}, true);
    }
  } else {
    lost(pattern);
  }
  return result;
}

}  // namespace

#define ALIBI_OPEN(name)                                    \
  ALIBI_HOOK(int, name, const char* path, int flags, ...) { \
    mode_t mode = 0;                                        \
    if (has_mode(flags)) {                                  \
      va_list rest;                                         \
      va_start(rest, flags);                                \
      mode = va_arg(rest, mode_t);                          \
      va_end(rest);                                         \
    }                                                       \
    return open_at(kHere, path, flags, mode);               \
  }
ALIBI_OPEN(open)
ALIBI_OPEN(open64)

#define ALIBI_OPENAT(name)                                              \
  ALIBI_HOOK(int, name, int folder, const char* path, int flags, ...) { \
    mode_t mode = 0;                                                    \
    if (has_mode(flags)) {                                              \
      va_list rest;                                                     \
      va_start(rest, flags);                                            \
      mode = va_arg(rest, mode_t);                                      \
      va_end(rest);                                                     \
    }                                                                   \
    return open_at(folder, path, flags, mode);                          \
  }
ALIBI_OPENAT(openat)
ALIBI_OPENAT(openat64)

// Of programs that were built with _FORTIFY_SOURCE.
ALIBI_HOOK(int, __open_2, const char* path, int flags) {
  return open_at(kHere, path, flags, 0);
}
ALIBI_HOOK(int, __open64_2, const char* path, int flags) {
  return open_at(kHere, path, flags, 0);
}
ALIBI_HOOK(int, __openat_2, int folder, const char* path, int flags) {
  return open_at(folder, path, flags, 0);
}
ALIBI_HOOK(int, __openat64_2, int folder, const char* path, int flags) {
  return open_at(folder, path, flags, 0);
}

ALIBI_HOOK(int, creat, const char* path, mode_t mode) {
  return open_at(kHere, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}
ALIBI_HOOK(int, creat64, const char* path, mode_t mode) {
  return open_at(kHere, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

ALIBI_HOOK(FILE*, fopen, const char* path, const char* mode) {
  return open_stream(path, mode);
}
ALIBI_HOOK(FILE*, fopen64, const char* path, const char* mode) {
  return open_stream(path, mode);
}
ALIBI_HOOK(FILE*, freopen, const char* path, const char* mode, FILE* stream) {
  return reopen_stream(path, mode, stream);
}
ALIBI_HOOK(FILE*, freopen64, const char* path, const char* mode, FILE* stream) {
  return reopen_stream(path, mode, stream);
}

ALIBI_HOOK(DIR*, opendir, const char* path) {
  DIR* const directory = real().opendir(path);
  listed({kHere, path}, directory != nullptr);
  return directory;
}
ALIBI_HOOK(DIR*, fdopendir, int descriptor) {
  DIR* const directory = real().fdopendir(descriptor);
  if (directory != nullptr) listed_descriptor(descriptor);
  return directory;
}
ALIBI_HOOK(int, scandir, const char* path, void* names, void* wanted, void* order) {
  return list_names(kHere, path, names, wanted, order);
}
ALIBI_HOOK(int, scandir64, const char* path, void* names, void* wanted, void* order) {
  return list_names(kHere, path, names, wanted, order);
}
ALIBI_HOOK(int, scandirat, int folder, const char* path, void* names, void* wanted, void* order) {
  return list_names(folder, path, names, wanted, order);
}
ALIBI_HOOK(int, scandirat64, int folder, const char* path, void* names, void* wanted, void* order) {
  return list_names(folder, path, names, wanted, order);
}
ALIBI_HOOK(int, glob, const char* pattern, int flags, void* on_error, void* found) {
  return expand(pattern, flags, on_error, found);
}
ALIBI_HOOK(int, glob64, const char* pattern, int flags, void* on_error, void* found) {
  return expand(pattern, flags, on_error, found);
}

// Walks whose steps stay inside the C library: what they list is not seen.
ALIBI_HOOK(int, ftw, const char* path, void* visit, int descriptors) {
  lost(path);
  return real().ftw(path, visit, descriptors);
}
ALIBI_HOOK(int, ftw64, const char* path, void* visit, int descriptors) {
  lost(path);
  return real().ftw(path, visit, descriptors);
}
ALIBI_HOOK(int, nftw, const char* path, void* visit, int descriptors, int flags) {
  lost(path);
  return real().nftw(path, visit, descriptors, flags);
}
ALIBI_HOOK(int, nftw64, const char* path, void* visit, int descriptors, int flags) {
  lost(path);
  return real().nftw(path, visit, descriptors, flags);
}
ALIBI_HOOK(void*, fts_open, char* const* paths, int options, void* order) {
  for (char* const* each = paths; each != nullptr && *each != nullptr; ++each) lost(*each);
  return real().fts_open(paths, options, order);
}
ALIBI_HOOK(void*, fts64_open, char* const* paths, int options, void* order) {
  for (char* const* each = paths; each != nullptr && *each != nullptr; ++each) lost(*each);
  return real().fts_open(paths, options, order);
}

}  // namespace alibi::preload
