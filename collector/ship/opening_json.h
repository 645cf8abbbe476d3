// What the test runner's glue and `alibi ship --open` tell each other, as JSON (OPENING.md).
//
// Used by `alibi ship --open`. Pure.
#ifndef ALIBI_COLLECTOR_SHIP_OPENING_JSON_H_
#define ALIBI_COLLECTOR_SHIP_OPENING_JSON_H_

#include <string>
#include <string_view>

#include "collector/ship/opening.h"
#include "tracer/base/result.h"

namespace alibi::ship {

inline constexpr char kOpeningFile[] = "opening.json";

Result<RunDescription> read_run_description(std::string_view json);

std::string encode_opening(const Opening& opening);
std::string encode_no_opening();  // nothing is reported

}  // namespace alibi::ship

#endif  // ALIBI_COLLECTOR_SHIP_OPENING_JSON_H_
