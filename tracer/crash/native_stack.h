// The native stack of the calling thread, from inside a signal handler. One header, two implementations
// chosen by the build: LLVM's libunwind, or none. No allocation, no lock that code outside of handlers takes.
#ifndef ALIBI_TRACER_CRASH_NATIVE_STACK_H_
#define ALIBI_TRACER_CRASH_NATIVE_STACK_H_

#include <cstdint>

#include "tracer/crash/report_format.h"

namespace alibi::crash {

struct NativeStack {
  uint32_t count = 0;
  uint32_t signal_frame = kNoFrame;  // index of the last frame that the kernel made for a handler
  bool cut = false;
  uint64_t program_counters[kMostFrames];
};

// False: this build has no unwinder.
bool has_unwinder();
// `context`: the third argument of the handler. May fault where the stack is damaged: the caller catches
// that, and what was found until then is in *stack.
void walk_native_stack(const void* context, NativeStack* stack);
// The program counter of the context alone, which needs no unwinder; 0 on an unknown machine.
uint64_t program_counter(const void* context);

}  // namespace alibi::crash

#endif  // ALIBI_TRACER_CRASH_NATIVE_STACK_H_
