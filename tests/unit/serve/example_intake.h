// Bodies for tests of the server's database: small, with only what matters given.
#ifndef ALIBI_TESTS_UNIT_SERVE_EXAMPLE_INTAKE_H_
#define ALIBI_TESTS_UNIT_SERVE_EXAMPLE_INTAKE_H_

#include <string>
#include <utility>
#include <vector>

#include "collector/serve/records.h"

namespace alibi::serve {

inline constexpr uint64_t kStart = 1'795'000'000'000'000'000;

inline Attempt attempt(uint64_t session, uint64_t span, const std::string& name,
                       Status status = Status::kPass) {
  Attempt result;
  result.session = session;
  result.span = span;
  result.suite_id = session + 1;
  result.suite = "test_a.py";
  result.name = name;
  result.source_file = "tests/test_a.py";
  result.start_ns = kStart + span;
  result.duration_ns = 4000;
  result.status = status;
  result.sha = std::string(40, 'a');
  return result;
}

inline Intake intake(std::vector<Attempt> attempts) {
  Intake result;
  result.contexts.push_back({"demo", "ci", "os.platform=Linux\n"});
  SessionRecord session;
  session.id = attempts.front().session;
  session.sha = attempts.front().sha;
  session.start_ns = kStart;
  result.sessions.push_back(session);
  result.attempts = std::move(attempts);
  return result;
}

inline Intake covered(uint64_t session, uint64_t span, std::vector<payload::CoveredFile> files) {
  payload::CoverageEvent event;
  event.session_id = session;
  event.suite_id = session + 1;
  event.span_id = span;
  event.files = std::move(files);
  return intake_of(std::vector<payload::CoverageEvent>{event});
}

}  // namespace alibi::serve

#endif  // ALIBI_TESTS_UNIT_SERVE_EXAMPLE_INTAKE_H_
