// The crash and hang reports of a session directory, with names for their native frames. Used by the store's
// intake and by `alibi doctor`. Reads only; a report that cannot be understood is left out and told.
#ifndef ALIBI_COLLECTOR_CRASH_CRASH_LOADER_H_
#define ALIBI_COLLECTOR_CRASH_CRASH_LOADER_H_

#include <string>
#include <vector>

#include "collector/crash/crash.h"
#include "tracer/crash/report_reader.h"

namespace alibi::collector {

struct LoadedCrashes {
  std::vector<Crash> crashes;  // in the order of time
  std::vector<std::string> problems;
};

enum class Names { kLookUp, kLeave };

// At most the first hundred of them.
LoadedCrashes load_crashes(const std::string& directory, Names names);

class Symbolizer;
// `symbols`: null leaves frames without names.
Crash crash_of(const crash::Report& report, Symbolizer* symbols);

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_CRASH_CRASH_LOADER_H_
