// What the numbers of a shard mean: its own definitions and, in a forked child, those it inherited.
//
// Used by merger, which visits shards in visiting_order. Holds the definitions of one chain of ancestors,
// each once: a child sees those of its parent in place. Numbers grow from parent to child and within a shard,
// so that all that one shard sees are three sorted runs.
#ifndef ALIBI_COLLECTOR_MERGE_DEFINITION_PATH_H_
#define ALIBI_COLLECTOR_MERGE_DEFINITION_PATH_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "collector/merge/evidence_tables.h"
#include "collector/merge/shard_content.h"
#include "collector/merge/shard_replay.h"

namespace alibi::collector {

// The probes base … base+span-1 are the lines first_line … of a unit, or, with no file, one probe is a name.
struct ProbeRange {
  uint32_t base = 0;
  uint32_t span = 0;
  uint32_t first_line = 0;
  uint32_t unit = 0;  // provisional, as is file; of a name, its index
  uint32_t file = 0;
  uint64_t offset = 0;  // in the shard that defined it
  uint64_t number() const { return base; }
  uint64_t end() const { return uint64_t{base} + span; }
  bool is_name() const { return file == kNoFile; }
  bool holds(uint32_t probe) const { return probe >= base && probe - base < span; }
};

struct NumberedContext {
  uint32_t context = 0;
  uint32_t index = 0;  // the merger's
  uint64_t offset = 0;
  uint64_t number() const { return context; }
  uint64_t end() const { return uint64_t{context} + 1; }
};

struct NumberedFile {
  uint32_t file = 0;
  uint32_t index = 0;  // provisional
  uint64_t offset = 0;
  uint64_t number() const { return file; }
  uint64_t end() const { return uint64_t{file} + 1; }
};

// Definitions of one kind along the path.
template <typename Definition>
class DefinitionRun {
 public:
  struct Frame {
    size_t visible = 0;  // first one that the shard sees
    size_t own = 0;      // first one that it defined
  };

  // Null when the number is nobody's. `hint` is a place near which it was found before, and where it is now.
  const Definition* find(const Frame& frame, uint32_t number, size_t* hint) const;
  const Definition* find(const Frame& frame, uint32_t number) const {
    size_t hint = 0;
    return find(frame, number, &hint);
  }
  // False, and nothing is added, when it does not come behind all that is visible.
  bool add(const Frame& frame, const Definition& definition);
  void forget_from(const Frame& frame, uint64_t offset);  // of those that the last shard defined
  void drop_frame(const Frame& frame) { items_.resize(frame.own); }
  Frame inheriting(const Frame& parent) const { return {parent.visible, items_.size()}; }
  Frame empty() const { return {items_.size(), items_.size()}; }

 private:
  std::vector<Definition> items_;
};

class DefinitionPath {
 public:
  size_t depth() const { return frames_.size(); }
  void leave();

  // The context 0 of what is entered is this one of the merger's.
  void enter_alone(uint32_t home);
  // A child of the last one: what that one defined at or behind `parent_bytes` is forgotten.
  void enter_forked(uint64_t parent_bytes);

  // Files, code and names of the shard that was entered last. How many of them did not hold.
  uint64_t define(const ShardContent& shard, EvidenceTables* tables);
  bool define_context(const model::ContextRecord& record, uint32_t index);

  // All as the shard that was entered last sees them.
  const ProbeRange* range_of(uint32_t probe, size_t* hint) const;
  std::optional<uint32_t> context_of(uint32_t number) const;
  std::optional<uint32_t> file_of(uint32_t number) const;
  uint32_t home() const { return frames_.back().home; }

 private:
  struct Frame {
    DefinitionRun<ProbeRange>::Frame probes;
    DefinitionRun<NumberedContext>::Frame contexts;
    DefinitionRun<NumberedFile>::Frame files;
    uint32_t home = 0;
  };

  std::vector<Frame> frames_;
  DefinitionRun<ProbeRange> probes_;
  DefinitionRun<NumberedContext> contexts_;
  DefinitionRun<NumberedFile> files_;
};

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_MERGE_DEFINITION_PATH_H_
