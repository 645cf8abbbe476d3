// The rules that turn a test's evidence into what its outcome rests on: selection-rules.md 1.3 as edges
// between facts. Used by decision (for all tests) and explanation (for one). Pure.
#ifndef ALIBI_COLLECTOR_SELECT_CLOSURE_RULES_H_
#define ALIBI_COLLECTOR_SELECT_CLOSURE_RULES_H_

#include <absl/container/flat_hash_map.h>
#include <cstdint>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "collector/select/closure.h"
#include "collector/select/confinement.h"
#include "collector/select/session_products.h"
#include "collector/select/snapshot.h"
#include "collector/select/state_origin.h"

namespace alibi::select {

// What a test file, its conftest files and plugins contribute to a test besides what ran.
struct TestPlace {
  std::string file;                    // absolute; empty: none
  std::vector<std::string> names;      // the parts of the test's id behind the file, without parameters
  std::vector<std::string> fixtures;   // names of its fixture closure
  std::vector<std::string> conftests;  // absolute, of its chain, and plugin modules of the project
  std::vector<std::string> docs_of;    // files whose docstrings it runs
};

class ClosureRules : public Closure::Rules {
 public:
  // Both outlive this.
  ClosureRules(const Snapshot& snapshot, const SessionProducts& products);

  void expand(const Fact& fact, Closure::FactId id, Closure* closure) override;

  using Add = std::function<void(const Fact&)>;
  // What evidence says by itself. Tests are collected before the first of them runs: that sees nothing of
  // what tests leave behind. Where the session itself can import something no more, no test runs at all.
  enum class Of : uint8_t { kTests, kSession, kCollection };
  void facts_of(const collector::Evidence& evidence, Of what, const Add& add) const;
  void facts_of(const TestPlace& place, const Add& add) const;
  // The test's fixtures, conftest files, …, from its inputs.
  TestPlace place_of(const std::string& test_id, const collector::Evidence& evidence) const;

  // Forgets changes that tests only ran next to: before closures are made. `seed` gives what a test's
  // evidence and place say, without the session's.
  using Seed = std::function<void(size_t test, const Add& add)>;
  void drop_unreached(const Seed& seed);

  struct StateWriter;
  const StateWriter& state_writer(uint32_t index) const { return state_[index]; }
  const StateOrigin& origin_of(size_t test) const;

  struct StateWriter {
    size_t test = 0;
    const collector::StateWrite* write = nullptr;
    HeldObject holder;        // that has what changed as an attribute
    UnitRef class_head;       // where the state is an attribute of a class
    bool is_reached = true;   // can the test have changed it?
    bool is_cleared = false;  // it cannot: it ran nothing that spells the only names that lead there
  };

 private:
  class Expansion;
  void index_state();
  Names names_of(const collector::StateWrite& write) const;
  // The functions that can have changed it, as far as they are known; true: these alone.
  const Confinement& confinement() const;
  bool changers_of(const StateWriter& writer, std::vector<uint32_t>* functions) const;
  bool mark_reached(std::span<const size_t> writers, Closure* closure);

  const Snapshot& snapshot_;
  const SessionProducts& products_;
  mutable SpelledNames spelled_;
  mutable absl::flat_hash_map<size_t, std::unique_ptr<StateOrigin>> origins_;  // made when first asked for
  mutable std::unique_ptr<Confinement> confinement_;                           // likewise
  std::vector<StateWriter> state_;
  std::vector<bool> is_late_;  // files whose module body ran while tests did
  // State writes by the name of a module that leads to them, by that name in any module, and of a class's
  // own attributes by the attribute's name.
  absl::flat_hash_map<std::pair<uint32_t, NameId>, std::vector<uint32_t>> state_by_global_;
  absl::flat_hash_map<NameId, std::vector<uint32_t>> state_by_name_;
  absl::flat_hash_map<NameId, std::vector<uint32_t>> state_of_classes_;
  absl::flat_hash_map<uint32_t, std::vector<uint32_t>> state_by_file_;
};

}  // namespace alibi::select

#endif  // ALIBI_COLLECTOR_SELECT_CLOSURE_RULES_H_
