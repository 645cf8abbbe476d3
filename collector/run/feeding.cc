// RunLoop: where units come from and how processes get them.
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "collector/run/run_loop.h"
#include "collector/run/worker_environment.h"

namespace alibi::run {
namespace {

constexpr int kTerminalStreams[] = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};

// Who is in its background and writes to it is stopped (`stty tostop`).
bool stops_writers(int fd) {
  struct termios settings {};
  return ::tcgetattr(fd, &settings) == 0 && (settings.c_lflag & TOSTOP) != 0;
}

}  // namespace

bool RunLoop::can_feed(const Slot& slot, int64_t now) const {
  return !stopping_ && !slot.process && !slot.over && slot.takes_part() && now >= slot.wait_until_ms;
}

uint64_t RunLoop::budget() const {
  // One unit a process, so that the time limit is each file's and a retry's result its own.
  if (request_.file_timeout_ms != 0 || round_.alone) return 0;
  return batch_budget_ms(round_.source->left_ms(), round_.claimers, request_.boot_ms);
}

bool RunLoop::claim(Slot* slot, uint64_t budget_ms, std::vector<size_t>* units) {
  Claim claim = round_.source->claim(slot->index, budget_ms);
  if (claim.units.empty()) {
    if (claim.none_left)
      slot->over = true;
    else
      slot->wait_until_ms = steady_ms() + static_cast<int64_t>(std::max<uint64_t>(claim.wait_ms, 10));
    return false;
  }
  for (const size_t unit : claim.units) ledger_.claimed(original(unit), slot->index);
  *units = std::move(claim.units);
  return true;
}

void RunLoop::feed(Slot* slot) {
  std::vector<size_t> units;
  if (!claim(slot, persistent_ ? 0 : budget(), &units)) return;
  if (persistent_ && start_persistent(slot, units)) return;
  start_batch(slot, std::move(units));
}

std::string RunLoop::next_report(Slot* slot) {
  if (request_.junit.empty() || !framework_->abilities().junit) return "";
  return request_.scratch + "/junit-" + std::to_string(slot->index) + "-" + std::to_string(slot->reports++) +
         ".xml";
}

bool RunLoop::start_persistent(Slot* slot, std::vector<size_t> units) {
  Occupation occupation;
  occupation.persistent = true;
  occupation.junit = next_report(slot);
  occupation.claimed.assign(units.begin(), units.end());
  Result<std::optional<framework::Launch>> launch = framework_->persistent_launch(
      round_.source->units(), occupation.junit,
      std::to_string(request_.node) + "-" + std::to_string(slot->index) + "-" + std::to_string(processes_));
  if (launch && !launch.value()) {
    persistent_ = false;
    return false;
  }
  const Result<void> started =
      launch ? start_process(slot, **launch, std::move(occupation)) : Result<void>(launch.error());
  if (started) return true;
  persistent_ = false;
  problem("no persistent workers, processes of several files instead: " + started.error().message);
  return false;
}

void RunLoop::start_batch(Slot* slot, std::vector<size_t> units) {
  std::vector<plan::Unit> batch;
  for (const size_t unit : units) batch.push_back(round_.source->units()[unit]);
  slot->now = Occupation{};
  slot->now.batch = std::move(units);
  slot->now.junit = next_report(slot);
  slot->batch_fate = ProcessFate::kPassed;
  slot->batch_started = false;
  slot->batch_began_ms = steady_ms();
  Result<std::vector<framework::Launch>> launches = framework_->launches(
      batch, slot->now.junit,
      std::to_string(request_.node) + "-" + std::to_string(slot->index) + "-" + std::to_string(processes_));
  if (!launches || launches->empty()) {
    broken_ = true;
    problem("not run: " + batch.front().file + " and " + std::to_string(batch.size() - 1) +
            " more: " + (launches ? "there is no command for them" : launches.error().message));
    if (!launches && !first_error_) first_error_ = launches.error();
    for (const size_t unit : slot->now.batch) {
      ledger_.result({original(unit), slot->index, UnitEnd::kNotRun, 0, true, {}});
      round_.source->end(unit, UnitEnd::kNotRun, 0);
    }
    slot->now = Occupation{};
    return;
  }
  slot->launches.assign(launches->begin(), launches->end());
  start_next_launch(slot);
}

