// What the numbers of one shard mean: its own definitions and, in a forked child, those it inherited.
//
// Used by merger. A forked child goes on with its parent's numbers, so a parent is resolved before its
// children; the parent's definitions that start at or behind the child's parent_bytes are not the child's.
#ifndef ALIBI_COLLECTOR_MERGE_SHARD_DEFINITIONS_H_
#define ALIBI_COLLECTOR_MERGE_SHARD_DEFINITIONS_H_

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "collector/merge/evidence_tables.h"
#include "collector/merge/shard_content.h"
#include "collector/merge/shard_replay.h"

namespace alibi::collector {

// The probes base … base+span-1 are the lines first_line … of a unit, or, with no file, one probe is a name.
struct ProbeRange {
  uint32_t base = 0;
  uint32_t span = 0;
  uint32_t first_line = 0;
  uint32_t unit = 0;  // provisional, as is file; of a name, its index
  uint32_t file = 0;
  uint64_t offset = 0;
  bool is_name() const { return file == kNoFile; }
  bool holds(uint32_t probe) const { return probe >= base && probe - base < span; }
};

struct NumberedContext {
  uint32_t index = 0;  // the merger's
  uint64_t offset = 0;
};

struct ShardDefinitions {
  std::vector<ProbeRange> probes;  // by base
  absl::flat_hash_map<uint32_t, NumberedContext> contexts;
  absl::flat_hash_map<uint32_t, uint32_t> files;  // shard's number -> provisional index
  bool parent_missing = false;

  // Null when the probe is nobody's. `hint` remembers the last range: hits come in clusters.
  const ProbeRange* range_of(uint32_t probe, size_t* hint) const;

  void add_own(const ShardContent& shard, EvidenceTables* tables);  // files, code and names, not contexts
  void inherit(const ShardDefinitions& parent, uint64_t parent_bytes);
};

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_MERGE_SHARD_DEFINITIONS_H_
