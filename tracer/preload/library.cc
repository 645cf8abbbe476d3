// Where the library begins and ends: when the loader has put it into a program, and when the program exits.
// Without an invitation in the environment nothing happens at all.
#include <cerrno>

#include "tracer/preload/program_recorder.h"
#include "tracer/preload/real_functions.h"
#include "tracer/preload/watch.h"

namespace alibi::preload {
namespace {

[[gnu::constructor]] void program_begins() {
  const int error_number = errno;
  if (const char* const invitation = real().getenv("ALIBI_SESSION")) ProgramRecorder::start(invitation);
  errno = error_number;
}

// A program that leaves by other ways has a shard that was not closed: its evidence counts all the same.
[[gnu::destructor]] void program_ends() {
  watched([](ProgramRecorder& recorder, int) {
    end_watching();
    recorder.close();
  });
}

}  // namespace
}  // namespace alibi::preload