void RunLoop::start_next_launch(Slot* slot) {
  const framework::Launch launch = std::move(slot->launches.front());
  slot->launches.pop_front();
  const std::vector<size_t> units = slot->now.batch;
  const bool first = !slot->batch_started;
  const Result<void> started = start_process(slot, launch, std::move(slot->now));
  if (started) {
    slot->batch_started = true;
    return;
  }
  if (started.error().os_error == E2BIG && first && units.size() > 1) {
    const auto half = units.begin() + static_cast<ptrdiff_t>(units.size() / 2);
    slot->launches.clear();
    give_back({half, units.end()});
    return start_batch(slot, {units.begin(), half});
  }
  // Others may have room where this one has none (processes, memory); when nobody has, the units stay undone.
  slot->unable = true;
  leave_to_others(*slot);
  slot->launches.clear();
  slot->now = Occupation{};
  if (!first_error_) first_error_ = started.error();
  problem(name_of(*slot) + " takes no part: " + started.error().message);
  if (first)
    give_back(units);
  else
    batch_is_over(slot, units, UnitEnd::kFailed);
}

// A single worker with a terminal is its foreground, so that debuggers and Ctrl-C work as without us.
// Only with all three streams: other programs of a pipeline read the same terminal (`| less`) and are stopped
// when it is not theirs.
int terminal_for_worker() {
  struct stat first {};
  for (const int fd : kTerminalStreams) {
    struct stat about {};
    if (::isatty(fd) != 1 || ::tcgetpgrp(fd) != ::getpgrp() || ::fstat(fd, &about) != 0) return -1;
    if (fd == kTerminalStreams[0]) first = about;
    if (about.st_rdev != first.st_rdev) return -1;
  }
  return kTerminalStreams[0];
}

Result<void> RunLoop::start_process(Slot* slot, const framework::Launch& launch, Occupation occupation) {
  WorkerStart start;
  start.command = launch.command;
  start.directory = launch.directory.empty() ? request_.directory : launch.directory;
  start.environment = worker_environment(request_, launch, slot->index);
  start.has_channel = occupation.persistent;
  if (start.has_channel) start.environment["ALIBI_WORKER_SOCKET"] = "3";
  start.inherits_streams =
      request_.style == OutputStyle::kPlain && slots_.size() == 1 && request_.logs.empty();
  if (start.inherits_streams) start.terminal = terminal_for_worker();
  if (start.terminal < 0 && (stops_writers(STDOUT_FILENO) || stops_writers(STDERR_FILENO)))
    start.inherits_streams = false;
  // A terminal that is not its own would stop it when it reads.
  start.inherits_input = start.inherits_streams && (start.terminal >= 0 || ::isatty(STDIN_FILENO) != 1);
  start.signals = signals_.before();
  start.guard = guard_.fd();
  const int64_t began = steady_ms();
  Result<WorkerProcess> process = WorkerProcess::start(start);
  if (!process) return std::move(process).error();
  slot->process.emplace(std::move(*process));
  slot->now = std::move(occupation);
  slot->now.files = launch.files;
  slot->now.mark = launch.mark;
  if (!launch.junit.empty()) slot->now.junit = launch.junit;
  slot->now.foreground = start.terminal >= 0;
  slot->now.started_ms = began;
  if (request_.file_timeout_ms != 0) {
    const auto limit = static_cast<int64_t>(request_.file_timeout_ms);
    slot->now.limit_ms =
        began + (slot->now.persistent ? limit + static_cast<int64_t>(request_.between_files_ms)
                                      : limit * static_cast<int64_t>(slot->now.batch.size()) +
                                            static_cast<int64_t>(request_.boot_ms));
  }
  ++slot->run.processes;
  ++processes_;
  if (!slot->now.persistent && slot->run.boot_ms == 0)
    slot->run.boot_ms = static_cast<uint64_t>(steady_ms() - began);
  return {};
}

