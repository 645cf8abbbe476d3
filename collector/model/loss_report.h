// Evidence that was lost, counted by reason; nothing is ever lost silently.
//
// Used by merge (counts), store (keeps) and report (prints). Numbers 1 to 99 are the recorder's
// (alibi_drop_reason in tracer/abi/alibi.h), from 100 on the collector's; stable, never reused.
#ifndef ALIBI_COLLECTOR_MODEL_LOSS_REPORT_H_
#define ALIBI_COLLECTOR_MODEL_LOSS_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

namespace alibi::collector {

enum class CollectorDrop : uint32_t {
  kEdited = 100,        // a source file the test touched changed during the run
  kTorn = 101,          // a shard that held evidence of the test is damaged
  kUnfinished = 102,    // the test began and never ended
  kLostShard = 103,     // a shard of the session could not be read at all
  kMissingParent = 104  // a forked child's shard, whose parent's shard is gone
};

struct DropCount {
  uint32_t reason = 0;
  uint64_t count = 0;
  auto operator<=>(const DropCount&) const = default;
};

// Sorted by reason, one entry each, no zero counts.
using DropCounts = std::vector<DropCount>;

void add_drop(DropCounts* counts, uint32_t reason, uint64_t count);
inline void add_drop(DropCounts* counts, CollectorDrop reason, uint64_t count) {
  add_drop(counts, static_cast<uint32_t>(reason), count);
}
void add_drops(DropCounts* counts, const DropCounts& more);

// "disk", "edited", …; "reason 77" for a number this version does not know.
std::string drop_name(uint32_t reason);
// One sentence for people: what happened.
std::string drop_explanation(uint32_t reason);

// A shard that could not be used, or only in part.
struct DamagedShard {
  std::string shard;
  std::string cause;
  uint64_t torn_bytes = 0;
  bool lost = false;  // nothing of it could be used
};

struct LossReport {
  DropCounts drops;  // of the whole session, each loss once
  std::vector<DamagedShard> damaged;
  bool empty() const { return drops.empty() && damaged.empty(); }
};

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_MODEL_LOSS_REPORT_H_
