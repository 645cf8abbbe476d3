#include "collector/run/run_loop.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "collector/run/junit_merge.h"

namespace alibi::run {
namespace {

constexpr int64_t kLongestWaitMs = 1000;  // sources want their tick

Progress::Where place_of_progress(const RunRequest& request) {
  if (request.style == OutputStyle::kPlain && request.workers == 1) return Progress::Where::kNowhere;
  if (request.terminal) return Progress::Where::kTerminal;
  return request.syntax == CiSyntax::kNone ? Progress::Where::kNowhere : Progress::Where::kLog;
}

uint64_t weight_of(const std::vector<plan::Unit>& units) {
  uint64_t weight = 0;
  for (const plan::Unit& unit : units) weight += unit.weight_ms;
  return weight;
}

bool is_utf8(const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const size_t length = lead < 0x80       ? 1
                          : lead >> 5 == 6  ? 2
                          : lead >> 4 == 14 ? 3
                          : lead >> 3 == 30 ? 4
                                            : 0;
    if (length == 0 || at + length > text.size()) return false;
    for (size_t i = 1; i < length; ++i) {
      if ((static_cast<unsigned char>(text[at + i]) & 0xc0) != 0x80) return false;
    }
    at += length;
  }
  return true;
}

size_t terminal_width() {
  struct winsize size {};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1U : 79;
}

}  // namespace

int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

RunLoop::RunLoop(const RunRequest& request, framework::Framework* framework, WorkSource* source,
                 const std::vector<std::vector<size_t>>& share)
    : request_(request),
      framework_(framework),
      source_(source),
      share_(share),
      guard_(request.grace_ms),
      printer_(STDOUT_FILENO, STDERR_FILENO, request.scratch),
      progress_(place_of_progress(request)),
      ledger_(source->units().size(), share, std::max(request.workers, 1U)),
      persistent_(request.persistent && framework->abilities().persistent),
      began_ms_(steady_ms()) {
  for (uint32_t worker = 0; worker < std::max(request.workers, 1U); ++worker) {
    slots_.push_back(std::make_unique<Slot>(request, worker, &printer_));
    slots_.back()->ended_ms = began_ms_;
  }
  // All nodes that claim from this source, as far as the plan says: it may be everybody's.
  std::vector<plan::Unit> ours;
  for (const std::vector<size_t>& list : share) {
    for (const size_t unit : list) {
      if (unit < source->units().size()) ours.push_back(source->units()[unit]);
    }
  }
  const uint64_t planned = std::max<uint64_t>(weight_of(ours), 1), all = weight_of(source->units());
  round_ = {source, {}, 1, std::max<uint64_t>(slots_.size(), slots_.size() * all / planned), false};
  const bool tellable = std::ranges::all_of(source->units(), [](const plan::Unit& unit) {
    return is_utf8(unit.file) && std::ranges::all_of(unit.selectors, is_utf8);
  });
  if (persistent_ && !tellable) {
    persistent_ = false;
    problem("no persistent workers: a file's name is no UTF-8");
  }
}

void RunLoop::problem(const std::string& text) {
  if (std::ranges::find(problems_, text) != problems_.end()) return;
  problems_.push_back(text);
  printer_.print(Stream::kErrors, "alibi: " + text + "\n");
}

Result<RunOutcome> RunLoop::run() {
  if (!request_.logs.empty()) (void)::mkdir(request_.logs.c_str(), 0777);
  for (const std::unique_ptr<Slot>& slot : slots_) {
    if (request_.logs.empty()) break;
    const std::string path = request_.logs + "/node-" + std::to_string(request_.node) + "-worker-" +
                             std::to_string(slot->index) + ".log";
    if (const std::optional<std::string> failure = slot->output.open_log(path)) problem(*failure);
  }
  run_round();
  // Asked now: later a queue may have units again that are another node's to run.
  const bool left = source_->left_units() > 0;
  while (prepare_retry()) run_round();
  printer_.draw_status({});

  RunOutcome outcome;
  outcome.workers.resize(slots_.size());
  int64_t last = began_ms_;
  for (const std::unique_ptr<Slot>& slot : slots_) last = std::max(last, slot->ended_ms);
  for (const std::unique_ptr<Slot>& slot : slots_) {
    outcome.workers[slot->index] = slot->run;
    outcome.workers[slot->index].idle_ms = static_cast<uint64_t>(last - slot->ended_ms);
  }
  ledger_.fill({stopping_ || left, signal_, broken_}, &outcome);
  merge_reports(&outcome);
  outcome.wall_ms = static_cast<uint64_t>(steady_ms() - began_ms_);
  outcome.problems = problems_;
  finish_printing();
  if (processes_ == 0 && first_error_) return *first_error_;
  return outcome;
}

