// Takes the place of syscall and prctl: programs that go past the C library's functions on purpose (libuv
// asks for statx in this way), and those that put themselves behind a seccomp filter.
//
// A filter may end the process at a system call that it does not expect, ours included. So recording ends
// before one is put in place, and says that evidence is missing from there on.
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tracer/preload/observations.h"
#include "tracer/preload/real_functions.h"

namespace alibi::preload {
namespace {

void give_up() {
  watched([](ProgramRecorder& recorder, int) {
    recorder.lose();
    end_watching();
  });
}

const char* path(long argument) {
  return reinterpret_cast<const char*>(argument);
}
int folder(long argument) {
  return static_cast<int>(argument);
}

void opened_by_number(long where, long name, int flags, long result) {
  const auto before = result >= 0 && (flags & (O_CREAT | O_TRUNC)) != 0 ? ProgramRecorder::Before::kReplaced
                                                                        : ProgramRecorder::Before::kKept;
  opened({folder(where), path(name)}, flags, static_cast<int>(result), before);
}

// Those with the path in the second argument, as all newer calls have it.
[[gnu::noinline]] long observed_call(long number, long a, long b, long c, long d, long e, long f) {
  const long result = real().syscall(number, a, b, c, d, e, f);
  switch (number) {
    case SYS_statx:
      asked_status({folder(a), path(b)}, static_cast<int>(c), result, nullptr);
      break;
    case SYS_openat:
      opened_by_number(a, b, static_cast<int>(c), result);
      break;
    case SYS_openat2:
      if (result >= 0 || !is_bad_address(result))
        opened_by_number(a, b, static_cast<int>(reinterpret_cast<const open_how*>(c)->flags), result);
      break;
    case SYS_faccessat2:
      asked_access({folder(a), path(b)}, static_cast<int>(c), static_cast<int>(d), result);
      break;
    default:
      break;
  }
  return result;
}

[[gnu::noinline]] void before_call(long number, long flags) {
  if (number == SYS_seccomp) give_up();
  if (number == SYS_clone3 || (number == SYS_clone && (flags & CLONE_VM) == 0))
    watched([](ProgramRecorder& recorder, int) { recorder.record_unobserved("", "clone"); });
}

}  // namespace

// One argument more than a system call has: all are handed on whether they were given or not, as the C
// library does it. Calls that may return twice are jumped to (see dlopen): no frame of ours may be in
// between.
extern "C" __attribute__((visibility("default"), optimize("O2"))) long hook_syscall(
    long number, long a, long b, long c, long d, long e, long f) __asm__("syscall");
long hook_syscall(long number, long a, long b, long c, long d, long e, long f) {
  static_cast<void>(real());
  switch (number) {
    case SYS_statx:
    case SYS_openat:
    case SYS_openat2:
    case SYS_faccessat2:
      return observed_call(number, a, b, c, d, e, f);
    case SYS_seccomp:
    case SYS_clone:
    case SYS_clone3:
      before_call(number, a);
      break;
    default:
      break;
  }
  return real_functions.syscall(number, a, b, c, d, e, f);
}

ALIBI_HOOK(int, prctl, int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
  if (option == PR_SET_SECCOMP) give_up();
  return real().prctl(option, a, b, c, d);
}

}  // namespace alibi::preload
