// One shard as merge sees it: its decoded records and where it came from.
//
// Made from a shard::Shard by shard_loader, or by hand in tests. Numbers are those of the shard and have not
// been checked against those of other shards. Texts and entries are borrowed: whoever makes a ShardContent
// says how long they stay (shard_source.h).
#ifndef ALIBI_COLLECTOR_MERGE_SHARD_CONTENT_H_
#define ALIBI_COLLECTOR_MERGE_SHARD_CONTENT_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tracer/model/records.h"

namespace alibi::collector {

struct ShardContent {
  std::string name;  // its file name, unique in the session: children name their parent by it
  uint32_t process_id = 0;
  model::ProcessRecord process;
  std::vector<model::FileRecord> files;
  std::vector<model::CodeRecord> codes;
  std::vector<model::NamesRecord> names;
  std::vector<model::OutlineRecord> outlines;
  std::vector<model::ContextRecord> contexts;
  std::vector<std::span<const uint32_t>> hits;  // ranges of entries in the order of execution
  std::vector<model::InputRecord> inputs;
  std::vector<model::ChargeRecord> charges;
  std::vector<model::TestEndRecord> test_ends;  // in the order of recording
  std::vector<model::StateWriteRecord> state_writes;
  std::vector<model::DropRecord> drops;
  std::vector<model::ImportedRecord> imported;
  std::vector<model::CollectedRecord> collected;
  std::vector<model::NoteRecord> notes;
  std::optional<model::OriginRecord> origin;
  std::vector<model::StartedRecord> started;
  std::vector<model::OverlapRecord> overlaps;
  bool closed = false;
  bool damaged = false;  // every test in it loses its alibi
  uint64_t torn_bytes = 0;
  uint64_t uncommitted_entries = 0;
  std::string damage;  // what is wrong, for people; empty when nothing is
};

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_MERGE_SHARD_CONTENT_H_
