#include "collector/watch/watch_logic.h"

#include <algorithm>
#include <utility>

namespace alibi::watch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kGrace{5};  // for fixtures to be torn down
// Someone who saves the same file again and again while it runs is waited for at the end of these; tests that
// write what they rest on are not run for ever.
constexpr int kMostInterruptions = 3;
constexpr int kMostInARow = 5;

constexpr milliseconds kQuiet{75};
constexpr milliseconds kLongest{1000};

}  // namespace

std::vector<Action> WatchLogic::begin() {
  return start(RunMode::kChanged);
}

std::vector<Action> WatchLogic::changed(const Changes& changes, Time now) {
  if (quitting_) return {};
  bool urgent = false;
  bool noted = false;
  const bool during_a_run = phase_ == Phase::kRunning || phase_ == Phase::kStopping;
  for (const Change& change : changes) {
    if (during_a_run && is_of_the_run(change)) continue;
    if (!during_a_run) changed_in_runs_.erase(change.path);
    note(change);
    noted = true;
    urgent = urgent || known_->matters(change);
  }
  if (!noted || paused_) return {};
  switch (phase_) {
    case Phase::kIdle:
      in_a_row_ = 0;
      return decide();
    case Phase::kAsking: {
      Actions actions{Action::kStopAsking};
      phase_ = Phase::kIdle;
      for (const Action action : decide()) actions.push_back(action);
      return actions;
    }
    case Phase::kRunning:
      if (!urgent || in_a_row_ >= kMostInterruptions) return {};
      ++in_a_row_;
      next_ = mode_ == RunMode::kFailed ? RunMode::kChanged : mode_;
      return stop(now);
    case Phase::kStopping:
      return {};
  }
  return {};
}

std::vector<Action> WatchLogic::pressed(Key key, Time now) {
  if (key == Key::kQuit) return quit(now);
  if (quitting_) return {};
  if (key == Key::kPause) {
    paused_ = !paused_;
    return !paused_ && phase_ == Phase::kIdle ? decide() : Actions();
  }
  in_a_row_ = 0;
  const RunMode wanted = key == Key::kAll      ? RunMode::kAll
                         : key == Key::kFailed ? RunMode::kFailed
                                               : RunMode::kChanged;
  if (phase_ == Phase::kRunning || phase_ == Phase::kStopping) {
    next_ = wanted;
    return phase_ == Phase::kRunning ? stop(now) : Actions();
  }
  Actions actions;
  if (phase_ == Phase::kAsking) actions.push_back(Action::kStopAsking);
  for (const Action action : start(wanted)) actions.push_back(action);
  return actions;
}

std::vector<Action> WatchLogic::answered(Answer answer) {
  if (phase_ != Phase::kAsking) return {};
  if (answer == Answer::kSomethingToRun) return start(RunMode::kChanged);
  phase_ = Phase::kIdle;
  settled_ = waiting();
  pending_.clear();
  return {};
}

std::vector<Action> WatchLogic::run_ended(Standing standing) {
  standing_ = standing;
  patience_ends_.reset();
  phase_ = Phase::kIdle;
  if (quitting_) return {Action::kQuit};
  if (next_) return start(*std::exchange(next_, std::nullopt));
  // The evidence of this run says more about what tests write.
  std::erase_if(pending_, [&](const Change& change) { return known_->is_written(change.path); });
  if (pending_.empty()) in_a_row_ = 0;
  if (pending_.empty() || paused_) return {};
  if (++in_a_row_ > kMostInARow) {
    gave_up_ = true;
    return {};
  }
  return decide();
}

std::vector<Action> WatchLogic::time_passed(Time now) {
  if (!patience_ends_ || now < *patience_ends_) return {};
  patience_ends_ = now + kGrace;
  return {Action::kKill};
}

std::vector<std::string> WatchLogic::waiting() const {
  std::vector<std::string> paths;
  for (const Change& change : pending_) paths.push_back(change.path);
  return paths;
}

WatchLogic::Actions WatchLogic::decide() {
  if (pending_.empty()) return {};
  if (std::any_of(pending_.begin(), pending_.end(),
                  [this](const Change& change) { return needs_a_run(change); }))
    return start(RunMode::kChanged);
  phase_ = Phase::kAsking;
  return {Action::kAsk};
}

// Only what may be settled without the test runner is worth the question.
bool WatchLogic::needs_a_run(const Change& change) const {
  if (standing_ == Standing::kSomethingOpen || !known_->any() || known_->matters(change)) return true;
  return change.kind == ChangeKind::kCreated && known_->may_hold_tests(change.path);
}

WatchLogic::Actions WatchLogic::start(RunMode mode) {
  mode_ = mode;
  phase_ = Phase::kRunning;
  // A run of what failed leaves the changes to the next one.
  changes_ = waiting();
  if (mode != RunMode::kFailed) pending_.clear();
  settled_.clear();
  gave_up_ = false;
  return {Action::kStartRun};
}

WatchLogic::Actions WatchLogic::stop(Time now) {
  phase_ = Phase::kStopping;
  patience_ends_ = now + kGrace;
  return {Action::kInterrupt};
}

WatchLogic::Actions WatchLogic::quit(Time now) {
  const bool again = std::exchange(quitting_, true);
  switch (phase_) {
    case Phase::kIdle:
      return {Action::kQuit};
    case Phase::kAsking:
      phase_ = Phase::kIdle;
      return {Action::kStopAsking, Action::kQuit};
    case Phase::kRunning:
      return stop(now);
    case Phase::kStopping:
      return again ? Actions{Action::kKill} : Actions();
  }
  return {};
}

// Of a file that nobody is known to read, the second run that changes it is enough to tell.
bool WatchLogic::is_of_the_run(const Change& change) {
  if (known_->is_written(change.path)) return true;
  return !known_->matters(change) && !changed_in_runs_.insert(change.path).second;
}

void WatchLogic::note(const Change& change) {
  const auto same = std::find_if(pending_.begin(), pending_.end(),
                                 [&](const Change& known) { return known.path == change.path; });
  if (same == pending_.end())
    pending_.push_back(change);
  else if (change.kind != ChangeKind::kModified)
    same->kind = change.kind;
}

void QuietTime::happened(Time now) {
  if (!first_) first_ = now;
  last_ = now;
}

std::optional<Time> QuietTime::ends() const {
  if (!first_) return std::nullopt;
  return std::min(last_ + kQuiet, *first_ + kLongest);
}

}  // namespace alibi::watch
