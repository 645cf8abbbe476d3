// The units of all files of a session as one piece of bytes that is read quickly: what selection otherwise
// gathers from a file per source. A cache beside the evidence, written and read by session_case; damaged
// bytes are refused, never trusted. Numbers of names are of one process; here they count within the pack.
#ifndef ALIBI_COLLECTOR_CHANGE_UNITS_PACK_H_
#define ALIBI_COLLECTOR_CHANGE_UNITS_PACK_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collector/change/source_units.h"

namespace alibi::change {

using UnitsList = std::vector<std::shared_ptr<const FileUnits>>;  // null: nothing is known of a file

std::string pack_units(const UnitsList& units, const NameTable& names);
bool unpack_units(std::string_view bytes, NameTable* names, UnitsList* units);

}  // namespace alibi::change

#endif  // ALIBI_COLLECTOR_CHANGE_UNITS_PACK_H_
