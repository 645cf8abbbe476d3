// What the outcome of each test rests on: the least set of facts that the rules derive from its evidence. All
// tests of a batch at once, a bit each: a rule is an edge "whoever has this fact has that one", or "whoever
// has these two". Facts and edges come into being when some test first needs them and are kept for later
// batches.
//
// The rules are in closure_rules.cc. Adding facts only ever adds facts, so more evidence never selects less
// (R6). Pure, one thread.
#ifndef ALIBI_COLLECTOR_SELECT_CLOSURE_H_
#define ALIBI_COLLECTOR_SELECT_CLOSURE_H_

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <vector>

#include "collector/select/fact.h"
#include "collector/select/fact_tests.h"
#include "collector/select/snapshot.h"

namespace alibi::select {

class Closure : public FactTests {
 public:
  using FactId = uint32_t;

  // Gives the consequences of a fact that holds for the first time, with add().
  class Rules {
   public:
    virtual ~Rules() = default;
    virtual void expand(const Fact& fact, FactId id, Closure* closure) = 0;
  };

  explicit Closure(Rules* rules) : rules_(rules) {}

  FactId id_of(const Fact& fact);
  const Fact& fact(FactId id) const { return facts_[id]; }

  // For rules: whoever has `cause` has `effect`; whoever has both causes has it.
  void add(FactId cause, const Fact& effect);
  void add(FactId cause, const Fact& other_cause, const Fact& effect);

  // Its consequences have become more: they are asked for again by the next run().
  void expand_again(const Fact& fact);

  void begin_batch();
  void seed(const Fact& fact, size_t test) { seed(fact, TestSet::of(test)); }
  void seed(const Fact& fact, const TestSet& tests);
  void run();

  // Whom the fact holds for, after run().
  const TestSet& tests(const Fact& fact) const override;
  // Calls with every fact that holds for somebody, after run().
  template <typename Function>
  void each_held(const Function& call) const {
    for (FactId id = 0; id < facts_.size(); ++id) {
      if (!tests_[id].empty()) call(facts_[id], tests_[id]);
    }
  }

  // Why it holds, in a batch of one test: what it was first derived from. False for what was seeded.
  bool cause(const Fact& fact, Fact* cause, Fact* other_cause) const;

 private:
  static constexpr FactId kNone = UINT32_MAX;
  struct Edge {
    FactId effect;
    FactId other_cause;  // or kNone
  };
  struct Cause {
    FactId cause = kNone;
    FactId other = kNone;
  };

  void enqueue(FactId id);
  void follow(FactId id);

  Rules* rules_;
  absl::flat_hash_map<Fact, FactId> ids_;
  std::vector<Fact> facts_;
  std::vector<TestSet> tests_;
  std::vector<std::vector<Edge>> edges_;
  std::vector<Cause> causes_;
  std::vector<bool> expanded_;
  std::vector<bool> queued_;
  std::vector<FactId> queue_;
};

}  // namespace alibi::select

#endif  // ALIBI_COLLECTOR_SELECT_CLOSURE_H_
