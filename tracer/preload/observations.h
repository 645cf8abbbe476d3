// What the hooks have in common: from a call that has returned to what the recorder shall write down. Each
// function does nothing in a process that does not record, leaves errno as it was, and counts a loss where a
// child of vfork touches a file that matters.
#ifndef ALIBI_TRACER_PRELOAD_OBSERVATIONS_H_
#define ALIBI_TRACER_PRELOAD_OBSERVATIONS_H_

#include <fcntl.h>

#include "tracer/preload/watch.h"

namespace alibi::preload {

inline constexpr int kHere = AT_FDCWD;

// Whether a call on this path can matter. False for the bulk of a program's calls (the loader's and the
// library's own folders) without taking the lock. Reads the path: only after the system has.
bool matters(Place place);
// errno says that the path was no memory of the program: nobody may read it.
bool is_bad_address(long result);

// Before a call that may change what is there.
ProgramRecorder::Before existence(Place place);
bool is_folder(Place place);

void opened(Place place, int flags, int descriptor, ProgramRecorder::Before before);
void listed(Place place, bool succeeded);
void listed_descriptor(int descriptor);
// `status` of a successful call; null: ask again.
void asked_status(Place place, int flags, long result, const struct stat* status);
void asked_access(Place place, int mode, int flags, long result);
void asked_link(Place place, long result);
void asked_real_path(const char* path, const char* result);
// `before`: where a successful chdir began; the kernel forgets the links on the way.
void went_to(const char* path, const char* before);
void will_read(Place place);  // the content is about to be taken elsewhere (rename, link)
void written(Place place, long result, ProgramRecorder::Before before);
void removed(Place place, long result);
void folder_made(Place place, long result);
// Something happened that cannot be followed; not when it was only about the machine.
void lost(const char* path);

}  // namespace alibi::preload

#endif  // ALIBI_TRACER_PRELOAD_OBSERVATIONS_H_
