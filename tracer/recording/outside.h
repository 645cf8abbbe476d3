// What a session found outside of it when it began: which code it records, and the environment's variables as
// hashes. A text file in the session directory, written once by the process that opens the session and read
// by programs that are started later, so that they record alike and know which variables the session itself
// set. Used by the C ABI and the preloaded recorder. Values of variables are never stored.
#ifndef ALIBI_TRACER_RECORDING_OUTSIDE_H_
#define ALIBI_TRACER_RECORDING_OUTSIDE_H_

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tracer/base/file_system.h"
#include "tracer/base/hash.h"
#include "tracer/base/result.h"

namespace alibi::recording {

inline constexpr char kOutsideName[] = "outside";

struct Outside {
  std::vector<std::pair<std::string, std::string>> settings;  // keys may repeat
  Hash128 environment;                                        // of all variables together; zero: not known
  std::unordered_map<std::string, Hash128> variables;
};

// Lines: "alibi outside 1", then "set KEY=VALUE" and "env NAME=<32 hex digits>"; "set environment=" is all of
// it, in as many digits. What holds a line break is left out: a variable of that name then counts as the
// session's own.
std::string outside_text(const Outside& outside);
// Lines of another kind are skipped; nothing for a text that does not begin as one of these.
Result<Outside> parse_outside(std::string_view text);

Result<void> write_outside(const FileSystem& files, const std::string& directory, const Outside& outside);
Result<Outside> read_outside(const FileSystem& files, const std::string& directory);

}  // namespace alibi::recording

#endif  // ALIBI_TRACER_RECORDING_OUTSIDE_H_
