// The work behind Shard::read: walks segments and records of bytes in memory and fills a Shard. Used by
// reader.cc only; lives for one call.
#ifndef ALIBI_TRACER_SHARD_PARSER_H_
#define ALIBI_TRACER_SHARD_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tracer/shard/reader.h"
#include "tracer/shard/record_codec.h"

namespace alibi::shard {

class ShardParser {
 public:
  // `bytes` are aligned to 8 and outlive the shard's records. The file header in it is valid.
  ShardParser(Shard* shard, std::span<const std::byte> bytes) : shard_(*shard), bytes_(bytes) {}

  void parse();

 private:
  struct Block {
    uint64_t offset = 0;  // of the first entry
    std::span<const uint32_t> entries;
    uint32_t committed = 0;
  };
  // Bytes after the last record of a segment that are not zero.
  struct Tail {
    uint64_t begin = 0;
    uint64_t end = 0;
  };

  const SegmentHeader* segment_at(uint64_t offset) const;
  uint64_t next_segment_from(uint64_t offset) const;
  void parse_placed();
  void parse_segment(uint64_t offset, const SegmentHeader& header);
  bool parse_record(uint64_t offset, uint64_t end, uint64_t* next);
  bool holds(const RecordHeader& header, PayloadView payload) const;
  bool record_follows(const Tail& tail) const;
  bool any_nonzero(uint64_t begin, uint64_t end) const;
  uint64_t behind_header_begun(uint64_t offset) const;

  void deliver(RecordType type, PayloadView payload, uint64_t offset);
  template <typename Record>
  void deliver_to(std::vector<Record>* records, PayloadView payload);
  template <typename Record>
  void define_in(std::vector<Record>* records, PayloadView payload, uint64_t offset);
  void deliver_hits(PayloadView payload, uint64_t offset);
  void deliver_commit(PayloadView payload);

  bool is_valid(const model::FileRecord& record) const;
  bool is_valid(const model::CodeRecord& record) const;
  bool is_valid(const model::NamesRecord& record) const;
  bool is_valid(const model::OutlineRecord& record) const;
  bool is_valid(const model::ContextRecord& record) const;
  bool is_valid(const model::InputRecord& record) const;
  bool is_valid(const model::ChargeRecord& record) const;
  bool is_valid(const model::TestEndRecord& record) const;
  bool is_valid(const model::StateWriteRecord& record) const;
  bool is_valid(const model::DropRecord& record) const;
  bool is_valid(const model::ImportedRecord& record) const;
  bool is_valid(const model::CollectedRecord& record) const;
  bool is_valid(const model::NoteRecord& record) const;
  bool is_valid(const model::StartedRecord& record) const;
  bool is_valid(const model::OverlapRecord& record) const;
  bool is_file(model::FileId file) const;
  bool is_probe(uint32_t probe) const;
  bool is_context(uint32_t context) const;
  bool inherits() const { return !shard_.process.parent_shard.empty(); }

  void finish();
  void deliver_ranges();
  uint64_t undefined_in(std::span<const uint32_t> entries) const;

  Shard& shard_;
  std::span<const std::byte> bytes_;
  std::vector<Block> blocks_;  // ascending by offset
  Tail tail_;                  // of the segment parsed last
  uint64_t next_index_ = 0;    // of the segment expected
  bool process_seen_ = false;
};

}  // namespace alibi::shard

#endif  // ALIBI_TRACER_SHARD_PARSER_H_
