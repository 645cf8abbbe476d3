// Reads the shards of a session directory for merge. Uses the shard reader and nothing else; never writes,
// and a shard that cannot be read never costs another one.
#ifndef ALIBI_COLLECTOR_MERGE_SHARD_LOADER_H_
#define ALIBI_COLLECTOR_MERGE_SHARD_LOADER_H_

#include <functional>
#include <string>
#include <vector>

#include "collector/merge/shard_content.h"
#include "collector/model/loss_report.h"
#include "tracer/base/result.h"
#include "tracer/shard/reader.h"

namespace alibi::collector {

// The contents borrow from the shards.
struct LoadedShards {
  std::vector<shard::Shard> shards;
  std::vector<ShardContent> contents;
  std::vector<DamagedShard> lost;  // not readable at all, or evidence that never reached a shard
  uint64_t bytes = 0;
};

// `progress` hears (done, total); may be empty.
Result<LoadedShards> load_shards(const std::string& directory,
                                 const std::function<void(size_t, size_t)>& progress = {});

ShardContent content_of(const shard::Shard& shard, const std::string& name);

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_MERGE_SHARD_LOADER_H_
