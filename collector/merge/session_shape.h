// How the shards of a session hang together: which one needs which, and whose evidence belongs to contexts of
// others as well.
//
// Used by merger: the first of two looks at each shard. Shards are known by their rank among all names, so
// that nothing depends on the order in which they came. Never trusts a name to exist.
#ifndef ALIBI_COLLECTOR_MERGE_SESSION_SHAPE_H_
#define ALIBI_COLLECTOR_MERGE_SESSION_SHAPE_H_

#include <cstdint>
#include <vector>

#include "collector/merge/shard_source.h"
#include "collector/merge/visiting_order.h"
#include "collector/model/loss_report.h"

namespace alibi::collector {

// The evidence of all of `used` belongs to a context of `user` as well.
struct Overlap {
  uint32_t user = 0;
  uint32_t context = 0;  // number in `user`
  uint32_t used = 0;
};

struct SessionShape {
  std::vector<size_t> places;  // in the source, by rank
  std::vector<ShardLink> links;
  std::vector<bool> unreadable;
  std::vector<Overlap> overlaps;   // by user
  uint64_t unknown_overlaps = 0;   // with a shard that is not there
  std::vector<DamagedShard> lost;  // the unreadable ones
};

SessionShape shape_of(ShardSource* source);

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_MERGE_SESSION_SHAPE_H_
