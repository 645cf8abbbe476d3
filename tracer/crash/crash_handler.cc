#include "tracer/crash/crash_handler.h"

#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <iterator>

#include "tracer/crash/fatal_signals.h"
#include "tracer/crash/reporting.h"

namespace alibi::crash {
namespace {

constexpr int kMostLevels = 2;  // ours under faulthandler's, and ours again on top of it
constexpr size_t kStackBytes = 128 * 1024;

struct Watched {
  int signal;
  std::atomic<int> levels{0};
  struct sigaction previous[kMostLevels] {};
  bool is_fatal[kMostLevels] = {};  // whoever was there lets the process die
  std::atomic<bool> reported{false};
  std::atomic<bool> announced{false};
};

Watched watched[] = {{kFatalSignals[0].number},
                     {kFatalSignals[1].number},
                     {kFatalSignals[2].number},
                     {kFatalSignals[3].number},
                     {kFatalSignals[4].number}};
static_assert(std::size(watched) == std::size(kFatalSignals));
std::atomic<bool> armed{false};
std::atomic<bool> unsettled{false};
void* interpreter_base = nullptr;
char* stack_of_ours = nullptr;
sigjmp_buf escape;
std::atomic<bool> escape_is_set{false};
Escape other_escape = nullptr;
NativeStack crashed_stack;

Watched* watched_of(int signal) {
  for (Watched& each : watched) {
    if (each.signal == signal) return &each;
  }
  return nullptr;
}

// Raised by the instruction itself, which raises it again when it is run again.
bool is_fault(const siginfo_t& info) {
  return info.si_code > 0 && !(info.si_signo == SIGBUS && info.si_code == BUS_MCEERR_AO);
}

void say_crashed(Watched* each) {
  if (!is_prepared_process() || each->announced.exchange(true)) return;
  const bool in_test = running_kind() == RunningKind::kTest;
  announce("\nalibi: ");
  announce(name_of_fatal(each->signal));
  if (running_kind() == RunningKind::kNothing)
    return announce(" outside of all tests; its stacks are kept\n");
  announce(in_test ? " in " : " while collecting ");
  announce_running();
  announce("; its stacks are kept");
  if (in_test) {
    announce(": alibi show ");
    announce_running();
  }
  announce("\n");
}

void write_crash(const siginfo_t& info, void* context) {
  const Cause cause{ReportKind::kCrash, info.si_signo, info.si_code,
                    is_fault(info) ? reinterpret_cast<uint64_t>(info.si_addr) : 0, 0};
  crashed_stack.count = 0;
  survives([](void* interrupted) { walk_native_stack(interrupted, &crashed_stack); }, context);
  const StackOfThread mine{static_cast<uint32_t>(::syscall(SYS_gettid)), true, &crashed_stack};
  struct Writing {
    const Cause* cause;
    const StackOfThread* stack;
  } writing{&cause, &mine};
  if (!survives(
          [](void* of) {
            const auto& that = *static_cast<const Writing*>(of);
            write_report(*that.cause, that.stack, 1);
          },
          &writing)) {
    abandon_report();
  }
}

// The next one below takes over for good; the kernel calls it exactly as it would have.
void hand_over(Watched* each, const siginfo_t& info) {
  struct sigaction next {};
  next.sa_handler = SIG_DFL;
  const int level = each->levels.load() - 1;
  if (level >= 0) {
    next = each->previous[level];
    each->levels.store(level);
  }
  unsettled.store(true);
  ::sigaction(each->signal, &next, nullptr);
  if (is_fault(info)) return;
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, each->signal);
  ::pthread_sigmask(SIG_BLOCK, &only, nullptr);  // until this handler has returned
  siginfo_t again = info;
  if (::syscall(SYS_rt_tgsigqueueinfo, ::getpid(), ::syscall(SYS_gettid), each->signal, &again) != 0)
    ::raise(each->signal);
}

void on_crash(int signal, siginfo_t* info, void* context) {
  if (Turn::is_mine() && escape_is_set.load()) siglongjmp(escape, 1);
  if (other_escape != nullptr) other_escape();
  const int error_before = errno;
  Watched* each = watched_of(signal);
  const int level = each->levels.load() - 1;
  const bool ignored = level >= 0 && each->previous[level].sa_handler == SIG_IGN &&
                       (each->previous[level].sa_flags & SA_SIGINFO) == 0;
  if (ignored && !is_fault(*info)) {
    errno = error_before;
    return;
  }
  // A second crash while one is reported waits, or it would end the process in the middle of it.
  if (armed.load() && !each->reported.load() && Turn::take(Turn::Patience::kSeconds)) {
    each->reported.store(true);
    write_crash(*info, context);
    Turn::give_back();
  }
  if (each->reported.load() && (level < 0 || each->is_fatal[level])) say_crashed(each);
  hand_over(each, *info);
  errno = error_before;
}

bool is_ours(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == &on_crash;
}

bool lets_die(const struct sigaction& action) {
  if ((action.sa_flags & SA_SIGINFO) == 0 && (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN))
    return true;
  // signal.signal's handler lies there too, and takes no signal inside itself.
  Dl_info where{};
  return (action.sa_flags & SA_NODEFER) != 0 && interpreter_base != nullptr &&
         ::dladdr(reinterpret_cast<void*>(action.sa_handler), &where) != 0 &&
         where.dli_fbase == interpreter_base;
}

void install(Watched* each) {
  struct sigaction now {};
  if (::sigaction(each->signal, nullptr, &now) != 0) return;
  each->reported.store(false);
  each->announced.store(false);
  const int level = each->levels.load();
  if (is_ours(now) || level == kMostLevels) return;
  struct sigaction ours {};
  ours.sa_sigaction = &on_crash;
  // A fault inside the handler must reach it: it is how a report of a damaged process ends.
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  ::sigemptyset(&ours.sa_mask);
  each->previous[level] = now;
  each->is_fatal[level] = lets_die(now);
  each->levels.store(level + 1);
  if (::sigaction(each->signal, &ours, nullptr) != 0) each->levels.store(level);
}

// So that a stack overflow can be told. Never unmapped: faulthandler may put it back.
void set_signal_stack() {
  stack_t now{};
  if (::sigaltstack(nullptr, &now) != 0 || (now.ss_flags & SS_DISABLE) == 0) return;
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  if (stack_of_ours == nullptr) {
    void* memory = ::mmap(nullptr, page + kStackBytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) return;
    ::mprotect(memory, page, PROT_NONE);
    stack_of_ours = static_cast<char*>(memory) + page;
  }
  stack_t ours{};
  ours.ss_sp = stack_of_ours;
  ours.ss_size = kStackBytes;
  ::sigaltstack(&ours, nullptr);
}

void take_back_signal_stack() {
  stack_t now{};
  if (::sigaltstack(nullptr, &now) != 0 || stack_of_ours == nullptr || now.ss_sp != stack_of_ours) return;
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  ::sigaltstack(&none, nullptr);
}

}  // namespace

