// Which evidence is kept when sessions pile up, and the removal of the rest. Used by `alibi merge` after it
// has stored a session, and by `alibi gc`; the caller holds the merge lock, but for a dry run.
//
// Kept are, for each environment, the last sessions, so that going back to a revision or branch finds its
// evidence; beyond these, every session with the newest evidence of some test, or the newest complete one: a
// test that was not run for long keeps its alibi. Files that cannot be read are never removed. Killed at any
// instant it leaves a good store: evidence goes first, sources and caches that nothing refers to any more are
// found again by the next collection.
#ifndef ALIBI_COLLECTOR_STORE_RETENTION_H_
#define ALIBI_COLLECTOR_STORE_RETENTION_H_

#include <cstdint>
#include <string>

#include "collector/store/store.h"
#include "tracer/base/result.h"

namespace alibi::store {

inline constexpr uint64_t kKeepAll = 0;
inline constexpr uint64_t kDefaultKept = 50;

struct GarbageOptions {
  uint64_t kept = kDefaultKept;  // sessions of each environment; kKeepAll: no evidence is removed
  bool dry_run = false;          // only counts
};

struct Garbage {
  uint64_t sessions = 0;
  uint64_t evidence_bytes = 0;
  uint64_t sources = 0;
  uint64_t source_bytes = 0;
  uint64_t caches = 0;  // files computed from sources that are gone
  uint64_t cache_bytes = 0;
  // Why sources and caches were left alone: evidence that cannot be read may refer to them.
  std::string left_alone;
};

Result<Garbage> collect_garbage(Store* store, const GarbageOptions& options);

// Does so only when a fifth more than `kept` has piled up: looking for sources that are no longer used reads
// the tables of all evidence, which must not slow down each merge.
Result<Garbage> collect_garbage_when_due(Store* store, uint64_t kept);

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_RETENTION_H_
