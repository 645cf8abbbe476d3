// What all attempts of one test come to, and the tags that follow from it (NOTES.md).
//
// Used by run_report. Pure.
#ifndef ALIBI_COLLECTOR_SHIP_OUTCOME_H_
#define ALIBI_COLLECTOR_SHIP_OUTCOME_H_

#include <string_view>
#include <vector>

#include "collector/payload/test_events.h"
#include "collector/ship/attempt.h"

namespace alibi::ship {

// The value of a tag; empty: there is none.
std::string_view tag_of(const payload::Tags& tags, std::string_view name);

// `attempts`: all of one test, in their order, at least one. Fills in what the run does not tell of them:
// retries, and with the last attempt, and no other, what the test came to. That is returned.
Status settle_attempts(std::vector<Attempt>* attempts);

// Of a test that did not run.
void settle_left_out(Attempt* attempt);

}  // namespace alibi::ship

#endif  // ALIBI_COLLECTOR_SHIP_OUTCOME_H_
