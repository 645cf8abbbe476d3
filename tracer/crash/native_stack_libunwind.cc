// LLVM's libunwind, started at the registers that the signal interrupted, so that no frame of the handler has
// to be passed. It allocates only for images without .eh_frame_hdr, which no linker of today makes.
#include <libunwind.h>
#include <ucontext.h>

#include <atomic>

#include "tracer/crash/native_stack.h"

namespace alibi::crash {
namespace {

// libunwind takes every program counter for a return address, whose unwind information is that of the call in
// front of it. The instruction that faulted is the one that it stands at.
constexpr unw_word_t kIntoRow = 1;

#if defined(__x86_64__)
// Another order than the kernel's.
constexpr struct {
  int ours;
  int kernels;
} kRegisters[] = {{UNW_X86_64_RAX, REG_RAX}, {UNW_X86_64_RDX, REG_RDX}, {UNW_X86_64_RCX, REG_RCX},
                  {UNW_X86_64_RBX, REG_RBX}, {UNW_X86_64_RSI, REG_RSI}, {UNW_X86_64_RDI, REG_RDI},
                  {UNW_X86_64_RBP, REG_RBP}, {UNW_X86_64_R8, REG_R8},   {UNW_X86_64_R9, REG_R9},
                  {UNW_X86_64_R10, REG_R10}, {UNW_X86_64_R11, REG_R11}, {UNW_X86_64_R12, REG_R12},
                  {UNW_X86_64_R13, REG_R13}, {UNW_X86_64_R14, REG_R14}, {UNW_X86_64_R15, REG_R15}};

void start_at(const ucontext_t& context, uint64_t stack_pointer, uint64_t counter, unw_cursor_t* cursor) {
  for (const auto& each : kRegisters)
    unw_set_reg(cursor, each.ours, static_cast<unw_word_t>(context.uc_mcontext.gregs[each.kernels]));
  unw_set_reg(cursor, UNW_REG_SP, stack_pointer);
  unw_set_reg(cursor, UNW_REG_IP, counter);  // last: it looks the unwind information up
}

void start_at_interrupted(const ucontext_t& context, unw_cursor_t* cursor) {
  start_at(context, static_cast<uint64_t>(context.uc_mcontext.gregs[REG_RSP]),
           static_cast<uint64_t>(context.uc_mcontext.gregs[REG_RIP]) + kIntoRow, cursor);
}

// A call of a null or wild pointer: its return address lies on top of the stack.
void start_at_caller(const ucontext_t& context, unw_cursor_t* cursor) {
  const auto top = static_cast<uint64_t>(context.uc_mcontext.gregs[REG_RSP]);
  start_at(context, top + sizeof(uint64_t), *reinterpret_cast<const uint64_t*>(top), cursor);
}
#elif defined(__aarch64__)
void start_at(const ucontext_t& context, uint64_t counter, unw_cursor_t* cursor) {
  for (int index = 0; index < 31; ++index)
    unw_set_reg(cursor, UNW_AARCH64_X0 + index, context.uc_mcontext.regs[index]);
  unw_set_reg(cursor, UNW_REG_SP, context.uc_mcontext.sp);
  unw_set_reg(cursor, UNW_REG_IP, counter);  // last: it looks the unwind information up
}

void start_at_interrupted(const ucontext_t& context, unw_cursor_t* cursor) {
  start_at(context, context.uc_mcontext.pc + kIntoRow, cursor);
}

// A call of a null or wild pointer: its return address is in the link register.
void start_at_caller(const ucontext_t& context, unw_cursor_t* cursor) {
  start_at(context, context.uc_mcontext.regs[30], cursor);
}
#else
#error "native_stack_libunwind.cc knows x86-64 and AArch64; the build uses native_stack_none.cc elsewhere"
#endif

// Frames from the cursor outwards; `first`: what to call the first one, 0: what the cursor says. False: there
// was no way on from it, as when a wild pointer was called.
bool follow(unw_cursor_t* cursor, uint64_t first, NativeStack* stack) {
  const uint32_t before = stack->count;
  for (;;) {
    unw_word_t counter = 0;
    if (unw_get_reg(cursor, UNW_REG_IP, &counter) != UNW_ESUCCESS || counter == 0) break;
    if (stack->count == kMostFrames) {
      stack->cut = true;
      break;
    }
    if (unw_is_signal_frame(cursor) > 0) stack->signal_frame = stack->count;
    stack->program_counters[stack->count] = stack->count == before && first != 0 ? first : counter;
    // What has been found so far must be there when the next step faults.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    ++stack->count;
    if (unw_step(cursor) <= 0) break;
  }
  return stack->count > before + 1;
}

}  // namespace

bool has_unwinder() {
  return true;
}

void walk_native_stack(const void* context, NativeStack* stack) {
  stack->count = 0;
  stack->signal_frame = kNoFrame;
  stack->cut = false;
  if (context == nullptr) return;
  const auto& interrupted = *static_cast<const ucontext_t*>(context);
  unw_context_t registers;
  unw_cursor_t cursor;
  unw_getcontext(&registers);
  if (unw_init_local(&cursor, &registers) != UNW_ESUCCESS) return;
  start_at_interrupted(interrupted, &cursor);
  const uint64_t here = program_counter(context);
  if (follow(&cursor, here, stack)) return;
  stack->program_counters[0] = here;
  stack->count = 1;
  unw_init_local(&cursor, &registers);  // one that has failed does not start again
  start_at_caller(interrupted, &cursor);
  follow(&cursor, 0, stack);
}

}  // namespace alibi::crash
