// Which lines a full run of the tests would execute now: what ran lately, and for tests that were left out
// what they executed when they ran, moved along with the edits since. The shell around change and report for
// `alibi export coverage --as-of-now`; reads the store and the project, writes at most the store's caches.
#ifndef ALIBI_COLLECTOR_CLI_COVERAGE_NOW_H_
#define ALIBI_COLLECTOR_CLI_COVERAGE_NOW_H_

#include <string>
#include <vector>

#include "collector/cli/selection.h"
#include "collector/report/line_table.h"
#include "collector/store/store.h"
#include "tracer/base/result.h"

namespace alibi::cli {

struct CoverageNow {
  report::LineTable lines;
  std::vector<std::string> notices;  // for people: what is missing, and why
};

struct CoverageScope {
  std::vector<std::string> sources;  // absolute files and folders; empty: all of the project
  bool contexts = false;             // one per test
  bool recorded = true;  // false: tests ran since the newest session, and nothing is known of that
};

Result<CoverageNow> coverage_as_of_now(store::Store* store, const SelectionRequest& request,
                                       const CoverageScope& scope);

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_COVERAGE_NOW_H_
