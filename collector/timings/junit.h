// What a JUnit document says of times: tests, and what tells which file they are in. Used by the import of
// timings, with the reader of collector/junit. What is absurdly long or much is refused or not taken. One
// thread.
#ifndef ALIBI_COLLECTOR_TIMINGS_JUNIT_H_
#define ALIBI_COLLECTOR_TIMINGS_JUNIT_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "collector/junit/reader.h"

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

// Takes the document that a reader reads. Neither copied nor moved: the reader knows where it is.
class JunitTimes {
 public:
  JunitTimes();
  JunitTimes(const JunitTimes&) = delete;
  JunitTimes& operator=(const JunitTimes&) = delete;

  junit::Reader* reader() { return &reader_; }
  // Once the reader is at the end.
  JunitDocument take() { return std::move(document_); }

 private:
  void begin_suite(const junit::Attributes& attributes);
  void add(const junit::Case& test);

  JunitDocument document_;
  std::vector<size_t> suites_{0};  // open ones, by place
  std::map<std::tuple<size_t, std::string, std::string>, size_t> groups_;
  junit::Reader reader_;
};

}  // namespace alibi::timings

#endif  // ALIBI_COLLECTOR_TIMINGS_JUNIT_H_
