// Lines per file and context, gathered from any number of sessions: what the exporters of coverage formats
// work on. Pure.
//
// A context is a test id, or "" for evidence that belongs to no test (collection, hooks, imports they
// triggered).
#ifndef ALIBI_COLLECTOR_REPORT_LINE_TABLE_H_
#define ALIBI_COLLECTOR_REPORT_LINE_TABLE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "collector/model/session_coverage.h"

namespace alibi::report {

// How often something ran, as coverage formats count: by tests; once when it ran outside of tests only.
struct Runs {
  uint64_t tests = 0;
  bool outside = false;
  uint64_t count() const { return tests == 0 && outside ? 1 : tests; }
  Runs& operator+=(const Runs& more) {
    tests += more.tests;
    outside = outside || more.outside;
    return *this;
  }
};

// What could run, and what of it did.
struct Share {
  uint64_t known = 0;
  uint64_t executed = 0;
  Share& operator+=(const Share& more) {
    known += more.known;
    executed += more.executed;
    return *this;
  }
};

struct FunctionPlace {
  std::string name;
  uint32_t line = 0;
  auto operator<=>(const FunctionPlace&) const = default;
};

class LineTable {
 public:
  struct File {
    std::map<std::string, std::vector<uint32_t>> contexts;  // executed lines, sorted
    // What ran, and what else could have run where a session that saw the module body says so.
    std::map<uint32_t, Runs> lines;
    std::map<FunctionPlace, Runs> functions;
  };

  void add_test(const collector::SessionCoverage& coverage, const collector::TestCoverage& test);
  // Lines that `context` executed in a file as it is now.
  void add_executed(const std::string& context, const std::string& path, const std::vector<uint32_t>& lines);
  // Once per session, sessions in the order of their starts: of a file that was edited between two of them,
  // what could run is what the last one says.
  void add_session(const collector::SessionCoverage& coverage);

  // By absolute path. Complete after the last session and test.
  std::map<std::string, File> files() const;
  const std::string& root() const { return root_; }  // of the last session
  uint64_t started_unix_ns() const { return started_unix_ns_; }

 private:
  void add_lines(const std::string& context, const collector::SessionCoverage& coverage,
                 const collector::Evidence& evidence, const Runs& runs);
  void add_functions(const collector::SessionCoverage& coverage, const collector::Evidence& evidence,
                     const Runs& runs);

  struct Outline {
    std::vector<uint32_t> lines;
    std::vector<collector::Function> functions;
  };

  std::map<std::string, File> files_;
  std::map<std::string, Outline> outlines_;
  std::string root_;
  uint64_t started_unix_ns_ = 0;
};

template <typename Place>
Share share_of(const std::map<Place, Runs>& places) {
  Share share{places.size(), 0};
  for (const auto& [place, runs] : places) share.executed += runs.count() == 0 ? 0 : 1;
  return share;
}

}  // namespace alibi::report

#endif  // ALIBI_COLLECTOR_REPORT_LINE_TABLE_H_
