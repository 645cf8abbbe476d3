// Counts lost evidence by context and reason. Used by Session, under its caller's lock. Bounded, never
// allocates, never writes: it only says what is due to be written.
#ifndef ALIBI_TRACER_RECORDING_DROP_COUNTER_H_
#define ALIBI_TRACER_RECORDING_DROP_COUNTER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "tracer/model/drop_reason.h"
#include "tracer/model/records.h"

namespace alibi::recording {

class DropCounter {
 public:
  // What the caller has to do at once.
  enum class Due {
    kNothing,    // counted, goes out with the next flush
    kThisOne,    // the first loss of its kind: write it now, so that a kill cannot hide it
    kFlushFirst  // the table is full: write and clear pending(), then call again
  };

  Due add(model::ContextId context, uint32_t reason, uint64_t count);
  // Counts what cannot be written any more.
  void add_unwritten(uint32_t reason, uint64_t count) {
    if (reason < totals_.size()) totals_[reason] += count;
  }
  uint64_t count(uint32_t reason) const { return reason < totals_.size() ? totals_[reason] : 0; }

  std::span<const model::DropRecord> pending() const { return {slots_.data(), used_}; }  // some may count 0
  void clear_pending() { used_ = 0; }
  void forget() { *this = DropCounter(); }  // in a forked child: the losses were the parent's

 private:
  static constexpr size_t kSlots = 64;

  std::array<uint64_t, model::kDropReasonCount> totals_{};
  std::array<model::DropRecord, kSlots> slots_{};
  size_t used_ = 0;
};

}  // namespace alibi::recording

#endif  // ALIBI_TRACER_RECORDING_DROP_COUNTER_H_
