#include "tracer/preload/vfork_starts.h"

#include <unistd.h>

#include <cstring>

#include "tracer/preload/real_functions.h"

namespace alibi::preload {
namespace {

// False: it does not fit.
bool copy(const char* text, size_t room, char* to) {
  const size_t length = strnlen(text, room);
  if (length == room) return false;
  std::memcpy(to, text, length + 1);
  return true;
}

bool copy_program(const char* program, char (&to)[1024]) {
  if (program[0] == '/') return copy(program, sizeof to, to);
  // The child may have changed its working directory.
  if (::getcwd(to, sizeof to) == nullptr) return false;
  const size_t length = std::strlen(to);
  if (length + 2 >= sizeof to) return false;
  to[length] = '/';
  return copy(program, sizeof to - length - 1, to + length + 1);
}

void join(char* const* arguments, char (&to)[304]) {
  size_t length = 0;
  for (char* const* each = arguments; each != nullptr && *each != nullptr; ++each) {
    if (length != 0 && length + 1 < sizeof to) to[length++] = ' ';
    const size_t part = strnlen(*each, sizeof to - 1 - length);
    std::memcpy(to + length, *each, part);
    length += part;
  }
  to[length] = '\0';
}

}  // namespace

void VforkStarts::note(const char* program, char* const* arguments, ProgramEnvironment environment) {
  for (VforkStart& slot : slots_) {
    uint32_t expected = VforkStart::kFree;
    if (!slot.state.compare_exchange_strong(expected, VforkStart::kBeingWritten)) continue;
    if (!copy_program(program, slot.program)) {
      slot.state.store(VforkStart::kFree, std::memory_order_release);
      break;
    }
    join(arguments, slot.command);
    slot.process = ::getpid();
    slot.environment = environment;
    slot.state.store(VforkStart::kReady, std::memory_order_release);
    noted_.store(true, std::memory_order_release);
    return;
  }
  note_loss();
}

void VforkStarts::note_on_path(const char* name, char* const* arguments, ProgramEnvironment environment) {
  if (std::strchr(name, '/') != nullptr) return note(name, arguments, environment);
  const char* folders = real().getenv("PATH");
  if (folders == nullptr) folders = "/bin:/usr/bin";
  for (;;) {
    char candidate[1024];
    const size_t length = std::strcspn(folders, ":");
    if (length + 2 < sizeof candidate) {
      std::memcpy(candidate, folders, length);
      candidate[length] = '\0';
      if (length != 0) std::strcpy(candidate + length, "/");
      const size_t start = std::strlen(candidate);
      const bool fits = copy(name, sizeof candidate - start, candidate + start);
      if (fits && real().access(candidate, X_OK) == 0) return note(candidate, arguments, environment);
    }
    if (folders[length] == '\0') return;  // the program is not there: nothing will be started
    folders += length + 1;
  }
}

void VforkStarts::forget() {
  for (VforkStart& slot : slots_) slot.state.store(VforkStart::kFree, std::memory_order_relaxed);
  noted_.store(false, std::memory_order_relaxed);
  lost_.store(0, std::memory_order_relaxed);
}

}  // namespace alibi::preload
