// A session of any size, written by the real recorder through the C ABI: source files, shards of one or more
// processes, session.json. Used by tests of the collector and by benchmarks of merge; the same options give
// the same evidence.
#ifndef ALIBI_TESTS_SUPPORT_GENERATED_SESSION_H_
#define ALIBI_TESTS_SUPPORT_GENERATED_SESSION_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace alibi::testing {

struct GeneratedSession {
  std::string root;       // gets source files src/module_<n>.py
  std::string directory;  // the session directory
  std::string id = "20261121T120000-00000000000000ab";
  double started_unix = 1795262400.0;
  size_t tests = 1000;
  size_t lines_per_test = 500;
  size_t files = 50;
  size_t functions_per_file = 40;
  size_t lines_per_function = 25;
  size_t processes = 1;  // tests are dealt to them in turn
  bool unfinished_last_test = false;
  size_t forks = 0;      // children that leave evidence, dealt to the tests in turn
  bool chained = false;  // each of a test's children is forked by the one before
};

std::string generated_test_id(size_t test);

// Makes both directories. False when the recorder refused anything; `why` says what.
bool write_generated_session(const GeneratedSession& session, std::string* why);

}  // namespace alibi::testing

#endif  // ALIBI_TESTS_SUPPORT_GENERATED_SESSION_H_
