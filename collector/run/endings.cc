// RunLoop: how processes end and what that says about their units.
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <fstream>
#include <iterator>

#include "collector/run/run_loop.h"

namespace alibi::run {
namespace {

// How long the outputs of an ended worker are read while somebody who left its group still holds them.
constexpr int64_t kReadOnMs = 300;

std::string seconds_text(uint64_t ms) {
  return std::to_string(ms / 1000) + "." + std::to_string(ms % 1000 / 100) + " s";
}

std::string how_it_ended(const WorkerEnd& end) {
  return end.signal != 0 ? "was killed by signal " + std::to_string(end.signal)
                         : "ended with status " + std::to_string(end.status);
}

const char* word_for(UnitEnd how) {
  switch (how) {
    case UnitEnd::kPassed:
      return "passed";
    case UnitEnd::kFailed:
      return "failed";
    case UnitEnd::kCrashed:
      return "crashed";
    case UnitEnd::kTimedOut:
      return "timed out";
    case UnitEnd::kNotRun:
      break;
  }
  return "not run";
}

std::string files_text(const std::vector<size_t>& which, const std::vector<plan::Unit>& units) {
  constexpr size_t kNamed = 5;
  std::string text;
  for (size_t i = 0; i < std::min(which.size(), kNamed); ++i)
    text += (i > 0 ? ", " : "") + units[which[i]].file;
  return which.size() > kNamed ? text + " and " + std::to_string(which.size() - kNamed) + " more" : text;
}

// A report that is written test by test ends in the middle where its process did. Read leniently: what the
// framework's own reporter writes is judged where reports are merged.
bool has_an_end(const std::string& report) {
  constexpr std::streamoff kEnd = 4096;
  std::ifstream file(report, std::ios::binary | std::ios::ate);
  const std::streamoff size = file.tellg();
  file.seekg(std::max<std::streamoff>(size - kEnd, 0));
  std::string end{std::istreambuf_iterator<char>(file), {}};
  end.erase(end.find_last_not_of(" \t\r\n") + 1);
  const bool is_one_tag = size <= kEnd && end.ends_with("/>") && end.rfind('<') == end.find("<testsuite");
  return is_one_tag || std::ranges::any_of(std::array{"</testsuites>", "</testsuite>", "-->"},
                                           [&](const char* last) { return end.ends_with(last); });
}

UnitEnd unit_end_of(ProcessFate fate) {
  switch (fate) {
    case ProcessFate::kPassed:
    case ProcessFate::kNoTests:
      return UnitEnd::kPassed;
    case ProcessFate::kTimedOut:
      return UnitEnd::kTimedOut;
    case ProcessFate::kKilled:
      return UnitEnd::kCrashed;
    case ProcessFate::kFailed:
    case ProcessFate::kInterrupted:
    case ProcessFate::kBroken:
      break;
  }
  return UnitEnd::kFailed;
}

}  // namespace

std::string RunLoop::name_of(const Slot& slot) const {
  return "worker " + std::to_string(slot.index);
}

std::string RunLoop::names_of(const std::vector<size_t>& units) const {
  constexpr size_t kMost = 20;
  std::string names;
  for (size_t i = 0; i < std::min(units.size(), kMost); ++i)
    names += (i == 0 ? "" : ", ") + round_.source->units()[units[i]].file;
  return units.size() <= kMost ? names : names + " and " + std::to_string(units.size() - kMost) + " more";
}

void RunLoop::end_process(Slot* slot, EndedFor why, int first_signal) {
  if (!slot->process || slot->now.end) return;
  if (slot->now.ended_for == EndedFor::kNothing) slot->now.ended_for = why;
  slot->now.escalation.begin(first_signal, steady_ms(), request_.grace_ms);
  while (const std::optional<int> signal = slot->now.escalation.due(steady_ms()))
    slot->process->signal_group(*signal);
}

void RunLoop::read_output(Slot* slot, Stream stream) {
  if (!slot->process) return;
  UniqueFd& fd = stream == Stream::kOutput ? slot->process->output() : slot->process->errors();
  std::string bytes(64u << 10, '\0');
  for (int turn = 0; turn < 4 && fd.valid(); ++turn) {
    const ssize_t count = ::read(fd.fd(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0)
      fd = UniqueFd();
    else
      slot->output.take(stream, std::string_view(bytes).substr(0, static_cast<size_t>(count)), steady_ms());
  }
}

void RunLoop::look_for_end(Slot* slot, int64_t now) {
  if (!slot->process) return;
  if (!slot->now.end) {
    if (!children_changed_) return;
    if (slot->now.foreground && slot->process->was_stopped()) return pause();
    slot->now.end = slot->process->ended();
    if (!slot->now.end) return;
    slot->now.read_until_ms = now + kReadOnMs;
  }
  read_output(slot, Stream::kOutput);
  read_output(slot, Stream::kErrors);
  read_channel(slot);
  const bool open =
      slot->process->output().valid() || slot->process->errors().valid() || slot->process->channel().valid();
  if (!open || now >= slot->now.read_until_ms) process_is_over(slot);
}

void RunLoop::take_terminal_back() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::isatty(fd) == 1 && ::tcsetpgrp(fd, ::getpgrp()) == 0) return;
  }
}

