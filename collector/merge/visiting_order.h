// In which order shards are merged: each after the one whose numbers it uses, so that the definitions of one
// chain of ancestors are all that has to be at hand.
//
// Used by merger. Pure. A forked child goes on with its parent's numbers; a started process names a context
// of the shard it comes from. Circles, which only hostile shards make, are opened at one place, whatever the
// order in which the shards came.
#ifndef ALIBI_COLLECTOR_MERGE_VISITING_ORDER_H_
#define ALIBI_COLLECTOR_MERGE_VISITING_ORDER_H_

#include <cstdint>
#include <vector>

namespace alibi::collector {

inline constexpr uint32_t kNoShard = 0xFFFFFFFFu;

// Which shard this one needs, and for what.
struct ShardLink {
  enum class Kind : uint8_t {
    kNone,
    kForked,
    kStarted,
    kStartedForAll  // by nobody knows which context: needs no shard
  };
  Kind kind = Kind::kNone;
  uint32_t to = kNoShard;     // also where the shard that is named does not exist
  uint64_t parent_bytes = 0;  // of a forked child
  uint32_t origin = 0;        // context of the other shard; of a started process
  bool is_started() const { return kind == Kind::kStarted || kind == Kind::kStartedForAll; }
  bool needs_shard() const { return kind == Kind::kForked || kind == Kind::kStarted; }
};

struct Visit {
  uint32_t shard = 0;
  uint32_t depth = 0;  // how many shards of those visited before are its chain: the last one of each depth
  bool unreachable = false;  // what it needs is missing, or would need it in turn
};

// Depth first. Children of one shard: started ones, then forked ones, those forked last before the others, so
// that what a parent defined after a fork can be forgotten for good.
std::vector<Visit> visiting_order(const std::vector<ShardLink>& links);

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_MERGE_VISITING_ORDER_H_
