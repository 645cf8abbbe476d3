// Suites and tests with their skips -> which files still have to run, what they weigh, and how much is saved
// (the peer's rules, test-splitting-ddtest.md 5 and 7, without its lost tests). Pure.
#ifndef ALIBI_COLLECTOR_PLAN_SUITES_H_
#define ALIBI_COLLECTOR_PLAN_SUITES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collector/plan/unit.h"

namespace alibi::plan {

struct SuiteFacts {
  std::string module, suite, file;
  uint64_t tests = 0;
  uint64_t skipped = 0;              // of them, those that need not run
  std::optional<uint64_t> known_ns;  // p50 of the service, or an estimate from history
};

struct SuiteAggregate {
  SuiteFacts facts;
  double total_ns = 0;
  double estimated_ns = 0;
  DurationSource source = DurationSource::kDefault;
};

struct RunnableFiles {
  std::vector<Unit> units;             // whole files, sorted by path
  std::vector<std::string> left_out;   // fully skipped, sorted
  std::vector<SuiteAggregate> suites;  // by (module, suite)
  double skippable_percentage = 0;
};

// `files`: all that were discovered; one without any suite stays. A file is left out only when every suite
// that is known of it, from any source, has all its tests skipped, and it is not in `unskippable`.
RunnableFiles runnable_files(const std::vector<std::string>& files, const std::vector<SuiteFacts>& suites,
                             const std::vector<std::string>& unskippable);

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_SUITES_H_
