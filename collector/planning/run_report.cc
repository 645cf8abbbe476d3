#include <algorithm>
#include <nlohmann/json.hpp>

#include "collector/planning/report.h"
#include "collector/report/style.h"

namespace alibi::planning {
namespace {

using Json = nlohmann::json;
using report::printable;

constexpr size_t kShownFailures = 20;

const char* end_text(run::UnitEnd end) {
  switch (end) {
    case run::UnitEnd::kPassed:
      return "passed";
    case run::UnitEnd::kFailed:
      return "failed";
    case run::UnitEnd::kCrashed:
      return "crashed";
    case run::UnitEnd::kTimedOut:
      return "timed out";
    default:
      return "not run";
  }
}

size_t count(const run::RunOutcome& outcome, run::UnitEnd end) {
  return static_cast<size_t>(std::ranges::count(outcome.units, end, &run::UnitRun::end));
}

std::string counts_text(const run::RunOutcome& outcome) {
  std::string text = grouped(outcome.units.size()) + (outcome.units.size() == 1 ? " unit: " : " units: ");
  text += grouped(count(outcome, run::UnitEnd::kPassed)) + " passed";
  for (const run::UnitEnd end :
       {run::UnitEnd::kFailed, run::UnitEnd::kCrashed, run::UnitEnd::kTimedOut, run::UnitEnd::kNotRun}) {
    if (const size_t found = count(outcome, end); found != 0)
      text += ", " + grouped(found) + " " + end_text(end);
  }
  return text;
}

std::string failures_text(const RunFacts& facts) {
  std::string text;
  size_t shown = 0;
  for (const run::UnitRun& unit : facts.outcome->units) {
    const bool flaky = unit.end == run::UnitEnd::kPassed && unit.attempts > 1;
    if (unit.end == run::UnitEnd::kPassed && !flaky) continue;
    if (++shown > kShownFailures) continue;
    text += std::string("  ") + (flaky ? "flaky" : end_text(unit.end)) + "  " +
            printable((*facts.units)[unit.unit].file) + " (worker " + std::to_string(unit.worker) + ", " +
            clock_text(unit.wall_ms) +
            (unit.attempts > 1 ? ", " + std::to_string(unit.attempts) + " attempts" : "") + ")\n";
  }
  if (shown > kShownFailures) text += "  and " + grouped(shown - kShownFailures) + " more\n";
  return text;
}

std::string losses_text(const plan::Losses& losses) {
  std::string text = "Time lost    " +
                     clock_text(losses.wall_ms - std::min(losses.wall_ms, losses.lower_bound_ms)) + " over " +
                     clock_text(losses.lower_bound_ms) + ", the best possible: ";
  text += "packing " + clock_text(losses.packing_ms) + ", estimates " + clock_text(losses.estimate_ms) +
          ", starting " + clock_text(losses.boot_ms) + ", waiting " + clock_text(losses.straggler_ms);
  return text + "\n";
}

}  // namespace

plan::Losses losses_of(const plan::Plan& plan, const run::RunOutcome& outcome) {
  plan::RunFacts facts;
  facts.wall_ms = outcome.wall_ms;
  facts.unit_ms.resize(plan.units.size());
  for (size_t at = 0; at < plan.units.size(); ++at) facts.unit_ms[at] = plan.units[at].weight_ms;
  facts.workers.resize(outcome.workers.size());
  for (size_t at = 0; at < outcome.workers.size(); ++at)
    facts.workers[at].boot_ms = outcome.workers[at].boot_ms;
  for (const run::UnitRun& unit : outcome.units) {
    if (unit.unit >= facts.unit_ms.size() || unit.end == run::UnitEnd::kNotRun) continue;
    facts.unit_ms[unit.unit] = unit.wall_ms;
    if (unit.worker < facts.workers.size()) facts.workers[unit.worker].units.push_back(unit.unit);
  }
  return plan::run_losses(plan, facts);
}

std::string run_text(const RunFacts& facts) {
  const run::RunOutcome& outcome = *facts.outcome;
  std::string text = "+++ Alibi: run report\n";
  text += "Mode         " + facts.mode + ", " + std::to_string(outcome.workers.size()) +
          (outcome.workers.size() == 1 ? " worker" : " workers") + "\n";
  text += "Result       " + counts_text(outcome) +
          (outcome.exit_status == 0 ? "" : ", exit status " + std::to_string(outcome.exit_status)) + "\n";
  text += "Time         " + clock_text(outcome.wall_ms) + ", planned " + clock_text(facts.planned_ms);
  if (outcome.stolen != 0) text += "; " + grouped(outcome.stolen) + " taken over by another worker";
  text += "\n";
  if (facts.losses) text += losses_text(*facts.losses);
  return text + failures_text(facts);
}

Json run_json(const RunFacts& facts) {
  const run::RunOutcome& outcome = *facts.outcome;
  Json units = Json::array(), workers = Json::array();
  for (const run::UnitRun& unit : outcome.units) {
    const plan::Unit& about = (*facts.units)[unit.unit];
    units.push_back({{"file", about.file},
                     {"selectors", about.selectors},
                     {"end", end_text(unit.end)},
                     {"worker", unit.worker},
                     {"attempts", unit.attempts},
                     {"planned_ms", about.weight_ms},
                     {"wall_ms", unit.wall_ms}});
  }
  for (const run::WorkerRun& worker : outcome.workers)
    workers.push_back({{"boot_ms", worker.boot_ms},
                       {"busy_ms", worker.busy_ms},
                       {"idle_ms", worker.idle_ms},
                       {"processes", worker.processes},
                       {"worst_status", worker.worst_status}});
  Json document = {{"version", 1},
                   {"mode", facts.mode},
                   {"units", units},
                   {"workers", workers},
                   {"wall_ms", outcome.wall_ms},
                   {"planned_ms", facts.planned_ms},
                   {"stolen", outcome.stolen},
                   {"exit_status", outcome.exit_status},
                   {"signal", outcome.signal},
                   {"problems", outcome.problems}};
  if (facts.losses)
    document["losses"] = {{"lower_bound_ms", facts.losses->lower_bound_ms},
                          {"packing_ms", facts.losses->packing_ms},
                          {"estimate_ms", facts.losses->estimate_ms},
                          {"boot_ms", facts.losses->boot_ms},
                          {"straggler_ms", facts.losses->straggler_ms}};
  return document;
}

}  // namespace alibi::planning
