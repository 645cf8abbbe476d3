#include "collector/planning/run_times.h"

#include <algorithm>

namespace alibi::planning {
namespace {

constexpr size_t kFewestLoadings = 3;

std::optional<uint64_t> median_of(std::vector<uint64_t> numbers) {
  if (numbers.empty()) return std::nullopt;
  std::ranges::sort(numbers);
  return numbers[numbers.size() / 2];
}

bool is_over(const run::UnitRun& run) {
  return run.end == run::UnitEnd::kPassed || run.end == run::UnitEnd::kFailed;
}

// A time that is a file's. With tests left out, by Alibi's evidence in the worker, it would look quick for
// ever.
bool ran_whole(const plan::Unit& unit, const run::UnitRun& run, bool may_leave_out) {
  if (unit.is_part() || run.attempts != 1 || !is_over(run) || run.tests == 0) return false;
  return run.left_out ? *run.left_out == 0 : !may_leave_out;
}

// Of a file that a worker loaded for the first time: the second part of one finds it loaded.
bool shows_loading(const plan::Unit& unit, const run::UnitRun& run) {
  return run.loading_ms && !unit.is_part() && run.attempts == 1 && is_over(run) && run.tests != 0;
}

}  // namespace

void put_times(const std::vector<plan::Unit>& units, const run::RunOutcome& outcome, bool may_leave_out,
               timings::RunTimings* times) {
  std::vector<uint64_t> boots, loadings;
  // The start of a process that is given its files says nothing of how long its framework takes.
  for (const run::WorkerRun& worker : outcome.workers) {
    if (worker.boot_is_whole) boots.push_back(worker.boot_ms);
  }
  for (const run::UnitRun& run : outcome.units) {
    const plan::Unit& unit = units[run.unit];
    if (shows_loading(unit, run)) loadings.push_back(*run.loading_ms);
    if (run.end == run::UnitEnd::kNotRun || run.wall_ms == 0) continue;
    if (!run.measured) continue;  // shares of a batch would only say again what was expected
    times->files.push_back({unit.file, run.wall_ms, ran_whole(unit, run, may_leave_out)});
  }
  times->boot_ms = median_of(std::move(boots));
  // The first file of each worker also loads what all share: they may not be half of them.
  if (loadings.size() >= std::max(kFewestLoadings, 2 * outcome.workers.size() + 1))
    times->file_ms = median_of(std::move(loadings));
}

}  // namespace alibi::planning
