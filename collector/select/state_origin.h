// Which functions of a test can have made a value that it left behind for later ones. Names stand for calls
// (docs/evidence.md, "Why callers are not recorded"): a function can have called what it spells. Used by the
// rules, one object per test that left something; pure.
#ifndef ALIBI_COLLECTOR_SELECT_STATE_ORIGIN_H_
#define ALIBI_COLLECTOR_SELECT_STATE_ORIGIN_H_

#include <absl/container/flat_hash_map.h>
#include <cstdint>

#include <string>
#include <utility>
#include <vector>

#include "collector/select/confinement.h"
#include "collector/select/snapshot.h"
#include "collector/select/spelled_names.h"

namespace alibi::select {

struct HeldObject {
  NameId variable = change::kNoName;
  NameSet classes;  // last names of its class and of what this inherits from; empty: nothing is known
};

class StateOrigin {
 public:
  // `snapshot` and `spelled` outlive this.
  StateOrigin(const Snapshot& snapshot, SpelledNames* spelled, const collector::Evidence& evidence);

  const std::vector<UnitRef>& functions() const { return ran_; }

  // Those that speak of the changed name themselves. None: nobody can tell.
  std::vector<uint32_t> speakers(const collector::StateWrite& write) const;
  // Those that may have changed an object that others hold as well: through something that has no name, what
  // they were given, what they call, or the names that lead to it.
  std::vector<uint32_t> changers(const collector::StateWrite& write) const;
  // Those that spell one of the names and can have changed what it stands for, where nothing else leads
  // there: the first is its own, the others are those of methods of it. False: something else may lead there.
  bool changers_by_name(const Names& names, const Confinement& confinement,
                        std::vector<uint32_t>* changers) const;
  // Those that the function can have called by a name; functions inside it.
  std::vector<uint32_t> called_by(uint32_t function) const;
  // Where all of the given functions take no arguments, as those that make a value when it is first asked
  // for: everything that can have run below them. Objects come from there, then, and a method can only have
  // run where its class is spoken of. False when there are arguments.
  bool made_below(const std::vector<uint32_t>& functions, std::vector<uint32_t>* made) const;
  // Nothing that these can have called, but for each other, gets at a file, a variable or the like.
  bool reads_no_inputs(const std::vector<uint32_t>& functions) const;
  // Methods that the language calls without a name: whoever has an object of their class can have.
  std::vector<uint32_t> implicit_methods() const { return implicit_; }
  // Of an object that nobody has but code that spells the variable and the methods of its classes: can the
  // function have had it? It was made before, so not what makes such objects.
  bool has_held(uint32_t function, const HeldObject& object) const;
  // Those that can have called the method on it. False: it is no method of the object.
  bool callers_on(uint32_t function, const HeldObject& object, std::vector<uint32_t>* callers) const;
  // Does it store or call what it was given?
  bool keeps(uint32_t function) const;
  // Does it call, with what it was given, something that gets one of these objects too, or is a method of it?
  bool gives_to(uint32_t function, const Names& names) const;
  // May it have called the other one with what it was given?
  bool passes_on(uint32_t function, uint32_t to) const;
  // Those that can have called it. False when that cannot be told.
  bool callers_of(uint32_t function, std::vector<uint32_t>* callers) const;

 private:
  const FunctionUnit& unit(uint32_t index) const { return snapshot_.function(ran_[index]); }
  const std::string& text(NameId name) const { return snapshot_.names().text(name); }
  const std::vector<uint32_t>& own_constructors(uint32_t function) const;
  bool takes_arguments(uint32_t function) const;
  NameId spelling_of(uint32_t function) const;  // by which it is called
  bool is_method_of(uint32_t function, const HeldObject& object) const;
  bool spells(uint32_t function, NameId name) const;
  // Classes of these names, those of the functions, and all that they inherit from: their last names.
  NameSet classes_at_hand(const NameSet& spoken, const std::vector<uint32_t>& functions) const;

  const Snapshot& snapshot_;
  SpelledNames& spelled_;
  std::vector<UnitRef> ran_;
  std::vector<UnitRef> statements_;  // lambdas and the like of import-time code ran
  bool unplaced_ = false;            // some of what ran is not among the units
  bool reaches_any_ = false;         // some of what ran reaches attributes under no name
  NameSet reached_classes_;          // the same of objects of these classes alone: their last names
  NameSet looked_up_;
  std::vector<uint32_t> implicit_;
  std::vector<uint32_t> constructors_;
  absl::flat_hash_map<std::pair<uint32_t, std::string>, std::vector<uint32_t>>
      nested_;                                                                    // by each function around
  mutable absl::flat_hash_map<UnitRef, std::vector<uint32_t>> own_constructors_;  // by class
  absl::flat_hash_map<NameId, std::vector<uint32_t>> by_spelling_;  // last name; constructors: of the class
  absl::flat_hash_map<NameId, std::vector<uint32_t>> speakers_;     // of each name
};

}  // namespace alibi::select

#endif  // ALIBI_COLLECTOR_SELECT_STATE_ORIGIN_H_
