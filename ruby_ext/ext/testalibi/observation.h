// What a call into the C library was about, as the hooks of library_calls.cc hand it on.
//
// Plain data, borrowed for the call: made before anything is allocated, also in a child of vfork.
#ifndef ALIBI_RUBY_EXT_OBSERVATION_H_
#define ALIBI_RUBY_EXT_OBSERVATION_H_

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstdint>

namespace alibi::ruby {

enum class Act : uint8_t {
  kOpened,    // number: flags
  kListed,    // path; or none, and the folder's descriptor
  kStatus,    // number: AT_SYMLINK_NOFOLLOW or 0
  kAccess,    // number: mode
  kLink,      // where a link leads
  kRealPath,  // other: the answer
  kMoved,     // the content of path is taken elsewhere
  kWritten,   // content or name
  kRemoved,
  kFolderMade,
  kVariable,  // path: its name; other: its value
  kAllVariables,
  kVariableChanges,  // path: its name; before the call
  kLibraryLoaded,
  kStarts,  // path: a program; other: its arguments; number: process
  kForked,
  kBinds,     // folder: the socket; address
  kConnects,  // other: the call
  kLooksUp    // path: host; other: service
};

enum class Before : uint8_t { kThere, kAbsent };

struct Observation {
  Act act;
  const char* path = nullptr;
  int folder = AT_FDCWD;
  int number = 0;
  int error = 0;  // errno of a call that failed
  Before before = Before::kThere;
  bool invited = false;    // of a program: it is told of the session
  bool preloaded = false;  // and has the recorder of programs that are no interpreters
  bool is_asked = true;    // by the project, as far as whoever started it knew
  mode_t mode = 0;         // of what is there now
  uint64_t size = 0;
  const char* other = nullptr;
  const sockaddr* address = nullptr;
  socklen_t address_length = 0;
};

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_OBSERVATION_H_
