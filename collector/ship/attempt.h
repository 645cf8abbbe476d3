// One execution of a test, or a test that was left out, as the run's glue told it (NOTES.md).
//
// Used by run_report. Pure; trusts nothing of the JSON that it reads.
#ifndef ALIBI_COLLECTOR_SHIP_ATTEMPT_H_
#define ALIBI_COLLECTOR_SHIP_ATTEMPT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collector/payload/test_events.h"

namespace alibi::ship {

enum class Status : uint8_t { kPass, kFail, kSkip };
const char* status_name(Status status);  // "pass", …

struct Attempt {
  std::string module;
  std::string suite;
  std::string name;
  std::string parameters;
  uint64_t start_ns = 0;
  uint64_t duration_ns = 0;
  Status status = Status::kFail;
  bool interrupted = false;  // it has no end
  payload::Tags tags;
  payload::Metrics metrics;
};

// One, or an array of them. What is no JSON object, or has no name, is left out.
std::vector<Attempt> read_attempts(std::string_view note);

// Of a note that is about the session.
payload::Tags read_session_tags(std::string_view note);

}  // namespace alibi::ship

#endif  // ALIBI_COLLECTOR_SHIP_ATTEMPT_H_
