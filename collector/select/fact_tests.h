// Whom a fact holds for, in one batch of tests: computed by Closure, or looked up in a ClosureIndex. What a
// decision asks.
#ifndef ALIBI_COLLECTOR_SELECT_FACT_TESTS_H_
#define ALIBI_COLLECTOR_SELECT_FACT_TESTS_H_

#include "collector/select/fact.h"

namespace alibi::select {

class FactTests {
 public:
  virtual ~FactTests() = default;
  // The reference holds until the next batch.
  virtual const TestSet& tests(const Fact& fact) const = 0;
};

}  // namespace alibi::select

#endif  // ALIBI_COLLECTOR_SELECT_FACT_TESTS_H_
