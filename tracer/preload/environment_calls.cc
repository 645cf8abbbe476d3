// Takes the place of getenv, and of dlopen.
#include <dlfcn.h>

#include <cstring>

#include "tracer/preload/observations.h"
#include "tracer/preload/real_functions.h"

namespace alibi::preload {
namespace {

char* looked_up(const char* name, char* value) {
  watched([&](ProgramRecorder& recorder, int) { recorder.record_variable(name, value); });
  return value;
}

// What earlier calls have loaded, and what this one names. Out of line, so that the hook below ends in a
// jump.
[[gnu::noinline]] void will_load(const char* path) {
  watched([&](ProgramRecorder& recorder, int) {
    recorder.record_loaded_objects();
    if (path != nullptr && std::strchr(path, '/') != nullptr)
      recorder.record_file(recorder.path_of({kHere, path}));
  });
}

}  // namespace

ALIBI_HOOK(char*, getenv, const char* name) {
  return looked_up(name, real().getenv(name));
}
ALIBI_HOOK(char*, secure_getenv, const char* name) {
  return looked_up(name, real().secure_getenv(name));
}

// dlopen looks for libraries where its caller's RUNPATH says, and knows its caller by the return address: the
// real one must be jumped to, never called. Optimised in every build for that reason.
extern "C" __attribute__((visibility("default"), optimize("O2"))) void* hook_dlopen(
    const char* path, int mode) __asm__("dlopen");
void* hook_dlopen(const char* path, int mode) {
  static_cast<void>(real());
  will_load(path);
  return real_functions.dlopen(path, mode);
}

}  // namespace alibi::preload
