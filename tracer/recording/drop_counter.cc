#include "tracer/recording/drop_counter.h"

namespace alibi::recording {

DropCounter::Due DropCounter::add(model::ContextId context, uint32_t reason, uint64_t count) {
  for (size_t i = 0; i < used_; ++i) {
    model::DropRecord& slot = slots_[i];
    if (slot.context != context || slot.reason != reason) continue;
    slot.count += count;
    add_unwritten(reason, count);
    return Due::kNothing;
  }
  if (used_ == kSlots) return Due::kFlushFirst;
  slots_[used_++] = {context, reason, 0};
  add_unwritten(reason, count);
  return Due::kThisOne;
}

}  // namespace alibi::recording
