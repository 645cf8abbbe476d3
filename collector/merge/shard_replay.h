// Plays one shard's hit stream: which probes were hit under which context and which import-time statement.
//
// Used by merger, one shard at a time. Knows the layout of entries (tracer/shard/format.h) and nothing about
// other shards; probes and context numbers stay those of the shard.
#ifndef ALIBI_COLLECTOR_MERGE_SHARD_REPLAY_H_
#define ALIBI_COLLECTOR_MERGE_SHARD_REPLAY_H_

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace alibi::collector {

// Sorted, without repetitions.
using ProbeList = std::vector<uint32_t>;

struct StatementHits {
  ProbeList probes;                // hit in functions while it was the innermost statement
  std::vector<uint32_t> imported;  // files (as file_of names them) whose module body ran under it
};

struct ContextHits {
  ProbeList probes;
  ProbeList statements;  // probes of statements that ran while the context was current
};

struct ReplayedStream {
  absl::flat_hash_map<uint32_t, ContextHits> contexts;      // by number; every one that was switched to
  absl::flat_hash_map<uint32_t, StatementHits> statements;  // by probe
  uint64_t unknown_probes = 0;                              // statements of no known file, left out
};

inline constexpr uint32_t kNoFile = 0xFFFFFFFFu;

// `file_of` gives the file a probe belongs to, or kNoFile.
ReplayedStream replay(const std::vector<std::span<const uint32_t>>& ranges,
                      const std::function<uint32_t(uint32_t)>& file_of);

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_MERGE_SHARD_REPLAY_H_
