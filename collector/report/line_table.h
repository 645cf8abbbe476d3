// Lines per file and context, gathered from any number of sessions: what the exporters of coverage formats
// work on. Pure.
//
// A context is a test id, or "" for evidence that belongs to no test (collection, hooks, imports they
// triggered).
#ifndef ALIBI_COLLECTOR_REPORT_LINE_TABLE_H_
#define ALIBI_COLLECTOR_REPORT_LINE_TABLE_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "collector/model/session_coverage.h"

namespace alibi::report {

struct FunctionHits {
  std::string name;
  uint32_t line = 0;
  auto operator<=>(const FunctionHits&) const = default;
};

class LineTable {
 public:
  struct File {
    std::map<std::string, std::vector<uint32_t>> contexts;  // lines, sorted
    std::map<uint32_t, uint64_t> tests_by_line;             // 0: only outside of tests
    std::map<FunctionHits, uint64_t> functions;             // known functions and how many tests entered them
  };

  void add_test(const collector::SessionCoverage& coverage, const collector::TestCoverage& test);
  // Once per session.
  void add_session(const collector::SessionCoverage& coverage);

  const std::map<std::string, File>& files() const { return files_; }  // by absolute path
  const std::string& root() const { return root_; }                    // of the latest session
  uint64_t started_unix_ns() const { return started_unix_ns_; }

 private:
  void add(const std::string& context, const collector::SessionCoverage& coverage,
           const collector::Evidence& evidence, uint64_t tests);

  std::map<std::string, File> files_;
  std::string root_;
  uint64_t started_unix_ns_ = 0;
};

}  // namespace alibi::report

#endif  // ALIBI_COLLECTOR_REPORT_LINE_TABLE_H_