void RunLoop::read_channel(Slot* slot) {
  if (!slot->process || !slot->process->channel().valid()) return;
  std::string bytes(64u << 10, '\0');
  const ssize_t count = ::recv(slot->process->channel().fd(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    slot->process->channel() = UniqueFd();  // it has ended, or will
    return;
  }
  bytes.resize(static_cast<size_t>(count));
  for (const DriverMessage& message : slot->now.channel.read(bytes)) act_on(slot, message);
  if (!slot->now.channel.broken()) return;
  slot->process->channel() = UniqueFd();
  problem(name_of(*slot) + " is ended, its driver said what means nothing: " + *slot->now.channel.broken());
  end_process(slot, EndedFor::kNonsense, SIGTERM);
}

void RunLoop::act_on(Slot* slot, const DriverMessage& message) {
  Occupation& now = slot->now;
  const int64_t at = steady_ms(), limit = static_cast<int64_t>(request_.file_timeout_ms);
  if (limit != 0) now.limit_ms = at + limit + static_cast<int64_t>(request_.between_files_ms);
  if (now.channel.running() && limit != 0 && message.says != DriverSays::kBegin)
    now.limit_ms = now.unit_began_ms + limit;
  switch (message.says) {
    case DriverSays::kReady:
      break;
    case DriverSays::kNext:
      if (!now.asked_once && slot->run.boot_ms == 0) {
        slot->run.boot_ms = static_cast<uint64_t>(at - now.started_ms);
        slot->run.boot_is_whole = true;
      }
      now.asked_once = true;
      answer(slot);
      break;
    case DriverSays::kNextEarly:
      answer(slot);
      break;
    case DriverSays::kBegin:
      now.began_any = true;
      now.begun.push_back(message.unit);
      now.unit_began_ms = at;
      if (limit != 0) now.limit_ms = at + limit;
      if (stopping_) end_process(slot, EndedFor::kRunEnds, signal_ != 0 ? signal_ : SIGINT);
      break;
    case DriverSays::kDone:
      unit_is_done(slot, message, static_cast<uint64_t>(at - now.unit_began_ms));
      break;
    case DriverSays::kStop:
      if (now.ended_for != EndedFor::kNothing) break;  // that was us
      slot->retired = true;
      leave_to_others(*slot);
      problem(name_of(*slot) + " takes no more: " + message.text);
      break;
    case DriverSays::kFailedOutside:
      now.failed_outside = true;
      break;
  }
}

void RunLoop::unit_is_done(Slot* slot, const DriverMessage& message, uint64_t ours_ms) {
  Occupation& now = slot->now;
  read_output(slot, Stream::kOutput);
  read_output(slot, Stream::kErrors);
  UnitEnd how = message.failed ? UnitEnd::kFailed : UnitEnd::kPassed;
  if (now.ended_for == EndedFor::kTime) how = UnitEnd::kTimedOut;
  // Frameworks call what we interrupt failed: without a test that did it has no result.
  // A file that could not be read to its end (older pytest says so of an interruption) names itself alone.
  const std::vector<std::string>& failed = message.failed_selectors;
  const bool no_test_failed =
      failed.empty() || (failed.size() == 1 && failed.front() == round_.source->units()[message.unit].file);
  if (now.ended_for == EndedFor::kRunEnds && message.failed && no_test_failed) how = UnitEnd::kNotRun;
  if (message.tests == 0) how = without_tests(message.unit, how);
  if (how == UnitEnd::kFailed || how == UnitEnd::kTimedOut) now.failed.push_back(original(message.unit));
  const bool believable = message.wall_ms != 0 && message.wall_ms <= ours_ms + 1000;
  UnitResult result{
      message.unit, slot->index, how, believable ? message.wall_ms : ours_ms, true, message.failed_selectors};
  result.tests = message.tests;
  result.left_out = message.left_out;
  if (believable && message.loading_ms <= message.wall_ms) result.loading_ms = message.loading_ms;
  unit_is_over(slot, std::move(result));
}

void RunLoop::answer(Slot* slot) {
  Occupation& now = slot->now;
  if (!now.channel.is_asked() || now.channel.has_ended()) return;
  if (stopping_ || slot->retired) return send(slot, now.channel.end());
  if (now.claimed.empty()) {
    const bool early = now.channel.is_asked_early();
    std::vector<size_t> units;
    // Near the end nothing is promised to somebody who is not free: others may be sooner.
    if (early && round_.source->left_units() < slots_.size()) return send(slot, now.channel.later());
    if (!claim(slot, 0, &units)) return send(slot, early ? now.channel.later() : now.channel.end());
    now.claimed.assign(units.begin(), units.end());
  }
  const size_t unit = now.claimed.front();
  now.claimed.pop_front();
  send(slot, now.channel.give(unit, round_.source->units()[unit], round_.attempt));
}

void RunLoop::send(Slot* slot, const std::string& text) {
  slot->now.to_send += text;
  flush_channel(slot);
}

void RunLoop::flush_channel(Slot* slot) {
  std::string& text = slot->now.to_send;
  while (!text.empty() && slot->process && slot->process->channel().valid()) {
    const ssize_t count =
        ::send(slot->process->channel().fd(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (count < 0) break;
    text.erase(0, static_cast<size_t>(count));
  }
  text.clear();
}

}  // namespace alibi::run
