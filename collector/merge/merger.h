// Shards of one session -> its coverage. Pure: values in, a value out; no disk, clock or environment.
//
// Used by store's intake. Order-independent by construction: every result is a union over shards, put into
// canonical order at the end, so any order of shards and any split of the same hits over processes gives the
// same evidence. Numbers that point nowhere (damaged or hostile shards) are counted as torn, never followed.
//
// What a test gets: hits charged to its own contexts in any process, those of contexts charged to it
// (transitively), and by reference the statements that ran while one of these was current; of collections
// only the name. A child process that was started with a test's id (or a fixture's name) in its own shard
// counts for that test (for that fixture of the process that started it).
#ifndef ALIBI_COLLECTOR_MERGE_MERGER_H_
#define ALIBI_COLLECTOR_MERGE_MERGER_H_

#include <string>
#include <vector>

#include "collector/merge/shard_content.h"
#include "collector/model/session_coverage.h"

namespace alibi::collector {

struct MergeRequest {
  SessionDescription description;
  std::vector<ShardContent> shards;
  std::vector<DamagedShard> lost;  // shards of the session that could not be read at all
};

SessionCoverage merge(MergeRequest request);

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_MERGE_MERGER_H_