// A report that cannot be written fails a run that passed: whoever reads it would miss tests.
void RunLoop::merge_reports(RunOutcome* outcome) {
  if (request_.junit.empty()) return;
  if (!framework_->abilities().junit)
    return problem("no JUnit report: " + std::string(framework_->name()) + " cannot write one here");
  JunitMerge merge{{}, {}, request_.junit, request_.scratch};
  std::ranges::sort(reports_);
  for (const Report& report : reports_) merge.reports.push_back({report.path, report.attempt, report.whose});
  for (const UnitRun& run : outcome->units) {
    const std::string by = "worker " + std::to_string(run.worker);
    if (run.end == UnitEnd::kCrashed)
      merge.missing.push_back({source_->units()[run.unit].file, "the process that ran it (" + by + ") died"});
    if (run.end == UnitEnd::kTimedOut)
      merge.missing.push_back({source_->units()[run.unit].file, "it was ended, it took too long"});
  }
  const Result<std::vector<std::string>> merged = merge_junit(merge);
  for (const Report& report : reports_) (void)::unlink(report.path.c_str());
  if (!merged) {
    if (outcome->exit_status == 0) outcome->exit_status = 1;
    return problem(merged.error().message);
  }
  for (const std::string& text : *merged) problem(text);
}

bool RunLoop::prepare_retry() {
  if (stopping_ || round_.attempt > request_.retry_failed) return false;
  const std::vector<size_t> failed = ledger_.failed_units();
  if (failed.empty()) return false;
  std::vector<plan::Unit> units;
  std::vector<std::vector<size_t>> share(slots_.size());
  for (size_t i = 0; i < failed.size(); ++i) {
    units.push_back(ledger_.to_retry(failed[i], source_->units()[failed[i]]));
    share[i % share.size()].push_back(i);
  }
  retry_ = std::make_unique<NodeShare>(std::move(units), share, Stealing{true});
  const bool few = failed.size() <= 4 * slots_.size();
  round_ = {retry_.get(), failed, round_.attempt + 1, slots_.size(), few};
  return true;
}

bool RunLoop::round_is_over() const {
  return std::ranges::all_of(slots_, [&](const std::unique_ptr<Slot>& slot) {
    return !slot->process && (slot->over || !slot->takes_part() || stopping_);
  });
}

void RunLoop::run_round() {
  for (const std::unique_ptr<Slot>& slot : slots_) {
    slot->over = slot->retired = false;
    slot->wait_until_ms = 0;
  }
  while (true) {
    const int64_t now = steady_ms();
    source_->tick(now);
    // SIGCHLD may have gone to a thread of a library that takes signals: its word is not all that counts.
    if (now - asked_children_ms_ >= kLongestWaitMs) children_changed_ = true;
    if (children_changed_) asked_children_ms_ = now;
    for (const std::string& notice : source_->notices()) problem(notice);
    for (const std::unique_ptr<Slot>& slot : slots_) look_for_end(slot.get(), now);
    children_changed_ = false;
    for (const std::unique_ptr<Slot>& slot : slots_) {
      watch_times(slot.get(), now);
      while (can_feed(*slot, now)) feed(slot.get());
    }
    if (round_is_over()) return;
    show_progress(now);
    wait();
  }
}

