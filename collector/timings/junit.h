// JUnit's XML, as pytest, RSpec, Minitest, Jest, Vitest, Mocha and many others write it: tests with their
// times and what says which file they are in. Used by the import of timings. Reads a document piece by piece;
// any bytes are survived, memory and depth are bounded, entities that a document declares are refused. Any
// thread.
#ifndef ALIBI_COLLECTOR_TIMINGS_JUNIT_H_
#define ALIBI_COLLECTOR_TIMINGS_JUNIT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracer/base/result.h"

namespace alibi::timings {

struct JunitSuite {
  std::string name, file;  // empty: not said; the file also of a suite around it
  std::optional<int64_t> at_s;
};

// Tests of one suite that say the same about where they are.
struct JunitGroup {
  size_t suite = 0;  // place among the suites
  std::string file, class_name;
  struct Test {
    uint64_t hash = 0;  // of suite, class and name
    uint64_t ns = 0;
  };
  std::vector<Test> tests;
  bool cut = false;  // a test has no time that is a number, or was left out by test impact analysis
  bool all_skipped = true;
};

struct JunitDocument {
  std::vector<JunitSuite> suites;  // the first stands for none
  std::vector<JunitGroup> groups;
  uint64_t tests = 0;
};

class JunitReader {
 public:
  JunitReader();
  ~JunitReader();
  JunitReader(const JunitReader&) = delete;
  JunitReader& operator=(const JunitReader&) = delete;

  // The next bytes. After an error nothing more is read.
  Result<void> take(std::string_view bytes);
  // An error when the document is not at its end.
  Result<JunitDocument> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// "0.125", "1,234.5", "1e-05"; nothing for what is no number, negative or absurd.
std::optional<uint64_t> junit_nanoseconds(std::string_view seconds);
// "2026-11-22T21:50:03.123+01:00"; without an offset as UTC.
std::optional<int64_t> junit_moment(std::string_view text);

}  // namespace alibi::timings

#endif  // ALIBI_COLLECTOR_TIMINGS_JUNIT_H_
