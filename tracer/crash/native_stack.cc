#include "tracer/crash/native_stack.h"

#include <ucontext.h>

namespace alibi::crash {

uint64_t program_counter(const void* context) {
  if (context == nullptr) return 0;
#if defined(__x86_64__)
  return static_cast<uint64_t>(static_cast<const ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return static_cast<const ucontext_t*>(context)->uc_mcontext.pc;
#else
  return 0;
#endif
}

}  // namespace alibi::crash