void RunLoop::process_is_over(Slot* slot) {
  const Occupation was = std::exchange(slot->now, Occupation{});
  const WorkerEnd end = *was.end;
  slot->process.reset();
  if (was.foreground) {
    take_terminal_back();
    // Ctrl-C went to it alone: it says so by how it ended.
    if (end.signal != 0 && ends_the_run(end.signal)) signal_ = end.signal;
    if (signal_ != 0 || framework_->ending(end.status) == framework::Ending::kInterrupted) stopping_ = true;
  }
  slot->output.flush();
  for (const std::string& file : was.files) (void)::unlink(file.c_str());
  slot->ended_ms = steady_ms();
  slot->run.busy_ms += static_cast<uint64_t>(slot->ended_ms - was.started_ms);
  const bool reported = keep_report(slot, was);
  // Whoever found nothing to claim looks again: this may have been the last, or has left something.
  for (const std::unique_ptr<Slot>& other : slots_) other->wait_until_ms = 0;
  if (was.persistent)
    persistent_is_over(slot, was, end);
  else
    launch_is_over(slot, was, end, reported);
}

void RunLoop::fall_back(Slot* slot, const std::string& why) {
  if (persistent_)
    problem(name_of(*slot) + " " + why + "; processes of several files are used instead of persistent ones");
  persistent_ = false;
}

void RunLoop::persistent_is_over(Slot* slot, const Occupation& was, const WorkerEnd& end) {
  ProcessEnd record{slot->index, ProcessFate::kPassed, end.status, was.failed};
  const std::optional<size_t> running = was.channel.running();
  const bool by_us = was.ended_for == EndedFor::kRunEnds;
  record.failed_outside = was.failed_outside;
  record.fate = end.signal != 0 ? ProcessFate::kKilled : fate_of(framework_->ending(end.status));
  if (was.ended_for == EndedFor::kTime) {
    record.fate = ProcessFate::kTimedOut;
    record.status = Ledger::kTimeoutStatus;
  } else if (was.ended_for == EndedFor::kNonsense) {
    record.fate = ProcessFate::kBroken;
    if (end.signal != 0 || end.status == 0) record.status = 1;
  } else if (running && !by_us && end.signal == 0) {
    record.fate = ProcessFate::kKilled;  // it left in the middle: what it says about itself is no result
    if (end.status == 0) record.status = 1;
  }
  if (!running && record.fate > ProcessFate::kFailed) record.failed_outside = true;
  std::vector<size_t> rest = was.channel.promised();
  rest.insert(rest.end(), was.claimed.begin(), was.claimed.end());
  if (running) {
    const plan::Unit& unit = round_.source->units()[*running];
    const bool interrupted = by_us || (was.foreground && stopping_);
    const UnitEnd how = interrupted                        ? UnitEnd::kNotRun
                        : was.ended_for == EndedFor::kTime ? UnitEnd::kTimedOut
                                                           : UnitEnd::kCrashed;
    if (!interrupted) record.blamed.push_back(original(*running));
    if (how == UnitEnd::kCrashed) problem(name_of(*slot) + " " + how_it_ended(end) + " in " + unit.file);
    const auto wall = static_cast<uint64_t>(steady_ms() - was.unit_began_ms);
    unit_is_over(slot, {*running, slot->index, how, wall, true, {}});
  }
  give_back(rest);
  slot->output.close_group(
      {name_of(*slot) + ", end", ++groups_, record.status != 0, ::time(nullptr) - 1, ::time(nullptr)});
  if (by_us) return;
  // What it was to run is run all the same; only a retired one would have said why it ends.
  const bool idle_death = !was.began_any && !was.channel.has_ended() && !slot->retired;
  if (!was.channel.is_ready() || idle_death)
    return fall_back(slot, how_it_ended(end) +
                               (was.channel.is_ready() ? " before it ran anything" : " before it was ready"));
  if (!running && record.fate == ProcessFate::kKilled)
    problem(name_of(*slot) + " " + how_it_ended(end) + " outside of any file");
  ledger_.process_ended(record);
}

