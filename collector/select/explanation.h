// Facts in words, and the chain of them that leads from a test's own evidence to the fact a change meets.
// Pure.
#ifndef ALIBI_COLLECTOR_SELECT_EXPLANATION_H_
#define ALIBI_COLLECTOR_SELECT_EXPLANATION_H_

#include <string>
#include <vector>

#include "collector/select/closure.h"
#include "collector/select/closure_rules.h"
#include "collector/select/snapshot.h"

namespace alibi::select {

// "function Lexer.get_tokens (sqlparse/lexer.py:105) ran", …; paths below the root without it.
std::string fact_text(const Snapshot& snapshot, const ClosureRules& rules, const Fact& fact);

// From what the test itself did to `fact`, in a closure of that one test. Where two facts were needed
// together, the later one's chain is followed.
std::vector<Fact> chain_to(const Closure& closure, const Fact& fact);

}  // namespace alibi::select

#endif  // ALIBI_COLLECTOR_SELECT_EXPLANATION_H_
