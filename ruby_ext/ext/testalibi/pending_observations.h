// Observations from where the recorder may not run: children of vfork, threads that are not Ruby's, C code of
// extensions without the GVL, Ractors. They wait in a fixed number of slots, without locks or allocation,
// until Inputs takes them; what finds no slot is counted as lost.
//
// Known weakness: a process that is killed before it takes them loses them.
#ifndef ALIBI_RUBY_EXT_PENDING_OBSERVATIONS_H_
#define ALIBI_RUBY_EXT_PENDING_OBSERVATIONS_H_

#include <atomic>
#include <cstdint>

#include "observation.h"

namespace alibi::ruby {

class PendingObservations {
 public:
  static void note(const Observation& seen);
  static bool any() {
    return noted_.load(std::memory_order_acquire) || lost_.load(std::memory_order_relaxed) != 0;
  }
  static uint32_t take_losses() { return lost_.exchange(0, std::memory_order_relaxed); }
  // Calls with each observation, and whether what it read is still the same.
  template <typename Take>
  static void take(const Take& take_one);
  // In a forked child: they are its parent's.
  static void forget();

 private:
  struct FileState {
    uint64_t inode, size;
    int64_t seconds, nanoseconds;  // of the last change
    bool operator==(const FileState&) const = default;
  };
  struct Slot {
    enum State : uint32_t { kFree, kBeingWritten, kReady };
    std::atomic<uint32_t> state;
    Observation seen;
    FileState file;
    sockaddr_storage address;
    char path[1024];
    char other[512];
  };
  static bool fill(Slot* slot, const Observation& seen);
  static FileState state_of(const char* path);
  // Does what is there now go into the record?
  static bool reads(const Observation& seen);

  static constexpr int kSlots = 64;
  static Slot slots_[kSlots];
  static inline std::atomic<bool> noted_{false};
  static inline std::atomic<uint32_t> lost_{0};
};

template <typename Take>
void PendingObservations::take(const Take& take_one) {
  noted_.store(false, std::memory_order_relaxed);
  for (Slot& slot : slots_) {
    if (slot.state.load(std::memory_order_acquire) != Slot::kReady) continue;
    take_one(static_cast<const Observation&>(slot.seen),
             !reads(slot.seen) || state_of(slot.path) == slot.file);
    slot.state.store(Slot::kFree, std::memory_order_release);
  }
}

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_PENDING_OBSERVATIONS_H_
