// Which containers only code that spells their name can have changed: nobody who ran let them out of his
// hands. For what earlier tests left (docs/evidence.md). Pure; made once per snapshot, when first asked for.
#ifndef ALIBI_COLLECTOR_SELECT_CONFINEMENT_H_
#define ALIBI_COLLECTOR_SELECT_CONFINEMENT_H_

#include <absl/container/flat_hash_map.h>
#include <cstdint>

#include <vector>

#include "collector/select/snapshot.h"

namespace alibi::select {

class Confinement {
 public:
  // `snapshot` outlives this.
  explicit Confinement(const Snapshot& snapshot);

  // The name itself and those that methods of the container got (`self._append = self._queue.append`).
  // Empty: somebody may have it under no name, or under one that nobody knows.
  Names names_of(NameId name) const;
  // Of a variable of a module that holds an object of a class of the project, which nobody lets out: the last
  // names of its class and of all that this inherits from. Empty: somebody may, or it holds something else.
  NameSet classes_of(uint32_t file, NameId variable) const;
  // May objects of these classes, of what they inherit from or what inherits from them have such an
  // attribute?
  bool may_have(const NameSet& classes, NameId attribute) const;

 private:
  bool makes_instance(const StatementUnit& statement, NameId variable) const;
  NameId last_name_of(NameId qualified) const;
  void spells(NameId class_name, NameId attribute);
  void take(uint32_t file, const change::Reads& reads, const change::Exposures& exposures);

  const Snapshot& snapshot_;
  NameSet exposed_;
  NameSet letting_self_out_;  // classes with a method that ran and does
  absl::flat_hash_map<NameId, Names> aliases_;
  absl::flat_hash_map<NameId, NameSet> classes_spelling_;  // an attribute, by their last names
};

}  // namespace alibi::select

#endif  // ALIBI_COLLECTOR_SELECT_CONFINEMENT_H_
