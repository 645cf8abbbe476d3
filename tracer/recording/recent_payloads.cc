#include "tracer/recording/recent_payloads.h"

#include <algorithm>

#include "tracer/base/hash.h"

namespace alibi::recording {

size_t RecentPayloads::slot_of(shard::RecordType type, shard::PayloadView payload) {
  return hash64(payload.data(), payload.size(), static_cast<uint64_t>(type)) % kSlots;
}

bool RecentPayloads::contains(shard::RecordType type, shard::PayloadView payload) const {
  if (slots_.empty()) return false;
  const Slot& slot = slots_[slot_of(type, payload)];
  return slot.round == round_ && slot.type == type && std::ranges::equal(slot.payload, payload);
}

void RecentPayloads::insert(shard::RecordType type, shard::PayloadView payload) {
  if (payload.size() > kLargestPayload) return;
  if (slots_.empty()) slots_.resize(kSlots);
  Slot& slot = slots_[slot_of(type, payload)];
  slot.payload.assign(payload.begin(), payload.end());  // may run out of memory: then the slot is as before
  slot.type = type;
  slot.round = round_;
}

}  // namespace alibi::recording
