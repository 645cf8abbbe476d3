#include "collector/watch/plain_log.h"

#include <utility>

namespace alibi::watch {
namespace {

using report::Colour;

constexpr size_t kMostOutputLines = 200;

}  // namespace

std::string PlainLog::update(const View& view) {
  if (!std::exchange(begun_, true)) {
    say(view, "watching " + report::count_text(view.files, "file") + " of " + view.project + " with " +
                  view.command);
  }
  if (view.problems != problems_) {
    problems_ = view.problems;
    for (const std::string& problem : problems_) say(view, style_.paint(Colour::kYellow, problem));
  }
  if (view.paused != paused_) {
    paused_ = view.paused;
    say(view, paused_ ? "paused" : "goes on");
  }
  if (view.runs != runs_) say_run(view);
  if (view.results.notes() != notes_) {
    notes_ = view.results.notes();
    for (const std::string& note : notes_) say(view, note);
  }
  say_failures(view);
  if (view.end && !std::exchange(end_said_, true)) say_end(view);
  if (view.settled != settled_) {
    settled_ = view.settled;
    if (!settled_.empty()) say(view, "nothing to run for " + some_of(settled_));
  }
  if (view.gave_up != gave_up_) {
    gave_up_ = view.gave_up;
    if (gave_up_) say(view, some_of(view.waiting) + " changes whenever the tests run: not run again for it");
  }
  return std::exchange(text_, {});
}

void PlainLog::say(const View& view, const std::string& text) {
  text_ += style_.paint(Colour::kDim, view.time) + " " + text + "\n";
}

void PlainLog::say_run(const View& view) {
  runs_ = view.runs;
  end_said_ = false;
  told_.clear();
  notes_.clear();
  if (!view.changes.empty()) say(view, "changed " + some_of(view.changes));
  const char* what = view.mode == RunMode::kAll      ? "running all tests"
                     : view.mode == RunMode::kFailed ? "running what failed"
                                                     : "running";
  say(view, style_.paint(Colour::kBold, what));
}

void PlainLog::say_failures(const View& view) {
  for (const Failure& failure : view.results.failures()) {
    if (failure.earlier || !told_.insert(failure.id).second) continue;
    say(view, style_.paint(Colour::kRed, (failure.finding ? "ERROR " : "FAILED ") + failure.id));
    for (const std::string& line : failure.text) text_ += "    " + line + "\n";
  }
}

void PlainLog::say_end(const View& view) {
  if (*view.end == RunEnd::kBroken || *view.end == RunEnd::kSilent) {
    for (const std::string& line : last_lines(view.output, kMostOutputLines)) text_ += "    " + line + "\n";
  }
  const bool good = view.results.failures().empty() && *view.end == RunEnd::kOrderly;
  say(view, style_.paint(good ? Colour::kGreen : Colour::kRed, status_text(view)) + "  " +
                report::duration_text(view.elapsed_ns));
}

}  // namespace alibi::watch
