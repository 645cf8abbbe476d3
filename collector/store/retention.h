// Which evidence is kept when sessions pile up, and the removal of the rest. Used by `alibi merge` after it
// has stored a session, and by `alibi prune`; the caller holds the merge lock.
//
// Kept are, for each environment, the last sessions, so that going back to a revision or branch finds its
// evidence; beyond these, every session with the newest evidence of some test, or the newest complete one: a
// test that was not run for long keeps its alibi. Files that cannot be read are never removed. Killed at any
// instant it leaves a good store: evidence goes first, sources that nothing refers to any more are found
// again by the next removal.
#ifndef ALIBI_COLLECTOR_STORE_RETENTION_H_
#define ALIBI_COLLECTOR_STORE_RETENTION_H_

#include <cstdint>

#include "collector/store/store.h"
#include "tracer/base/result.h"

namespace alibi::store {

inline constexpr uint64_t kRetainAll = 0;
inline constexpr uint64_t kDefaultRetained = 50;

struct Pruned {
  uint64_t sessions = 0;
  uint64_t evidence_bytes = 0;
  uint64_t sources = 0;
  uint64_t source_bytes = 0;
};

// `retained` sessions of each environment; kRetainAll removes nothing.
Result<Pruned> prune(Store* store, uint64_t retained);

// Does so only when a fifth more than that has piled up: looking for sources that are no longer used reads
// the tables of all evidence, which must not slow down each merge.
Result<Pruned> prune_when_due(Store* store, uint64_t retained);

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_RETENTION_H_
