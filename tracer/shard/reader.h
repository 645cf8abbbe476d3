// Reads a shard, trusting nothing in it: every length, count, offset and checksum is tested, and what does
// not hold is counted in ReadLosses instead of being delivered. Used outside the test process (merge, show,
// doctor), on any thread. The file is read into memory at once, never mapped: a process that still writes it,
// or someone who truncates it, cannot pull bytes from under the reader. Never writes, never follows
// parent_shard (the merger does).
#ifndef ALIBI_TRACER_SHARD_READER_H_
#define ALIBI_TRACER_SHARD_READER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tracer/base/result.h"
#include "tracer/model/records.h"
#include "tracer/shard/format.h"

namespace alibi::shard {

// What was in the file and is not delivered, or cannot be trusted.
struct ReadLosses {
  uint64_t torn_bytes = 0;           // skipped because a record or segment header did not hold
  uint64_t missing_segments = 0;     // by their index
  uint64_t invalid_records = 0;      // intact, but with values that no writer of this version makes
  uint64_t failed_commits = 0;       // a commit whose entries are not what it vouches for
  uint64_t count_mismatches = 0;     // the closing record counts other numbers than were found
  uint64_t undefined_entries = 0;    // committed entries that name a probe or context nobody defined
  uint64_t uncommitted_entries = 0;  // normal after a kill: what the interrupted test had executed

  // The shard is not what its writer wrote: every test in it loses its alibi.
  bool damaged() const {
    return (torn_bytes | missing_segments | invalid_records | failed_commits | count_mismatches |
            undefined_entries) != 0;
  }
};

// Consecutive entries of the hit stream; never 0. The ranges of a shard follow each other in the order of
// execution.
struct HitRange {
  std::span<const uint32_t> entries;
  bool committed = false;
  uint64_t offset = 0;  // of the first entry in the file
};

// How many definitions of a shard start before some offset: what a child forked there has inherited.
struct DefinitionCounts {
  size_t files = 0;
  size_t codes = 0;
  size_t names = 0;
  size_t contexts = 0;
};

// A shard in memory. Move-only; all texts and entries point into it.
class Shard {
 public:
  // Of a file or, when there is none of this name, of a place in a nursery beside it.
  static Result<Shard> read(const std::string& path);
  static Result<Shard> from_bytes(std::span<const std::byte> bytes);  // copies them

  Shard(Shard&&) noexcept = default;
  Shard& operator=(Shard&&) noexcept = default;

  FileHeader header{};
  model::ProcessRecord process;          // the last one; default values when none was readable (then damaged)
  std::vector<model::FileRecord> files;  // numbers ascending, as are those of codes and contexts
  std::vector<model::CodeRecord> codes;
  std::vector<model::NamesRecord> names;
  std::vector<model::OutlineRecord> outlines;
  std::vector<model::ContextRecord> contexts;
  std::vector<HitRange> hits;
  std::vector<model::InputRecord> inputs;
  std::vector<model::ChargeRecord> charges;
  std::vector<model::TestEndRecord> test_ends;
  std::vector<model::StateWriteRecord> state_writes;
  std::vector<model::DropRecord> drops;
  std::vector<model::ImportedRecord> imported;
  std::vector<model::CollectedRecord> collected;
  std::vector<model::NoteRecord> notes;
  std::optional<model::OriginRecord> origin;  // of a process that was started, not forked
  std::vector<model::StartedRecord> started;
  std::vector<model::OverlapRecord> overlaps;
  std::optional<model::ClosedRecord> closed;  // empty: the process was killed, or still runs
  ReadLosses losses;
  uint64_t file_bytes = 0;

  // Definitions up to a child's parent_bytes: the first `codes` elements of codes, and so on.
  DefinitionCounts definitions_before(uint64_t offset) const;

 private:
  Shard() = default;
  friend class ShardParser;
  static Result<Shard> read_file(const std::string& path);
  static Result<Shard> parse(std::unique_ptr<uint64_t[]> words, size_t length);

  std::unique_ptr<uint64_t[]> bytes_;  // of 64-bit words, so that entries are aligned
};

}  // namespace alibi::shard

#endif  // ALIBI_TRACER_SHARD_READER_H_
