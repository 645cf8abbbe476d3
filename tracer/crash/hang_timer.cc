#include "tracer/crash/hang_timer.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "tracer/crash/crash_handler.h"
#include "tracer/crash/reporting.h"

namespace alibi::crash {
namespace {

constexpr long kStepNs = 2'000'000;
constexpr int kAnswerSteps = 250;       // half a second for all threads to walk their stacks
constexpr int kStandstillSteps = 2500;  // five seconds that a thread stands still at most

// One thread's part in the report of a hang.
struct Slot {
  std::atomic<pid_t> thread{0};
  std::atomic<bool> walking{false};
  std::atomic<bool> done{false};
  sigjmp_buf escape;
  NativeStack stack;
};

Slot slots[kMostThreads];
std::atomic<uint32_t> slots_used{0};
std::atomic<int> round{0};  // a late thread sees that its round is over
std::atomic<bool> open_round{false};
bool running = false;
int hang_signal = 0;
timer_t timer;
uint64_t limit_ms = 0;
struct sigaction previous;
StackOfThread stacks[kMostThreads];
alignas(8) char directory_bytes[4096];

pid_t this_thread() {
  return static_cast<pid_t>(::syscall(SYS_gettid));
}

void pause_briefly() {
  const struct timespec step { 0, kStepNs };
  ::nanosleep(&step, nullptr);
}

Slot* slot_of(pid_t thread) {
  const uint32_t used = slots_used.load();
  for (uint32_t index = 0; index < used; ++index) {
    if (slots[index].thread.load() == thread) return &slots[index];
  }
  return nullptr;
}

// A damaged stack: what was found until then is kept.
void escape_from_walk() {
  if (!open_round.load()) return;
  Slot* slot = slot_of(this_thread());
  if (slot != nullptr && slot->walking.load()) siglongjmp(slot->escape, 1);
}

void walk(Slot* slot, const void* context) {
  slot->stack.count = 0;
  if (sigsetjmp(slot->escape, 1) == 0) {
    slot->walking.store(true);
    walk_native_stack(context, &slot->stack);
  }
  slot->walking.store(false);
  slot->done.store(true);
}

// A thread that was asked. It stands still until its interpreter's stack has been written as well.
void answer(int asked_in, const void* context) {
  if (!open_round.load() || asked_in != round.load()) return;
  Slot* slot = slot_of(this_thread());
  if (slot == nullptr || slot->done.load()) return;
  walk(slot, context);
  for (int step = 0; step < kStandstillSteps && open_round.load() && round.load() == asked_in; ++step)
    pause_briefly();
}

void ask(pid_t thread) {
  siginfo_t question;
  std::memset(&question, 0, sizeof question);
  question.si_signo = hang_signal;
  question.si_code = SI_QUEUE;
  question.si_pid = ::getpid();
  question.si_value.sival_int = round.load();
  if (::syscall(SYS_rt_tgsigqueueinfo, ::getpid(), thread, hang_signal, &question) != 0)
    slot_of(thread)->done.store(true);
}

bool number_of(const char* text, pid_t* number) {
  int64_t value = 0;
  for (; *text >= '0' && *text <= '9'; ++text) value = value * 10 + (*text - '0');
  *number = static_cast<pid_t>(value);
  return *text == '\0' && value > 0;
}

// readdir would allocate.
void ask_other_threads() {
  struct Entry {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[1];
  };
  const int directory = ::open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  const pid_t me = this_thread();
  for (;;) {
    const long got = ::syscall(SYS_getdents64, directory, directory_bytes, sizeof directory_bytes);
    if (got <= 0) break;
    for (long at = 0; at < got;) {
      const auto* entry = reinterpret_cast<const Entry*>(directory_bytes + at);
      at += entry->length;
      pid_t thread = 0;
      const uint32_t index = slots_used.load();
      if (!number_of(entry->name, &thread) || thread == me || index == kMostThreads) continue;
      slots[index].done.store(false);
      slots[index].stack.count = 0;
      slots[index].thread.store(thread);
      slots_used.store(index + 1);
      ask(thread);
    }
  }
  ::close(directory);
}

bool all_answered() {
  const uint32_t used = slots_used.load();
  for (uint32_t index = 0; index < used; ++index) {
    if (!slots[index].done.load()) return false;
  }
  return true;
}

char* digits_of(uint64_t number, char* end) {
  do {
    *--end = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  return end;
}

void print_stacks() {
  char digits[24];
  char* const end = digits + sizeof digits;
  const char* const first = digits_of(limit_ms / 1000, end);
  announce("\nalibi: ");
  announce_running();
  announce(" has been running for ");
  announce({first, static_cast<size_t>(end - first)});
  announce(" s; all threads:\n");
  announce(last_interpreter_stacks());
  announce("alibi: with native stacks, once the session has been stored: alibi show ");
  announce_running();
  announce("\n");
}

const NativeStack no_stack{};

void write_hang(void*) {
  uint32_t count = 0;
  for (; count < slots_used.load(); ++count) {
    const Slot& slot = slots[count];
    // A thread that has not answered in time may be writing its stack right now.
    const bool is_whole = count == 0 || slot.done.load();
    stacks[count] = {static_cast<uint32_t>(slot.thread.load()), count == 0,
                     is_whole ? &slot.stack : &no_stack};
  }
  const Cause cause{ReportKind::kHang, hang_signal, 0, 0, limit_ms};
  if (write_report(cause, stacks, count)) print_stacks();
}

void report_hang(const void* context) {
  if (running_kind() != RunningKind::kTest || !is_prepared_process() || !Turn::take(Turn::Patience::kNone))
    return;
  slots[0].thread.store(this_thread());
  slots[0].done.store(false);
  slots_used.store(1);
  round.fetch_add(1);
  open_round.store(true);
  walk(&slots[0], context);
  ask_other_threads();
  for (int step = 0; step < kAnswerSteps && !all_answered(); ++step) pause_briefly();
  if (!survives(&write_hang, nullptr)) abandon_report();
  open_round.store(false);
  Turn::give_back();
}

void on_hang(int, siginfo_t* info, void* context) {
  const int error_before = errno;
  if (info->si_code == SI_TIMER)
    report_hang(context);
  else if (info->si_code == SI_QUEUE && info->si_pid == ::getpid())
    answer(info->si_value.sival_int, context);
  errno = error_before;
}

// From the top, where neither glibc nor programs begin.
int free_signal() {
  for (int signal = SIGRTMAX - 2; signal > SIGRTMIN; --signal) {
    struct sigaction now {};
    if (::sigaction(signal, nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) == 0 &&
        now.sa_handler == SIG_DFL)
      return signal;
  }
  return 0;
}

void set_timer(uint64_t milliseconds) {
  struct itimerspec when {};
  when.it_value.tv_sec = static_cast<time_t>(milliseconds / 1000);
  when.it_value.tv_nsec = static_cast<long>(milliseconds % 1000) * 1'000'000;
  ::timer_settime(timer, 0, &when, nullptr);
}

}  // namespace

bool start_hang_timer(uint64_t milliseconds) {
  if (running) stop_hang_timer();
  hang_signal = free_signal();
  if (milliseconds == 0 || hang_signal == 0) return false;
  struct sigaction ours {};
  ours.sa_sigaction = &on_hang;
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  ::sigemptyset(&ours.sa_mask);
  struct sigevent event {};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = hang_signal;
  if (::sigaction(hang_signal, &ours, &previous) != 0) return false;
  if (::timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) {
    ::sigaction(hang_signal, &previous, nullptr);
    return false;
  }
  set_other_escape(&escape_from_walk);
  limit_ms = milliseconds;
  running = true;
  return true;
}

void arm_hang_timer() {
  if (running) set_timer(limit_ms);
}

void disarm_hang_timer() {
  if (running) set_timer(0);
}

void stop_hang_timer() {
  if (!running) return;
  running = false;
  ::timer_delete(timer);
  struct sigaction nothing {};
  nothing.sa_handler = SIG_IGN;  // drops what is pending
  ::sigaction(hang_signal, &nothing, nullptr);
  ::sigaction(hang_signal, &previous, nullptr);
}

}  // namespace alibi::crash
