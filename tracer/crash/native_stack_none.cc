// Without LLVM's libunwind: where the thread was, and no more.
#include "tracer/crash/native_stack.h"

namespace alibi::crash {

bool has_unwinder() {
  return false;
}

void walk_native_stack(const void* context, NativeStack* stack) {
  stack->count = 0;
  stack->signal_frame = kNoFrame;
  stack->cut = false;
  const uint64_t here = program_counter(context);
  if (here != 0) stack->program_counters[stack->count++] = here;
}

}  // namespace alibi::crash
