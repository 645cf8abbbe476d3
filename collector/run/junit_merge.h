// The JUnit reports of a run's processes as one. Used when the workers have ended, one thread.
//
// Suites in the order of their names, then of their first test; a test that was retried counts as its last
// attempt, the others are what Surefire makes of them: <flakyFailure> in one that passed at last,
// <rerunFailure> in one that did not. A report that is cut off or missing costs itself and is named. Memory
// holds what was retried and one test; the rest goes through a file.
#ifndef ALIBI_COLLECTOR_RUN_JUNIT_MERGE_H_
#define ALIBI_COLLECTOR_RUN_JUNIT_MERGE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tracer/base/result.h"

namespace alibi::run {

struct JunitReport {
  std::string path;
  uint32_t attempt = 1;
  std::string whose;  // for people; "": its path
};

// A file without a result of its own: its process died, or took too long.
struct JunitMissing {
  std::string file;
  std::string message;
};

struct JunitMerge {
  std::vector<JunitReport> reports;
  std::vector<JunitMissing> missing;
  std::string output;   // replaced as a whole; a link, device or pipe is written into
  std::string scratch;  // an existing folder
};

// What to tell people: reports that are not whole. An error when the output cannot be written.
Result<std::vector<std::string>> merge_junit(const JunitMerge& merge);

}  // namespace alibi::run

#endif  // ALIBI_COLLECTOR_RUN_JUNIT_MERGE_H_
