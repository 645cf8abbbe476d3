#include "collector/merge/session_losses.h"

#include <algorithm>
#include <utility>

namespace alibi::collector {

void finish_losses(std::vector<DamagedShard> lost, uint64_t everywhere, SessionCoverage* coverage) {
  LossReport& losses = coverage->losses;
  add_drop(&losses.drops, CollectorDrop::kLostShard, lost.size());
  everywhere += lost.size();  // whose evidence a lost shard held is unknown
  for (DamagedShard& shard : lost) losses.damaged.push_back(std::move(shard));
  std::sort(losses.damaged.begin(), losses.damaged.end(),
            [](const DamagedShard& left, const DamagedShard& right) { return left.shard < right.shard; });
  for (Collection& collection : coverage->collections) {
    add_drop(&collection.evidence.drops, CollectorDrop::kLostShard, everywhere);
    collection.complete = collection.complete && collection.evidence.drops.empty();
  }
  for (TestCoverage& test : coverage->tests) {
    add_drop(&test.evidence.drops, CollectorDrop::kLostShard, everywhere);
    for (const DropCount& drop : test.evidence.drops) {
      if (drop.reason == static_cast<uint32_t>(CollectorDrop::kUnfinished))
        add_drop(&losses.drops, drop.reason, drop.count);
    }
    test.complete = test.evidence.drops.empty();
  }
}

}  // namespace alibi::collector
