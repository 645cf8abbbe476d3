// Remembers which records were written lately, so that a test that reads one file a thousand times stores it
// once. Used by Session for inputs, charges and the like. Bounded memory; compares whole payloads: a
// collision of slots repeats a record, it never loses one.
#ifndef ALIBI_TRACER_RECORDING_RECENT_PAYLOADS_H_
#define ALIBI_TRACER_RECORDING_RECENT_PAYLOADS_H_

#include <cstddef>
#include <vector>

#include "tracer/shard/record_codec.h"

namespace alibi::recording {

class RecentPayloads {
 public:
  bool contains(shard::RecordType type, shard::PayloadView payload) const;
  void insert(shard::RecordType type, shard::PayloadView payload);  // in place of what had its slot
  // Touches none of its memory: a forked child would pay for each page.
  void clear() { ++round_; }

 private:
  static constexpr size_t kSlots = 2048;
  static constexpr size_t kLargestPayload = 512;  // longer ones are always written again

  struct Slot {
    shard::RecordType type{};
    uint32_t round = 0;  // in which it was inserted
    std::vector<std::byte> payload;
  };
  static size_t slot_of(shard::RecordType type, shard::PayloadView payload);

  std::vector<Slot> slots_;  // empty until the first insert
  uint32_t round_ = 1;
};

}  // namespace alibi::recording

#endif  // ALIBI_TRACER_RECORDING_RECENT_PAYLOADS_H_
