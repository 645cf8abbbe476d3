// Where merge gets its shards from, one at a time: how many there are, what they are called, what is in one.
//
// Made by shard_loader (a directory), or by hand in tests. Merge asks for each shard twice: first to learn
// how they hang together, then for what is in it. A shard may have grown or gone in between.
#ifndef ALIBI_COLLECTOR_MERGE_SHARD_SOURCE_H_
#define ALIBI_COLLECTOR_MERGE_SHARD_SOURCE_H_

#include <cstddef>
#include <string>

#include "collector/merge/shard_content.h"
#include "tracer/base/result.h"

namespace alibi::collector {

class ShardSource {
 public:
  virtual ~ShardSource() = default;
  virtual size_t size() const = 0;
  virtual const std::string& name(size_t index) const = 0;  // unique among them
  // Borrowed until the next call. An error: nothing of it can be used.
  virtual Result<const ShardContent*> read(size_t index) = 0;
};

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_MERGE_SHARD_SOURCE_H_
