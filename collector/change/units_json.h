// One line of the extractor's output -> source units (FORMAT.md beside the extractor). Pure. The line comes
// from a child process or a cache file and is not trusted: a missing or misshapen part is an error, never a
// crash and never a unit with less in it.
#ifndef ALIBI_COLLECTOR_CHANGE_UNITS_JSON_H_
#define ALIBI_COLLECTOR_CHANGE_UNITS_JSON_H_

#include <string_view>

#include "collector/change/source_units.h"
#include "tracer/base/result.h"

namespace alibi::change {

Result<FileUnits> parse_units(std::string_view line, NameTable* names);

}  // namespace alibi::change

#endif  // ALIBI_COLLECTOR_CHANGE_UNITS_JSON_H_