// A batch says nothing on its way: a process that a test ends with status 0 looks like one that ran
// everything.
bool RunLoop::came_to_its_end(const Occupation& was, bool reported) const {
  struct stat about {};
  if (!was.mark.empty() && ::stat(was.mark.c_str(), &about) == 0) return false;
  return reported || was.junit.empty() || !framework_->abilities().junit;
}

void RunLoop::launch_is_over(Slot* slot, const Occupation& was, const WorkerEnd& end, bool reported) {
  ProcessEnd record{slot->index, ProcessFate::kPassed, end.status, {}};
  record.fate = end.signal != 0 ? ProcessFate::kKilled : fate_of(framework_->ending(end.status));
  if (was.ended_for == EndedFor::kTime) {
    record.fate = ProcessFate::kTimedOut;
    record.status = Ledger::kTimeoutStatus;
  }
  const std::string first = round_.source->units()[was.batch.front()].file;
  const std::string what =
      was.batch.size() == 1 ? first : first + " and " + std::to_string(was.batch.size() - 1) + " more";
  // Whoever was told to stop and says "passed" or "failed" may have left out any of its files.
  const bool interrupted = was.ended_for == EndedFor::kRunEnds ||
                           (was.foreground && stopping_ && record.fate > ProcessFate::kFailed);
  if (!interrupted && record.fate == ProcessFate::kPassed && !came_to_its_end(was, reported)) {
    record.fate = ProcessFate::kFailed;
    record.status = 1;
    problem(name_of(*slot) +
            " ended with 0 without a report or a sign that its run came to an end (exit(0) in a test, or "
            "nothing was run); these count as failed: " +
            names_of(was.batch));
  }
  if (!was.mark.empty()) (void)::unlink(was.mark.c_str());
  if (!interrupted) {
    if (record.fate > ProcessFate::kNoTests) {
      for (const size_t unit : was.batch) record.blamed.push_back(original(unit));
    }
    ledger_.process_ended(record);
    if (record.fate == ProcessFate::kKilled)
      problem(name_of(*slot) + " " + how_it_ended(end) + " in " + what);
  } else if (was.foreground && signal_ == 0) {
    ledger_.process_ended(record);  // interrupted by itself, with a status of its own
  }
  slot->batch_fate = std::max(slot->batch_fate, record.fate);
  const bool goes_on = !slot->launches.empty() && !stopping_ && was.ended_for == EndedFor::kNothing;
  if (goes_on) {
    slot->now.batch = was.batch;
    slot->now.junit = was.junit;
    return start_next_launch(slot);
  }
  const bool cut = interrupted || (!slot->launches.empty() && slot->batch_fate < ProcessFate::kFailed);
  slot->launches.clear();
  batch_is_over(slot, was.batch, cut ? UnitEnd::kNotRun : unit_end_of(slot->batch_fate));
}

void RunLoop::batch_is_over(Slot* slot, const std::vector<size_t>& units, UnitEnd how) {
  const auto wall = static_cast<uint64_t>(steady_ms() - slot->batch_began_ms);
  const std::vector<plan::Unit>& all = round_.source->units();
  uint64_t weights = 0;
  for (const size_t unit : units) weights += std::max<uint64_t>(all[unit].weight_ms, 1);
  const std::string title = all[units.front()].file +
                            (units.size() == 1 ? "" : " and " + std::to_string(units.size() - 1) + " more");
  const int64_t now_s = ::time(nullptr);
  slot->output.close_group(
      {name_of(*slot) + ": " + title + " (" + word_for(how) + ", " + seconds_text(wall) + ")", ++groups_,
       how != UnitEnd::kPassed, now_s - static_cast<int64_t>(wall / 1000), now_s});
  const bool none = slot->batch_fate == ProcessFate::kNoTests;
  for (const size_t unit : units) {
    const double part =
        static_cast<double>(std::max<uint64_t>(all[unit].weight_ms, 1)) / static_cast<double>(weights);
    const auto share = static_cast<uint64_t>(part * static_cast<double>(wall));
    unit_is_over(slot,
                 {unit, slot->index, none ? without_tests(unit, how) : how, share, units.size() == 1, {}});
  }
}

