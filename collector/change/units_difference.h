// What changed in one source file, by meaning: its units before against its units now. Pure.
//
// Functions are matched by qualified name and place among equal names, statements by class and fingerprint in
// order; a statement that only moved is unchanged when its order cannot matter and it alone binds its names.
#ifndef ALIBI_COLLECTOR_CHANGE_UNITS_DIFFERENCE_H_
#define ALIBI_COLLECTOR_CHANGE_UNITS_DIFFERENCE_H_

#include <cstdint>
#include <vector>

#include "collector/change/source_units.h"

namespace alibi::change {

struct UnitsDifference {
  // Cannot be compared: it is gone, or one of the two does not parse. Everything in it counts as changed.
  bool whole = false;
  // Indices into the functions and statements of the earlier units.
  std::vector<uint32_t> functions;   // another meaning, or gone
  std::vector<uint32_t> signatures;  // of those, the ones whose arguments or kind differ (or that are gone)
  std::vector<uint32_t> positions;   // on other lines
  std::vector<uint32_t> old_statements;
  // Indices into the statements of the present units.
  std::vector<uint32_t> new_statements;
  bool docs = false;
  bool annotations = false;

  bool empty() const {
    return !whole && functions.empty() && positions.empty() && old_statements.empty() &&
           new_statements.empty() && !docs && !annotations;
  }
};

// `now` is null when the file is gone.
UnitsDifference compare_units(const FileUnits& before, const FileUnits* now);

}  // namespace alibi::change

#endif  // ALIBI_COLLECTOR_CHANGE_UNITS_DIFFERENCE_H_
