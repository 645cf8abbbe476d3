// Programs that children of vfork start. Such a child runs in its parent's memory while one thread of the
// parent is suspended and others go on, so it may take no lock and allocate nothing: it leaves a note in a
// fixed number of slots, and the parent writes the record with its next one, before it waits for the child at
// the latest. What finds no slot, and what such a child does besides (files it opens), is counted as lost.
//
// Known weakness: a parent that is killed between the child's exec and its own next observed call takes the
// note with it.
#ifndef ALIBI_TRACER_PRELOAD_VFORK_STARTS_H_
#define ALIBI_TRACER_PRELOAD_VFORK_STARTS_H_

#include <sys/types.h>

#include <atomic>
#include <cstdint>

#include "tracer/preload/program_environment.h"

namespace alibi::preload {

struct VforkStart {
  enum State : uint32_t { kFree, kBeingWritten, kReady };
  std::atomic<uint32_t> state;
  pid_t process;
  ProgramEnvironment environment;
  char program[1024];  // absolute
  char command[304];
};

class VforkStarts {
 public:
  // From the child. `command`: a list of arguments, or null.
  static void note(const char* program, char* const* arguments, ProgramEnvironment environment);
  // `name` is looked for along PATH.
  static void note_on_path(const char* name, char* const* arguments, ProgramEnvironment environment);
  static void note_loss() { lost_.fetch_add(1, std::memory_order_relaxed); }

  // From the parent, in a Section.
  static bool any() {
    return noted_.load(std::memory_order_acquire) || lost_.load(std::memory_order_relaxed) != 0;
  }
  static uint32_t take_losses() { return lost_.exchange(0, std::memory_order_relaxed); }
  template <typename Take>
  static void take(Take&& take_one) {
    noted_.store(false, std::memory_order_relaxed);
    for (VforkStart& slot : slots_) {
      if (slot.state.load(std::memory_order_acquire) != VforkStart::kReady) continue;
      take_one(slot);
      slot.state.store(VforkStart::kFree, std::memory_order_release);
    }
  }
  // In a forked child: they are its parent's to write down.
  static void forget();

 private:
  static constexpr int kSlots = 16;
  static inline constinit VforkStart slots_[kSlots] = {};
  static inline constinit std::atomic<bool> noted_{false};
  static inline constinit std::atomic<uint32_t> lost_{0};
};

}  // namespace alibi::preload

#endif  // ALIBI_TRACER_PRELOAD_VFORK_STARTS_H_