void RunLoop::unit_is_over(Slot* slot, UnitResult result) {
  const size_t unit = result.unit;
  const UnitEnd how = result.end;
  const uint64_t wall_ms = result.wall_ms;
  const std::string& file = round_.source->units()[unit].file;
  result.unit = original(unit);
  ledger_.result(std::move(result));
  if (slot->process) {
    const int64_t now_s = ::time(nullptr);
    slot->output.close_group(
        {name_of(*slot) + ": " + file + " (" + word_for(how) + ", " + seconds_text(wall_ms) + ")", ++groups_,
         how != UnitEnd::kPassed, now_s - static_cast<int64_t>(wall_ms / 1000), now_s});
  }
  if (how == UnitEnd::kNotRun) return round_.source->give_back({unit});
  round_.source->end(unit, how, wall_ms);
  if (how == UnitEnd::kTimedOut)
    problem(file + " was ended: it took more than " + seconds_text(request_.file_timeout_ms));
  if (how == UnitEnd::kPassed || !request_.fail_fast || stopping_) return;
  stopping_ = true;
  for (const std::unique_ptr<Slot>& other : slots_) {
    if (other.get() == slot || !other->process) continue;
    // One that has been told to finish, or asks next, ends by itself.
    const bool ends = other->now.persistent && other->now.channel.is_ready() && !other->now.channel.running();
    if (!ends) end_process(other.get(), EndedFor::kRunEnds, SIGINT);
  }
}

void RunLoop::give_back(const std::vector<size_t>& units) {
  if (units.empty()) return;
  for (const size_t unit : units) ledger_.given_back(original(unit));
  round_.source->give_back(units);
  look_again();
}

void RunLoop::leave_to_others(const Slot& slot) {
  round_.source->retire(slot.index);
  look_again();
}

void RunLoop::look_again() {
  for (const std::unique_ptr<Slot>& slot : slots_) {
    slot->wait_until_ms = 0;
    slot->over = false;
  }
}

// A selection that finds nothing (a name that the framework made up, a test that hides) proves nothing.
UnitEnd RunLoop::without_tests(size_t unit, UnitEnd how) {
  const plan::Unit& what = round_.source->units()[unit];
  if (how != UnitEnd::kPassed || round_.attempt == 1 || what.selectors.empty()) return how;
  problem(what.file + " stays failed: its retry ran no test; " + what.selectors.front() + " selects none");
  return UnitEnd::kFailed;
}

// Whether there is one that came to its end. RSpec and Cucumber make an empty one when they start; drivers of
// ours write test by test.
bool RunLoop::keep_report(Slot* slot, const Occupation& was) {
  if (was.junit.empty()) return false;
  const std::vector<size_t>& ran = was.persistent ? was.begun : was.batch;
  const std::string whose =
      name_of(*slot) + (ran.empty() ? "" : " (" + files_text(ran, round_.source->units()) + ")");
  struct stat about {};
  if (::stat(was.junit.c_str(), &about) != 0 || about.st_size == 0) {
    (void)::unlink(was.junit.c_str());
    if (was.ended_for == EndedFor::kNothing || was.end->signal != 0)
      problem("a process of " + whose + " left no JUnit report: what it ran is not in the merged one");
    return false;
  }
  // The next launch of the batch writes its own under the same name.
  const std::string kept = was.junit + "." + std::to_string(reports_.size());
  const auto number = static_cast<uint32_t>(reports_.size());
  reports_.push_back({round_.attempt, slot->index, number,
                      ::rename(was.junit.c_str(), kept.c_str()) == 0 ? kept : was.junit, whose});
  return has_an_end(reports_.back().path);
}

}  // namespace alibi::run
