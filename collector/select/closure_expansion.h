// What follows from one fact: the rules themselves, those of code in closure_rules.cc, those of what earlier
// tests left in closure_state.cc. Internal to these two.
#ifndef ALIBI_COLLECTOR_SELECT_CLOSURE_EXPANSION_H_
#define ALIBI_COLLECTOR_SELECT_CLOSURE_EXPANSION_H_

#include <cstdint>

#include "collector/select/closure_rules.h"

namespace alibi::select {

class ClosureRules::Expansion {
 public:
  Expansion(const ClosureRules& rules, Closure::FactId id, Closure* closure)
      : rules_(rules),
        snapshot_(rules.snapshot_),
        known_(rules.snapshot_.known()),
        id_(id),
        closure_(*closure) {}

  void function(UnitRef unit);
  void ran(UnitRef unit);
  void may_have_run(UnitRef unit);
  void statement(UnitRef unit);
  void visit(UnitRef unit);
  void visit_now(UnitRef unit);
  void named(NameId name);
  void global(uint32_t file, NameId name);
  void global_now(uint32_t file, NameId name);
  void attribute(NameId name);
  void attribute_now(NameId name);
  void left_state(NameId name);
  void loaded(uint32_t file);
  void all_reachable();
  void dynamic_name(NameId name);
  void input(uint32_t input);
  void whole(uint32_t file);
  void all_names(uint32_t file);
  void state(uint32_t write);
  void supplier(uint32_t test, uint32_t function, bool hands_on);
  void origin(uint32_t test, uint32_t function);
  void imported(FactKind kind, uint32_t file);

 private:
  void add(const Fact& effect) { closure_.add(id_, effect); }
  void add_if(const Fact& other, const Fact& effect) { closure_.add(id_, other, effect); }
  void add(FactKind kind, uint32_t a, uint32_t b = 0) { add(Fact{kind, a, b}); }
  void visit_all(const std::vector<UnitRef>& units) {
    for (const UnitRef unit : units) add(FactKind::kVisit, unit.file, unit.index);
  }
  void starred(uint32_t file, NameId name, FactKind kind);
  void attribute_binders(NameId name, FactKind kind);
  void reads(uint32_t file, const change::Reads& reads);
  void reads_now(uint32_t file, const change::Reads& reads);
  void import(uint32_t file, const change::ImportRead& read);
  void import_reference(const Snapshot::ResolvedModule& reference);
  void class_head(UnitRef head);
  void suppliers(const StateWriter& writer, const std::vector<uint32_t>& changers);
  void inputs_of(const StateWriter& writer);
  void names_of_own_class(UnitRef unit, const StatementUnit& ran);

  const ClosureRules& rules_;
  const Snapshot& snapshot_;
  const WellKnownNames& known_;
  Closure::FactId id_;
  Closure& closure_;
};

}  // namespace alibi::select

#endif  // ALIBI_COLLECTOR_SELECT_CLOSURE_EXPANSION_H_