void install_crash_handlers(const void* interpreter) {
  Dl_info where{};
  if (interpreter != nullptr && ::dladdr(interpreter, &where) != 0) interpreter_base = where.dli_fbase;
  set_signal_stack();
  armed.store(true);
  for (Watched& each : watched) install(&each);
  unsettled.store(true);  // for the first test, by which time the test runner has installed its own
}

void settle_crash_handlers() {
  if (!armed.load(std::memory_order_relaxed) || !unsettled.load(std::memory_order_relaxed)) return;
  unsettled.store(false);
  for (Watched& each : watched) install(&each);
}

void remove_crash_handlers() {
  if (!armed.exchange(false)) return;
  for (Watched& each : watched) {
    struct sigaction now {};
    const int level = each.levels.load() - 1;
    if (level < 0 || ::sigaction(each.signal, nullptr, &now) != 0 || !is_ours(now)) continue;
    each.levels.store(level);
    ::sigaction(each.signal, &each.previous[level], nullptr);
  }
  take_back_signal_stack();
}

bool survives(void (*body)(void*), void* argument) {
  if (sigsetjmp(escape, 1) != 0) {
    escape_is_set.store(false);
    return false;
  }
  escape_is_set.store(true);
  body(argument);
  escape_is_set.store(false);
  return true;
}

void set_other_escape(Escape other) {
  other_escape = other;
}

}  // namespace alibi::crash
