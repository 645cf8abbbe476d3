// Which rules this program has, as a number that is another one for every other build: caches of what the
// rules said are good for one build only. 0: nobody knows, keep none.
#ifndef ALIBI_COLLECTOR_SELECT_RULES_VERSION_H_
#define ALIBI_COLLECTOR_SELECT_RULES_VERSION_H_

#include <cstdint>

namespace alibi::select {

uint64_t rules_version();

}  // namespace alibi::select

#endif  // ALIBI_COLLECTOR_SELECT_RULES_VERSION_H_
