// Shards of one session -> its coverage. Pure: values in, a value out; no disk, clock or environment.
//
// Used by store's intake. Order-independent by construction: every result is a union over shards, put into
// canonical order at the end, so any order of shards and any split of the same hits over processes gives the
// same evidence. Numbers that point nowhere (damaged or hostile shards) are counted as torn, never followed.
// One shard is looked at at a time, and of those before it only the definitions of its ancestors are kept.
//
// What a test gets: hits charged to its own contexts in any process, those of contexts charged to it
// (transitively), and by reference the statements that ran while one of these was current; of collections
// only the name. What a started process did outside contexts of its own counts for the context that it came
// from, and so do its own contexts; what a process did that outlived its context, for those it met as well.
#ifndef ALIBI_COLLECTOR_MERGE_MERGER_H_
#define ALIBI_COLLECTOR_MERGE_MERGER_H_

#include <vector>

#include "collector/merge/shard_source.h"
#include "collector/model/session_coverage.h"

namespace alibi::collector {

// `lost`: what of the session never reached a shard that could be read.
SessionCoverage merge(SessionDescription description, ShardSource* shards, std::vector<DamagedShard> lost);

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_MERGE_MERGER_H_
