// Crashes as JSON: the key "crashes" of the session's document, which the evidence file keeps as it is, and
// what commands print. Reading trusts nothing: what is of another type is left out.
#ifndef ALIBI_COLLECTOR_CRASH_CRASH_JSON_H_
#define ALIBI_COLLECTOR_CRASH_CRASH_JSON_H_

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "collector/crash/crash.h"

namespace alibi::collector {

nlohmann::json crashes_json(const std::vector<Crash>& crashes);
// Adds them to the text of a document (empty: a new one). Nothing changes when there are none.
void keep_crashes(const std::vector<Crash>& crashes, std::string* document);
std::vector<Crash> kept_crashes(const std::string& document);

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_CRASH_CRASH_JSON_H_
