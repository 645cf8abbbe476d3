// Which calls have been recorded since the last context or statement began, so that repetitions cost little.
//
// Used by the hooks, on any thread, without a lock: each thread remembers its own.
#ifndef ALIBI_RUBY_EXT_RECENT_OBSERVATIONS_H_
#define ALIBI_RUBY_EXT_RECENT_OBSERVATIONS_H_

#include <atomic>
#include <cstdint>

#include "observation.h"

namespace alibi::ruby {

class RecentObservations {
 public:
  // What the call is known by, in this round; 0: it is not remembered.
  static uint64_t key_of(const Observation& seen);
  static bool has(uint64_t key);
  static void add(uint64_t key);
  // Also when names mean other things from now on: another working directory, another value of a variable.
  static void forget() { round_.fetch_add(1, std::memory_order_relaxed); }

 private:
  static inline std::atomic<uint32_t> round_{1};
};

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_RECENT_OBSERVATIONS_H_
