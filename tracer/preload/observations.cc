#include "tracer/preload/observations.h"

#include <limits.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tracer/preload/observed_paths.h"
#include "tracer/preload/real_functions.h"

namespace alibi::preload {
namespace {

using Before = ProgramRecorder::Before;

class KeptErrno {
 public:
  KeptErrno() : kept_(errno) {}
  ~KeptErrno() { errno = kept_; }
  KeptErrno(const KeptErrno&) = delete;
  KeptErrno& operator=(const KeptErrno&) = delete;

 private:
  const int kept_;
};

bool is_missing(int error_number) {
  return error_number == ENOENT || error_number == ENOTDIR;
}

bool has_status(Place place, int flags, struct stat* status) {
  return real().fstatat(place.folder, place.path, status, flags) == 0;
}

// Runs `observe(recorder, path, errno)` with the absolute path.
template <typename Observe>
void observed(Place place, Observe&& observe) {
  if (place.path == nullptr || !matters(place)) return;
  if (is_in_foreign_child()) return VforkStarts::note_loss();
  watched([&](ProgramRecorder& recorder, int error_number) {
    const std::string path = recorder.path_of(place);
    if (!path.empty()) observe(recorder, path, error_number);
  });
}

void failed_to_open(ProgramRecorder& recorder, const std::string& path, Place place, int error_number) {
  struct stat status {};
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return recorder.record_absent_file(path);
    case EACCES:
    case EPERM:
      return recorder.record_access(path, R_OK, false);
    case EEXIST:
    case EISDIR:
    case ELOOP:
    case ENXIO: {
      const bool found = has_status(place, AT_SYMLINK_NOFOLLOW, &status);
      return recorder.record_status(path, false, found ? &status : nullptr, errno);
    }
    default:  // of this process (descriptors, memory, a signal), not of the file
      return;
  }
}

void opened_file(ProgramRecorder& recorder, const std::string& path, int flags, int descriptor,
                 Before before) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return recorder.lose();
  if (S_ISDIR(status.st_mode) || (flags & O_PATH) != 0) return recorder.record_status(path, true, &status, 0);
  const bool truncates = (flags & O_TRUNC) != 0;
  // Whoever does not begin with an empty file depends on what is there, or that nothing is.
  if (!truncates && before == Before::kAbsent) recorder.record_absent_file(path);
  if (!truncates && before != Before::kAbsent) recorder.record_open_file(path, descriptor);
  const bool writes = (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND)) != 0;
  if (writes)
    recorder.record_written(path, before == Before::kKept && truncates ? Before::kReplaced : before);
}

}  // namespace

bool is_bad_address(long result) {
  return result < 0 && errno == EFAULT;
}

bool matters(Place place) {
  if (place.path == nullptr || place.path[0] == '\0') return false;
  const std::string_view path(place.path);
  if (path.front() != '/' || path.find("/..") != std::string_view::npos) return true;
  return !is_plainly_of_machine(path);
}

Before existence(Place place) {
  const KeptErrno kept;
  struct stat status {};
  if (!is_watching()) return Before::kKept;
  return has_status(place, AT_SYMLINK_NOFOLLOW, &status) || !is_missing(errno) ? Before::kKept
                                                                               : Before::kAbsent;
}

bool is_folder(Place place) {
  const KeptErrno kept;
  struct stat status {};
  return is_watching() && has_status(place, AT_SYMLINK_NOFOLLOW, &status) && S_ISDIR(status.st_mode);
}

void opened(Place place, int flags, int descriptor, Before before) {
  // A file without a name, in a folder that stays as it is.
  if (is_bad_address(descriptor) || (flags & O_TMPFILE) == O_TMPFILE) return;
  observed(place, [&](ProgramRecorder& recorder, const std::string& path, int error_number) {
    if (recorder.is_of_machine(path)) return;
    if (descriptor < 0) return failed_to_open(recorder, path, place, error_number);
    opened_file(recorder, path, flags, descriptor, before);
  });
}

void listed(Place place, bool succeeded) {
  if (!succeeded && errno == EFAULT) return;
  observed(place, [&](ProgramRecorder& recorder, const std::string& path, int error_number) {
    if (succeeded || is_missing(error_number)) recorder.record_directory(path);
  });
}

