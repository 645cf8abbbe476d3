#include "collector/watch/run_results.h"

#include <algorithm>
#include <utility>

namespace alibi::watch {
namespace {

// The statuses of a pytest, RSpec or Minitest run that did what it was asked: all passed, some failed, and
// pytest's for no tests at all.
bool is_usual(int status) {
  return status == 0 || status == 1 || status == 5;
}

}  // namespace

void RunResults::begin(RunMode mode) {
  mode_ = mode;
  counts_ = {};
  notes_.clear();
  for (Failure& failure : failures_) failure.earlier = true;
  spoke_ = ended_ = stopped_ = false;
}

void RunResults::add(const RunEvent& event) {
  using Kind = RunEvent::Kind;
  spoke_ = true;
  switch (event.kind) {
    case Kind::kSession:
      break;
    case Kind::kCollected:
      counts_.collected = true;
      counts_.to_run = event.run;
      counts_.left_out = event.left_out;
      if (!event.notes.empty()) notes_ = event.notes;
      break;
    case Kind::kFailure:
      fail(event);
      break;
    case Kind::kTest:
      count(event.outcome);
      if (event.outcome != "failed" && event.outcome != "error") settle(event.id);
      break;
    case Kind::kEnd:
      ended_ = true;
      stopped_ = event.stopped;
      break;
  }
}

RunEnd RunResults::end(int status, bool interrupted) {
  if (interrupted) return RunEnd::kInterrupted;
  if (!spoke_) return RunEnd::kSilent;
  const bool failed_now = !failures_.empty() && !failures_.front().earlier;
  if (!ended_ || (!is_usual(status) && !failed_now)) return RunEnd::kBroken;
  if (stopped_) return RunEnd::kOrderly;  // it did not get to all that failed before
  // What is not there any more cannot fail. A run that found less than it should (status 2) has at least
  // tried to find everything.
  std::erase_if(failures_, [&](const Failure& failure) {
    return failure.earlier && (failure.finding || (is_usual(status) && mode_ != RunMode::kFailed));
  });
  return RunEnd::kOrderly;
}

void RunResults::fail(const RunEvent& event) {
  const auto same = [&](const Failure& failure) { return failure.id == event.id && !failure.earlier; };
  // A test may fail twice, in its call and in its teardown: both are told.
  const auto known = std::find_if(failures_.begin(), failures_.end(), same);
  if (known != failures_.end()) {
    known->text.insert(known->text.end(), event.text.begin(), event.text.end());
    return;
  }
  settle(event.id);
  const auto first_earlier = std::find_if(failures_.begin(), failures_.end(),
                                          [](const Failure& failure) { return failure.earlier; });
  failures_.insert(first_earlier, {event.id, event.finding, false, event.place, event.message, event.text});
}

void RunResults::settle(const std::string& id) {
  std::erase_if(failures_, [&](const Failure& failure) { return failure.id == id; });
}

void RunResults::count(const std::string& outcome) {
  if (outcome == "passed")
    ++counts_.passed;
  else if (outcome == "failed" || outcome == "error")
    ++counts_.failed;
  else if (outcome == "skipped")
    ++counts_.skipped;
  else
    ++counts_.other;
}

}  // namespace alibi::watch