void RunLoop::watch_times(Slot* slot, int64_t now) {
  slot->output.flush_old(now);
  Occupation& occupation = slot->now;
  if (!slot->process || occupation.end) return;
  if (occupation.limit_ms && now >= *occupation.limit_ms) {
    occupation.limit_ms.reset();
    if (occupation.persistent && !occupation.channel.running())
      problem(name_of(*slot) + " was ended: it took too long " +
              (occupation.channel.is_ready() ? "between files" : "to start"));
    end_process(slot, EndedFor::kTime, SIGTERM);
  }
  while (const std::optional<int> signal = occupation.escalation.due(now))
    slot->process->signal_group(*signal);
}

int64_t RunLoop::wake_at(int64_t now) const {
  int64_t at = now + kLongestWaitMs;
  const auto sooner = [&at](std::optional<int64_t> other) {
    if (other) at = std::min(at, *other);
  };
  for (const std::unique_ptr<Slot>& slot : slots_) {
    sooner(slot->output.flush_at());
    if (!slot->process) {
      if (!slot->over && slot->takes_part() && !stopping_) sooner(slot->wait_until_ms);
      continue;
    }
    if (slot->now.end) {
      sooner(slot->now.read_until_ms);
      continue;
    }
    sooner(slot->now.limit_ms);
    sooner(slot->now.escalation.next_at());
  }
  if (progress_.where() == Progress::Where::kTerminal) sooner(progress_.next_at());
  return at;
}

void RunLoop::wait_for(Slot* slot, std::vector<pollfd>* fds, std::vector<Waited>* waited) {
  if (!slot->process) return;
  const auto add = [&](const UniqueFd& fd, Waited::What what, int16_t events) {
    if (!fd.valid()) return;
    fds->push_back({fd.fd(), events, 0});
    waited->push_back({slot, what});
  };
  add(slot->process->output(), Waited::What::kOutput, POLLIN);
  add(slot->process->errors(), Waited::What::kErrors, POLLIN);
  add(slot->process->channel(), Waited::What::kChannel,
      static_cast<int16_t>(slot->now.to_send.empty() ? POLLIN : POLLIN | POLLOUT));
}

void RunLoop::wait() {
  std::vector<pollfd> fds;
  std::vector<Waited> waited;
  fds.push_back({signals_.fd(), POLLIN, 0});
  waited.push_back({nullptr, Waited::What::kSignals});
  for (const Stream stream : {Stream::kOutput, Stream::kErrors}) {
    if (printer_.waiting_fd(stream) < 0) continue;
    fds.push_back({printer_.waiting_fd(stream), POLLOUT, 0});
    waited.push_back({nullptr, Waited::What::kPrinter});
  }
  for (const std::unique_ptr<Slot>& slot : slots_) wait_for(slot.get(), &fds, &waited);
  const int64_t now = steady_ms();
  const int64_t patience = std::max<int64_t>(wake_at(now) - now, 0);
  if (::poll(fds.data(), fds.size(), static_cast<int>(patience)) <= 0) return;
  for (size_t i = 0; i < fds.size(); ++i) {
    if (fds[i].revents == 0) continue;
    Slot* slot = waited[i].slot;
    switch (waited[i].what) {
      case Waited::What::kSignals:
        act_on_signals();
        break;
      case Waited::What::kPrinter:
        printer_.pump();
        break;
      case Waited::What::kOutput:
        read_output(slot, Stream::kOutput);
        break;
      case Waited::What::kErrors:
        read_output(slot, Stream::kErrors);
        break;
      case Waited::What::kChannel:
        flush_channel(slot);
        if ((fds[i].revents & ~POLLOUT) != 0) read_channel(slot);
        break;
    }
  }
}

void RunLoop::act_on_signals() {
  for (const int number : signals_.read()) {
    if (number == SIGCHLD)
      children_changed_ = true;
    else if (number == SIGTSTP)
      pause();
    else
      end_run(number);
  }
}