void listed_descriptor(int descriptor) {
  if (is_in_foreign_child()) return VforkStarts::note_loss();
  watched([&](ProgramRecorder& recorder, int) {
    const std::string path = recorder.path_of_descriptor(descriptor);
    if (path.empty()) return recorder.lose();
    recorder.record_directory(path);
  });
}

void asked_status(Place place, int flags, long result, const struct stat* status) {
  if (is_bad_address(result)) return;
  observed(place, [&](ProgramRecorder& recorder, const std::string& path, int error_number) {
    struct stat again {};
    const bool follows = (flags & AT_SYMLINK_NOFOLLOW) == 0;
    const struct stat* found = status;
    if (result == 0 && found == nullptr) {
      if (!has_status(place, flags & AT_SYMLINK_NOFOLLOW, &again)) return recorder.lose();
      found = &again;
    }
    recorder.record_status(path, follows, result == 0 ? found : nullptr, error_number);
  });
}

void asked_access(Place place, int mode, int flags, long result) {
  if (is_bad_address(result)) return;
  if ((flags & AT_SYMLINK_NOFOLLOW) != 0) return asked_status(place, flags, result, nullptr);
  observed(place, [&](ProgramRecorder& recorder, const std::string& path, int) {
    recorder.record_access(path, mode, result == 0);
  });
}

void asked_link(Place place, long result) {
  if (is_bad_address(result)) return;
  observed(place,
           [](ProgramRecorder& recorder, const std::string& path, int) { recorder.record_link(path); });
}

// Each part of the way may be a link one day, and so may what it leads to.
void asked_real_path(const char* path, const char* result) {
  if (result == nullptr && (errno == EFAULT || errno == EINVAL || errno == ENOMEM)) return;
  observed({kHere, path}, [&](ProgramRecorder& recorder, const std::string& absolute, int) {
    const auto each_part = [&](const std::string& whole) {
      for (size_t end = whole.find('/', 1);; end = whole.find('/', end + 1)) {
        recorder.record_link(whole.substr(0, end));
        if (end == std::string::npos) return;
      }
    };
    each_part(absolute);
    if (result != nullptr && absolute != result) each_part(result);
  });
}

void went_to(const char* path, const char* before) {
  char here[PATH_MAX];
  if (is_in_foreign_child()) return;  // it runs a program next, and whoever starts it knows where
  watched([&](ProgramRecorder& recorder, int) {
    const std::string absolute = absolute_path(path, before);
    if (::getcwd(here, sizeof here) == nullptr || absolute == here) return;
    for (size_t end = absolute.find('/', 1);; end = absolute.find('/', end + 1)) {
      recorder.record_link(absolute.substr(0, end));
      if (end == std::string::npos) return;
    }
  });
}

void will_read(Place place) {
  const KeptErrno kept;
  struct stat status {};
  if (!is_watching() || !has_status(place, AT_SYMLINK_NOFOLLOW, &status) || !S_ISREG(status.st_mode)) return;
  observed(place,
           [](ProgramRecorder& recorder, const std::string& path, int) { recorder.record_file(path); });
}

void written(Place place, long result, Before before) {
  if (is_bad_address(result)) return;
  observed(place, [&](ProgramRecorder& recorder, const std::string& path, int error_number) {
    if (result >= 0) return recorder.record_written(path, before);
    if (!recorder.is_of_machine(path)) failed_to_open(recorder, path, place, error_number);
  });
}

void removed(Place place, long result) {
  if (is_bad_address(result)) return;
  observed(place, [&](ProgramRecorder& recorder, const std::string& path, int error_number) {
    if (result == 0) return recorder.record_removed(path);
    if (is_missing(error_number)) recorder.record_status(path, false, nullptr, error_number);
  });
}

void folder_made(Place place, long result) {
  if (is_bad_address(result)) return;
  observed(place, [&](ProgramRecorder& recorder, const std::string& path, int error_number) {
    if (result == 0) return recorder.record_folder_made(path);
    if (!recorder.is_of_machine(path)) failed_to_open(recorder, path, place, error_number);
  });
}

void lost(const char* path) {
  if (path == nullptr || !matters({kHere, path})) return;
  if (is_in_foreign_child()) return VforkStarts::note_loss();
  watched([](ProgramRecorder& recorder, int) { recorder.lose(); });
}

}  // namespace alibi::preload
