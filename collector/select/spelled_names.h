// Names that a function can have used to get at something, found once for each function: what it spells, and
// what that was made from. Used by state_origin, for the functions of many tests. One thread.
#ifndef ALIBI_COLLECTOR_SELECT_SPELLED_NAMES_H_
#define ALIBI_COLLECTOR_SELECT_SPELLED_NAMES_H_

#include <absl/container/flat_hash_map.h>

#include <memory>

#include "collector/select/snapshot.h"

namespace alibi::select {

class SpelledNames {
 public:
  explicit SpelledNames(const Snapshot& snapshot) : snapshot_(snapshot) {}

  // Names under which it can speak of something: also what a variable was made from.
  const Names& spelled_by(UnitRef function);
  // Those of functions and classes: a variable of the same name is none.
  const NameSet& callees_of(UnitRef function);

 private:
  Names find_spelled(UnitRef unit) const;
  NameSet find_callees(UnitRef unit) const;

  const Snapshot& snapshot_;
  absl::flat_hash_map<UnitRef, std::unique_ptr<Names>> spelled_;
  absl::flat_hash_map<UnitRef, std::unique_ptr<NameSet>> callees_;
};

}  // namespace alibi::select

#endif  // ALIBI_COLLECTOR_SELECT_SPELLED_NAMES_H_
