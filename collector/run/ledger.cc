#include "collector/run/ledger.h"

#include <algorithm>

namespace alibi::run {
namespace {

bool is_bad(UnitEnd end) {
  return end == UnitEnd::kFailed || end == UnitEnd::kCrashed || end == UnitEnd::kTimedOut;
}

bool is_of_its_units(const ProcessEnd& end) {
  const bool may_be = end.fate == ProcessFate::kFailed || end.fate == ProcessFate::kTimedOut ||
                      end.fate == ProcessFate::kKilled;
  return may_be && !end.failed_outside && !end.blamed.empty();
}

}  // namespace

ProcessFate fate_of(framework::Ending ending) {
  switch (ending) {
    case framework::Ending::kPassed:
      return ProcessFate::kPassed;
    case framework::Ending::kNoTests:
      return ProcessFate::kNoTests;
    case framework::Ending::kFailed:
      return ProcessFate::kFailed;
    case framework::Ending::kInterrupted:
      return ProcessFate::kInterrupted;
    case framework::Ending::kBroken:
      break;
  }
  return ProcessFate::kBroken;
}

Ledger::Ledger(size_t units, const std::vector<std::vector<size_t>>& share, uint32_t workers)
    : entries_(units), worst_of_worker_(workers) {
  for (size_t unit = 0; unit < units; ++unit) entries_[unit].run.unit = unit;
  for (uint32_t worker = 0; worker < share.size(); ++worker) {
    for (const size_t unit : share[worker]) {
      if (unit >= units) continue;
      entries_[unit].is_planned = true;
      entries_[unit].planned = worker;
    }
  }
}

void Ledger::claimed(size_t unit, uint32_t worker) {
  entries_[unit].was_claimed = true;
  if (entries_[unit].run.attempts == 0) entries_[unit].run.worker = worker;
}

void Ledger::given_back(size_t unit) {
  entries_[unit].was_claimed = entries_[unit].run.attempts > 0;
}

void Ledger::result(UnitResult result) {
  Entry& entry = entries_[result.unit];
  entry.was_claimed = true;
  // A retry that did not come to its end leaves what is known.
  if (result.end == UnitEnd::kNotRun) return;
  if (entry.run.attempts++ == 0) {
    entry.first = result.worker;
    ++done_;
  }
  entry.run.worker = result.worker;
  entry.run.end = result.end;
  entry.run.wall_ms = result.wall_ms;
  entry.run.measured = result.measured;
  entry.run.tests = result.tests;
  entry.run.left_out = result.left_out;
  entry.run.loading_ms = result.loading_ms;
  entry.failed_selectors = std::move(result.failed_selectors);
}

void Ledger::process_ended(const ProcessEnd& end) {
  ends_.push_back(end);
  if (end.worker < worst_of_worker_.size())
    worst_of_worker_[end.worker] = std::max(worst_of_worker_[end.worker], end.status);
}

std::vector<size_t> Ledger::failed_units() const {
  std::vector<size_t> units;
  for (const Entry& entry : entries_) {
    if (entry.run.attempts > 0 && is_bad(entry.run.end)) units.push_back(entry.run.unit);
  }
  return units;
}

size_t Ledger::failed() const {
  return failed_units().size();
}
bool Ledger::any_failed() const {
  return failed() > 0;
}

plan::Unit Ledger::to_retry(size_t unit, const plan::Unit& whole) const {
  plan::Unit again = whole;
  const Entry& entry = entries_[unit];
  if (!entry.failed_selectors.empty()) again.selectors = entry.failed_selectors;
  return again;
}

int Ledger::exit_status(const Ending& ending, const std::vector<UnitRun>& runs) const {
  if (ending.signal != 0) return 128 + ending.signal;
  const auto passed_at_last = [&](size_t unit) { return entries_[unit].run.end == UnitEnd::kPassed; };
  const ProcessEnd* worst = nullptr;
  bool any_tests = false;
  for (const ProcessEnd& end : ends_) {
    any_tests = any_tests || end.fate != ProcessFate::kNoTests;
    const bool forgiven = is_of_its_units(end) && std::ranges::all_of(end.blamed, passed_at_last);
    if (forgiven || end.status == 0) continue;
    if (worst == nullptr || std::pair(end.fate, end.status) > std::pair(worst->fate, worst->status))
      worst = &end;
  }
  if (worst != nullptr && (worst->fate != ProcessFate::kNoTests || !any_tests)) return worst->status;
  const bool all_passed =
      std::ranges::all_of(runs, [](const UnitRun& run) { return run.end == UnitEnd::kPassed; });
  return all_passed && !ending.broken ? 0 : 1;
}

void Ledger::fill(const Ending& ending, RunOutcome* outcome) const {
  for (const Entry& entry : entries_) {
    if (!entry.was_claimed && !(ending.cut_short && entry.is_planned)) continue;
    outcome->units.push_back(entry.run);
    if (entry.run.attempts == 0) continue;
    if (entry.is_planned && entry.first != entry.planned) ++outcome->stolen;
    if (entry.run.attempts > 1 && entry.run.end == UnitEnd::kPassed) outcome->flaky.push_back(entry.run.unit);
  }
  outcome->signal = ending.signal;
  outcome->exit_status = exit_status(ending, outcome->units);
  outcome->workers.resize(std::max(outcome->workers.size(), worst_of_worker_.size()));
  for (size_t worker = 0; worker < worst_of_worker_.size(); ++worker)
    outcome->workers[worker].worst_status = worst_of_worker_[worker];
}

}  // namespace alibi::run
