// The questions that a run asks the service after the settings, each with its answer read.
//
// Used by opening; each may be asked on a thread of its own, as far as `ask` may. An error is the feature's:
// nothing of half an answer is used.
#ifndef ALIBI_COLLECTOR_SHIP_QUESTIONS_H_
#define ALIBI_COLLECTOR_SHIP_QUESTIONS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/origin/tags.h"
#include "collector/payload/known_tests.h"
#include "collector/payload/run_facts.h"
#include "collector/payload/settings.h"
#include "collector/payload/skippable.h"
#include "collector/payload/suite_durations.h"
#include "collector/payload/test_management.h"
#include "collector/transport/routes.h"
#include "tracer/base/result.h"

namespace alibi::ship {

// A question in JSON, and the answer's text.
using Ask = std::function<Result<std::string>(transport::Route, std::string_view)>;

Result<payload::Settings> ask_settings(const Ask& ask, const payload::RunFacts& run);
// All pages. Without tests: the service knows none.
Result<std::vector<payload::KnownSuite>> ask_known_tests(const Ask& ask, const payload::RunFacts& run);
// `tags`: of the session. Only tests of which something is said.
Result<std::vector<payload::ManagedTest>> ask_managed_tests(const Ask& ask, const payload::RunFacts& run,
                                                            const origin::Tags& tags);
// Only what is of the run's level.
Result<payload::Skippable> ask_skippable(const Ask& ask, const payload::RunFacts& run);

struct SuiteDurations {
  std::vector<payload::SuiteDuration> suites;
  std::string problem;  // why some are missing; empty when all are there
};
// All pages that come within `patience_ms`; what came before a page failed is kept. `now_ms` is steady. An
// error when there is not one page.
Result<SuiteDurations> ask_durations(const Ask& ask, const payload::RunFacts& run,
                                     const std::function<uint64_t()>& now_ms, uint64_t patience_ms);

}  // namespace alibi::ship

#endif  // ALIBI_COLLECTOR_SHIP_QUESTIONS_H_
