#include "tracer/crash/reporting.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "tracer/crash/loaded_modules.h"
#include "tracer/crash/report_writer.h"

namespace alibi::crash {
namespace {

constexpr std::string_view kShardSuffix = ".shard";
constexpr long kWaitStepNs = 5'000'000;
constexpr int kWaitSteps = 600;  // three seconds

struct Running {
  RunningKind kind;
  bool cut;
  uint32_t length;
  char name[kLongestName];
};

// A handler may read the current one while the next is filled; it comes around again four changes later.
constexpr uint32_t kRing = 4;

struct Prepared {
  char stem[kLongestPath];  // of the shard's path, without ".shard"
  size_t stem_length = 0;
  char shard[256];  // its file name
  size_t shard_length = 0;
  pid_t process = 0;
  DumpInterpreter dump = nullptr;
  int terminal = -1;
  struct stat terminal_status {};
  Running ring[kRing];
  std::atomic<uint32_t> current{0};
  std::atomic<int> reports{0};
};

Prepared prepared;
ReportWriter writer;
ModuleRecords modules;
size_t interpreter_length = 0;
char interpreter_stacks[kLongestPayload - 64];
std::atomic<pid_t> turn_of{0};
static_assert(std::atomic<pid_t>::is_always_lock_free && std::atomic<uint32_t>::is_always_lock_free);

pid_t this_thread() {
  return static_cast<pid_t>(::syscall(SYS_gettid));
}

const Running& running() {
  return prepared.ring[prepared.current.load(std::memory_order_acquire) % kRing];
}

char* put(char* at, const char* end, std::string_view text) {
  const size_t length = std::min(text.size(), static_cast<size_t>(end - at));
  std::memcpy(at, text.data(), length);
  return at + length;
}

char* put(char* at, const char* end, uint64_t number) {
  char digits[20];
  char* first = digits + sizeof digits;
  do {
    *--first = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  return put(at, end, {first, static_cast<size_t>(digits + sizeof digits - first)});
}

// STEM[-<pid of a forked child>][.<n>]SUFFIX
bool open_report(ReportKind kind) {
  char path[kLongestPath + 64];
  const char* const end = path + sizeof path - 1;
  for (uint64_t attempt = 1; attempt <= kMostReports; ++attempt) {
    char* at = put(path, end, {prepared.stem, prepared.stem_length});
    if (!is_prepared_process()) at = put(put(at, end, "-"), end, static_cast<uint64_t>(::getpid()));
    if (attempt != 1) at = put(put(at, end, "."), end, attempt);
    at = put(at, end, kind == ReportKind::kCrash ? kCrashSuffix : kHangSuffix);
    *at = '\0';
    if (writer.open(path, kind)) return true;
    if (errno != EEXIST) return false;
  }
  return false;
}

void write_head(const Cause& cause) {
  struct timespec now {};
  ::clock_gettime(CLOCK_REALTIME, &now);
  writer.begin(RecordType::kProcess);
  writer.u32(static_cast<uint32_t>(::getpid()));
  writer.u32(static_cast<uint32_t>(prepared.process));
  writer.u64(static_cast<uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<uint64_t>(now.tv_nsec));
  writer.text(prepared.shard, prepared.shard_length);
  writer.end();
  writer.begin(RecordType::kSignal);
  writer.u32(static_cast<uint32_t>(cause.signal));
  writer.u32(static_cast<uint32_t>(cause.code));
  writer.u64(cause.address);
  writer.u32(static_cast<uint32_t>(this_thread()));
  writer.u64(cause.after_ms);
  writer.end();
  const Running& now_running = running();
  writer.begin(RecordType::kRunning);
  writer.u8(static_cast<uint8_t>(now_running.kind));
  writer.u8(now_running.cut ? 1 : 0);
  writer.text(now_running.name, now_running.length);
  writer.end();
}

void write_stack(const StackOfThread& thread) {
  const NativeStack& stack = *thread.stack;
  writer.begin(RecordType::kNativeStack);
  writer.u32(thread.thread_id);
  writer.u8(thread.reporting ? 1 : 0);
  writer.u8(stack.cut ? 1 : 0);
  writer.u32(stack.signal_frame);
  writer.u32(stack.count);
  for (uint32_t index = 0; index < stack.count; ++index) writer.u64(stack.program_counters[index]);
  writer.end();
}

void write_note(std::string_view text) {
  writer.begin(RecordType::kNote);
  writer.text(text.data(), text.size());
  writer.end();
}

// Through a pipe that does not block, so that a dump without an end costs its end and nothing else.
bool fetch_interpreter_stacks() {
  interpreter_length = 0;
  int ends[2];
  if (prepared.dump == nullptr || ::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return false;
  prepared.dump(ends[1]);
  ::close(ends[1]);
  while (interpreter_length < sizeof interpreter_stacks) {
    const ssize_t got = ::read(ends[0], interpreter_stacks + interpreter_length,
                               sizeof interpreter_stacks - interpreter_length);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    interpreter_length += static_cast<size_t>(got);
  }
  ::close(ends[0]);
  return interpreter_length != 0;
}

}  // namespace

bool prepare_reports(std::string_view shard_path, DumpInterpreter dump) {
  if (!shard_path.ends_with(kShardSuffix)) return false;
  const std::string_view stem = shard_path.substr(0, shard_path.size() - kShardSuffix.size());
  const std::string_view name = shard_path.substr(shard_path.find_last_of('/') + 1);
  if (stem.size() > sizeof prepared.stem || name.size() > sizeof prepared.shard) return false;
  std::memcpy(prepared.stem, stem.data(), stem.size());
  prepared.stem_length = stem.size();
  std::memcpy(prepared.shard, name.data(), name.size());
  prepared.shard_length = name.size();
  prepared.process = ::getpid();
  prepared.dump = dump;
  prepared.terminal = -1;
  turn_of.store(0, std::memory_order_relaxed);
  set_running(RunningKind::kNothing, {});
  return true;
}

void announce_to(int descriptor) {
  prepared.terminal = ::fstat(descriptor, &prepared.terminal_status) == 0 ? descriptor : -1;
}

void set_running(RunningKind kind, std::string_view name) {
  const uint32_t next = prepared.current.load(std::memory_order_relaxed) + 1;
  Running& running = prepared.ring[next % kRing];
  running.kind = kind;
  running.cut = name.size() > sizeof running.name;
  running.length = static_cast<uint32_t>(std::min(name.size(), sizeof running.name));
  name.copy(running.name, running.length);  // of no name, no bytes are copied from nowhere
  prepared.current.store(next, std::memory_order_release);
}

bool is_prepared_process() {
  return prepared.process == ::getpid();
}

RunningKind running_kind() {
  return running().kind;
}

bool write_report(const Cause& cause, const StackOfThread* stacks, size_t count) {
  interpreter_length = 0;
  if (!open_report(cause.kind)) return false;
  write_head(cause);
  modules.clear();
  for (size_t index = 0; index < count; ++index) {
    write_stack(stacks[index]);
    modules.add(stacks[index].stack->program_counters, stacks[index].stack->count);
  }
  if (!has_unwinder()) write_note("this build has no unwinder (libunwind): no native stacks");
  // Before the modules: their build ids are the part that can best be missed.
  if (fetch_interpreter_stacks()) {
    writer.begin(RecordType::kPythonStack);
    writer.u8(interpreter_length == sizeof interpreter_stacks ? 1 : 0);
    writer.text(interpreter_stacks, interpreter_length);
    writer.end();
  } else {
    write_note("the interpreter's stack could not be written");
  }
  modules.write(&writer);
  writer.close();
  return true;
}

std::string_view last_interpreter_stacks() {
  return {interpreter_stacks, interpreter_length};
}

void abandon_report() {
  if (!writer.is_open()) return;
  write_note("writing the report failed: the process was too damaged");
  writer.close();
}

void announce(std::string_view text) {
  // Whoever closes all descriptors of a process may have put a file of its own in this place.
  struct stat status {};
  if (prepared.terminal < 0 || ::fstat(prepared.terminal, &status) != 0 ||
      status.st_dev != prepared.terminal_status.st_dev || status.st_ino != prepared.terminal_status.st_ino)
    return;
  char clean[1024];
  while (!text.empty()) {
    const size_t length = std::min(text.size(), sizeof clean);
    for (size_t index = 0; index < length; ++index) {
      const auto c = static_cast<unsigned char>(text[index]);
      clean[index] = (c < 0x20 && c != '\n') || c == 0x7f ? '?' : text[index];
    }
    write_all(prepared.terminal, clean, length);
    text.remove_prefix(length);
  }
}

void announce_running() {
  const Running& now = running();
  for (size_t at = 0; at < now.length;) {  // a line break in a name would end the line
    const void* found = std::memchr(now.name + at, '\n', now.length - at);
    const size_t end =
        found == nullptr ? now.length : static_cast<size_t>(static_cast<const char*>(found) - now.name);
    announce({now.name + at, end - at});
    if (found != nullptr) announce("?");
    at = end + (found == nullptr ? 0 : 1);
  }
}

bool Turn::take(Patience patience) {
  const pid_t me = this_thread();
  for (int step = 0;; ++step) {
    pid_t holder = 0;
    if (turn_of.compare_exchange_strong(holder, me)) return true;
    if (holder == me || patience == Patience::kNone || step == kWaitSteps) return false;
    const struct timespec pause { 0, kWaitStepNs };
    ::nanosleep(&pause, nullptr);
  }
}

void Turn::give_back() {
  turn_of.store(0);
}

bool Turn::is_mine() {
  return turn_of.load() == this_thread();
}

}  // namespace alibi::crash
