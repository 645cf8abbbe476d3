// One closure against one change: internal to decision.cc and decision_statements.cc.
#ifndef ALIBI_COLLECTOR_SELECT_DECISION_MEETING_H_
#define ALIBI_COLLECTOR_SELECT_DECISION_MEETING_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "collector/select/decision.h"

namespace alibi::select {

// A changed statement and where it stands.
struct Decision::StatementGoal {
  uint32_t file = 0;
  const StatementUnit* unit = nullptr;
  bool is_new = false;
};

// Collects the first reason of each test.
class Decision::Meeting {
 public:
  Meeting(const Snapshot& snapshot, const FailingImports& imports, const FactTests& closure, size_t tests)
      : snapshot_(snapshot),
        imports_(imports),
        known_(snapshot.known()),
        closure_(closure),
        reasons_(tests),
        open_(TestSet::first(tests)) {}

  void everything(const std::string& why);
  void file(const change::FileChange& change, change::Mode mode);
  void input(const change::InputChange& change);
  void import(const change::ImportChange& change);
  void package(const change::PackageChange& change);
  void source(const change::NewSource& source);
  std::vector<Reason> take() { return std::move(reasons_); }

 private:
  const TestSet& with(FactKind kind, uint32_t a = 0, uint32_t b = 0) const {
    return closure_.tests({kind, a, b});
  }
  TestSet with_any_named(const NameSet& names) const;
  void meet(const TestSet& tests, Reason reason);
  void meet_named(const change::NewSource& source, NameId name, const char* why);
  void loaded_with_all(const change::NewSource& source, const StatementUnit& statement);
  void imports(const change::FileChange& change);
  TestSet importing_now(uint32_t file) const;
  void functions(const change::FileChange& change);
  void signatures(const change::FileChange& change);
  TestSet readers(uint32_t file, const StatementUnit& statement, NameId name, Fact* fact) const;
  TestSet readers_in_class(UnitRef head, NameId name, Fact* fact) const;
  void statements(const change::FileChange& change);
  std::vector<bool> only_defaults(const change::FileChange& change, std::vector<bool>* of_new) const;
  void definition(const change::FileChange& change, const StatementGoal& goal);
  void statement(const change::FileChange& change, const StatementGoal& goal);
  void member(const change::FileChange& change, const StatementGoal& goal);
  void effect(const change::FileChange& change, const StatementGoal& goal);
  void new_import(const change::FileChange& change, const StatementGoal& goal);
  void old_load(const change::FileChange& change, const StatementGoal& goal);
  void texts(const change::FileChange& change);
  Reason reason(ReasonKind kind, const change::FileChange& change, uint32_t line, std::string name,
                std::string why, const Fact& fact) const {
    return {kind, snapshot_.coverage().files[change.file].path, line, std::move(name), std::move(why), fact};
  }

  const Snapshot& snapshot_;
  const FailingImports& imports_;
  const WellKnownNames& known_;
  const FactTests& closure_;
  std::vector<Reason> reasons_;
  TestSet open_;  // not met yet
};

}  // namespace alibi::select

#endif  // ALIBI_COLLECTOR_SELECT_DECISION_MEETING_H_