// The first signal goes on to every worker once; another means: faster.
void RunLoop::end_run(int number) {
  const bool again = signal_ != 0;
  if (!again) signal_ = number;
  stopping_ = true;
  for (const std::unique_ptr<Slot>& slot : slots_) {
    if (!slot->process || slot->now.end) continue;
    if (again) slot->now.escalation.hasten(steady_ms());
    end_process(slot.get(), EndedFor::kRunEnds, number);
  }
}

// Ctrl-Z: the workers stop with us and go on with us, and no time passes for them.
void RunLoop::pause() {
  printer_.draw_status({});
  const int64_t began = steady_ms();
  Slot* foreground = nullptr;
  for (const std::unique_ptr<Slot>& slot : slots_) {
    if (!slot->process) continue;
    slot->process->signal_group(SIGSTOP);
    if (slot->now.foreground) foreground = slot.get();
  }
  if (foreground != nullptr) take_terminal_back();
  (void)::kill(foreground != nullptr ? 0 : ::getpid(), SIGSTOP);
  const int64_t away = steady_ms() - began;
  for (const std::unique_ptr<Slot>& slot : slots_) {
    if (!slot->process) continue;
    if (slot->now.limit_ms) *slot->now.limit_ms += away;
    slot->now.unit_began_ms += away;
    slot->now.escalation.postpone(away);
    if (slot->now.foreground) {
      const int terminal = terminal_for_worker();
      if (terminal >= 0) (void)::tcsetpgrp(terminal, slot->process->pid());
    }
    slot->process->signal_group(SIGCONT);
  }
}

void RunLoop::show_progress(int64_t now) {
  if (!progress_.is_due(now)) return;
  ProgressFacts facts;
  facts.done = ledger_.done();
  facts.failed = ledger_.failed();
  // Of a queue that all nodes share: what this one has run and what is left for all.
  facts.total = facts.done + (round_.source == source_ ? source_->left_units() : 0);
  uint64_t left = round_.source->left_ms();
  for (const std::unique_ptr<Slot>& slot : slots_) {
    if (!slot->process) continue;
    std::vector<size_t> units = slot->now.batch;
    if (slot->now.channel.running()) units.push_back(*slot->now.channel.running());
    if (round_.source == source_)
      facts.total += units.size() + slot->now.claimed.size() + slot->now.channel.promised().size();
    uint64_t weight = 0;
    for (const size_t unit : units) weight += round_.source->units()[unit].weight_ms;
    const int64_t since = slot->now.persistent ? slot->now.unit_began_ms : slot->now.started_ms;
    const auto spent = static_cast<uint64_t>(std::max<int64_t>(now - since, 0));
    left += weight > spent ? weight - spent : 0;
    if (!units.empty()) facts.running.push_back(round_.source->units()[units.front()].file);
  }
  facts.left_ms = left / round_.claimers;
  if (progress_.where() == Progress::Where::kTerminal)
    printer_.draw_status(progress_text(facts, terminal_width()));
  else
    printer_.print(Stream::kErrors, "alibi: " + progress_text(facts, 200) + "\n");
}

// Nothing waits for us any more but whoever reads: as long as that takes, unless a signal says otherwise or
// the reader takes nothing for too long.
void RunLoop::finish_printing() {
  uint64_t written = printer_.written();
  int64_t moved_at = steady_ms();
  while (true) {
    printer_.pump();
    if (printer_.written() != written) moved_at = steady_ms();
    written = printer_.written();
    std::vector<pollfd> fds = {{signals_.fd(), POLLIN, 0}};
    for (const Stream stream : {Stream::kOutput, Stream::kErrors}) {
      if (printer_.waiting_fd(stream) >= 0) fds.push_back({printer_.waiting_fd(stream), POLLOUT, 0});
    }
    const int64_t left = moved_at + static_cast<int64_t>(request_.reader_patience_ms) - steady_ms();
    if (fds.size() == 1 || left <= 0) return;
    (void)::poll(fds.data(), fds.size(), static_cast<int>(std::min<int64_t>(left, kLongestWaitMs)));
    const std::vector<int> numbers = signals_.read();
    if (std::ranges::any_of(numbers, ends_the_run)) return;
  }
}

}  // namespace alibi::run
