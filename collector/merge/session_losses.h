// What was lost of a session, and which tests that costs their alibi. The last step of merge; pure.
#ifndef ALIBI_COLLECTOR_MERGE_SESSION_LOSSES_H_
#define ALIBI_COLLECTOR_MERGE_SESSION_LOSSES_H_

#include <cstdint>
#include <vector>

#include "collector/model/session_coverage.h"

namespace alibi::collector {

// `everywhere` counts losses beside the `lost` shards that may have hit any test. Says of each collection and
// test whether it is complete.
void finish_losses(std::vector<DamagedShard> lost, uint64_t everywhere, SessionCoverage* coverage);

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_MERGE_SESSION_LOSSES_H_
