// The last step of merge: contexts with everything charged to each -> collections, tests and their evidence.
//
// Used by merger once all shards have been added and the tables have their final order. Pure. A test's
// evidence is that of its contexts in all processes and of every context charged to one of them, directly or
// through others. The evidence of a collection stays with the collection, which its tests name.
#ifndef ALIBI_COLLECTOR_MERGE_TEST_ASSEMBLY_H_
#define ALIBI_COLLECTOR_MERGE_TEST_ASSEMBLY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "collector/merge/evidence_tables.h"
#include "collector/model/session_coverage.h"

namespace alibi::collector {

// Everything charged to one context of one process (and of its forked children).
struct ContextEvidence {
  ContextKind kind = ContextKind::kOther;
  uint32_t owner = 0;       // the shard that defined it
  Role role = Role::kMain;  // of that process
  std::string name;
  std::string scope;
  std::vector<LineKey> lines;
  std::vector<uint32_t> units;
  std::vector<uint32_t> inputs;
  std::vector<uint32_t> statements;
  std::vector<uint32_t> names;
  std::vector<StateWrite> state_writes;
  DropCounts drops;
  std::vector<uint32_t> shards;  // that hold anything of it
  std::vector<uint32_t> charged;
  // Charged as well, and to whatever this is, also the session or a collection: what processes of its did.
  std::vector<uint32_t> included;
  bool ended = false;
  Outcome outcome = kNeverEnded;
  uint64_t duration_ns = 0;
  std::string reason;
  uint32_t fixture = 0;                // index in the fixture table, when it is one of these
  uint32_t collection = 0;             // index among the collections, when it is one of these
  std::vector<std::string> collected;  // test ids; of a collection
  std::string note;                    // the last one
  bool part = false;                   // what one process did for contexts that it did not define
  bool is_fixture() const { return !part && (kind == ContextKind::kFixture || kind == ContextKind::kOther); }
};

inline constexpr uint32_t kSessionIndex = 0;  // of the context that every shard has: collection and hooks

// To the final order of the tables, and every list a set: what all below expect.
void renumber_context(const Renumbering& renumbering, ContextEvidence* context);

// Union of these contexts with what they include, without what else is charged to them.
Evidence assemble_evidence(const std::vector<ContextEvidence>& contexts,
                           const std::vector<uint32_t>& indices);

// By name; tells each context of a collection which one it belongs to. `complete` says no more than that
// every context ended well: the caller knows what was lost.
std::vector<Collection> assemble_collections(std::vector<ContextEvidence>* contexts);

// By id, once the collections are known. `complete` is left to the caller, who knows what else was lost.
std::vector<TestCoverage> assemble_tests(const std::vector<ContextEvidence>& contexts);

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_MERGE_TEST_ASSEMBLY_H_
