// A session's directory as the test run left it: session.json beside the shards. Used by intake and doctor;
// reads only. A missing or damaged session.json costs the description, never the evidence.
#ifndef ALIBI_COLLECTOR_STORE_SESSION_DIRECTORY_H_
#define ALIBI_COLLECTOR_STORE_SESSION_DIRECTORY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collector/model/session_coverage.h"

namespace alibi::store {

struct ReadDescription {
  collector::SessionDescription description;
  std::string problem;  // why session.json could not be used; empty when it could
};

// The id falls back to the directory's name, the start to the directory's time of change.
ReadDescription read_description(const std::string& directory);
// Of the text of a session.json. Anything in it may be missing or of another type.
bool parse_description(std::string_view text, collector::SessionDescription* description);

// What selection spared the run, as session.json says; nothing where it says nothing that can be believed.
struct Savings {
  uint64_t tests = 0;
  uint64_t nanoseconds = 0;
};
Savings savings_of(const collector::SessionDescription& description);

// When the session's run ended, nanoseconds since 1970: as it said itself, for a killed one when its evidence
// was stored at the latest.
uint64_t ended_unix_ns(const collector::SessionDescription& description, const std::string& evidence_path);

// Does the directory hold anything that test runs leave in theirs, or nothing at all?
bool is_session_directory(const std::string& directory);

// Sessions below DATA/sessions whose run ended without a merge: nobody holds their lock. Oldest first.
std::vector<std::string> leftover_sessions(const std::string& data);

// A directory with this file in it is never a leftover (alibi merge --leave).
inline constexpr char kKeptMark[] = "kept";

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_SESSION_DIRECTORY_H_
