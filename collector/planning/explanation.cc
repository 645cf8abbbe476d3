#include "collector/planning/explanation.h"

#include <algorithm>

#include "collector/model/plan_errors.h"
#include "collector/plan/analysis.h"
#include "collector/planning/report.h"
#include "collector/report/style.h"

namespace alibi::planning {
namespace {

using report::printable;

constexpr size_t kShownSamples = 10;
constexpr size_t kShownChanges = 20;

std::string day_of(int64_t seconds) {
  return report::time_text(static_cast<uint64_t>(std::max<int64_t>(seconds, 0)) * 1'000'000'000);
}

std::string samples_text(const History& history, const std::string& file) {
  const auto found = history.samples.find(file);
  if (found == history.samples.end() || found->second.empty())
    return "  no earlier time of it is known here\n";
  std::vector<plan::Sample> samples = found->second;
  std::ranges::stable_sort(samples, std::greater<>{}, &plan::Sample::at_s);
  std::string text;
  for (size_t at = 0; at < std::min(samples.size(), kShownSamples); ++at) {
    const plan::Sample& sample = samples[at];
    text += "  " + day_of(sample.at_s) + "  " + clock_text(sample.duration_ms);
    if (!sample.machine.empty()) text += "  on " + printable(sample.machine);
    if (sample.with_loading) text += "  with loading";
    text += sample.whole ? "\n" : "  (not the whole file: not counted)\n";
  }
  if (samples.size() > kShownSamples)
    text += "  and " + std::to_string(samples.size() - kShownSamples) + " more\n";
  return text;
}

struct Place {
  size_t node = 0, worker = 0, position = 0, of = 0;
};
Place place_of(const plan::Plan& plan, size_t unit) {
  for (size_t node = 0; node < plan.nodes.size(); ++node) {
    const auto& workers = plan.nodes[node].workers;
    for (size_t worker = 0; worker < workers.size(); ++worker) {
      const auto found = std::ranges::find(workers[worker].units, unit);
      if (found != workers[worker].units.end())
        return {node, worker, static_cast<size_t>(found - workers[worker].units.begin()),
                workers[worker].units.size()};
    }
  }
  return {};
}

// What the others had when it was placed: it went where least was.
std::string alternatives_text(const plan::Plan& plan, const Place& place) {
  const plan::WorkerShare& own = plan.nodes[place.node].workers[place.worker];
  uint64_t least = own.load_ms, most = own.load_ms;
  for (const plan::NodeShare& node : plan.nodes) {
    for (const plan::WorkerShare& worker : node.workers) {
      least = std::min(least, worker.load_ms);
      most = std::max(most, worker.load_ms);
    }
  }
  return "  its worker has " + clock_text(own.load_ms) + ", the others " + clock_text(least) + " to " +
         clock_text(most) + "\n";
}

std::string unit_text(const plan_folder::PlannedRun& run, size_t at) {
  const plan::Unit& unit = run.plan.units[at];
  const Place place = place_of(run.plan, at);
  std::string text = printable(unit.file) + (unit.is_part() ? ": a part" : "") + "\n";
  text += "  runs on node " + std::to_string(place.node);
  if (run.workers_per_node > 1) text += ", worker " + std::to_string(place.worker);
  text += ", as number " + std::to_string(place.position + 1) + " of " + std::to_string(place.of) +
          " (heaviest first)\n";
  text += alternatives_text(run.plan, place);
  text += "  expected to take " + clock_text(unit.weight_ms);
  const auto why = run.estimates.find(unit.file);
  if (why != run.estimates.end()) text += ": " + printable(why->second);
  text += "\n";
  if (run.costs.file_ms != 0) text += "  and " + clock_text(run.costs.file_ms) + " for loading its file\n";
  if (!unit.group.empty()) text += "  stays with group " + printable(unit.group) + "\n";
  for (const std::string& selector : unit.selectors) text += "    " + printable(selector) + "\n";
  return text;
}

std::string change_line(const plan::UnitChange& change) {
  std::string text = "  " + printable(change.unit.file);
  if (change.unit.is_part()) text += " (a part)";
  if (change.old_node && change.new_node && change.old_node != change.new_node)
    text += ": node " + std::to_string(*change.old_node) + " -> " + std::to_string(*change.new_node);
  if (change.old_weight_ms != change.new_weight_ms && change.old_weight_ms != 0 && change.new_weight_ms != 0)
    text += ": " + clock_text(change.old_weight_ms) + " -> " + clock_text(change.new_weight_ms);
  return text + "\n";
}

std::string changes_text(const char* title, const std::vector<plan::UnitChange>& changes) {
  if (changes.empty()) return {};
  std::string text = std::string(title) + " (" + grouped(changes.size()) + ")\n";
  for (size_t at = 0; at < std::min(changes.size(), kShownChanges); ++at) text += change_line(changes[at]);
  if (changes.size() > kShownChanges) text += "  and " + grouped(changes.size() - kShownChanges) + " more\n";
  return text;
}

}  // namespace

Result<std::string> explain_text(const plan_folder::PlannedRun& run, const History& history,
                                 const std::string& file) {
  const std::string name = file.starts_with("./") ? file.substr(2) : file;
  std::string text;
  for (size_t at = 0; at < run.plan.units.size(); ++at) {
    if (run.plan.units[at].file == name) text += unit_text(run, at);
  }
  const bool left_out = std::ranges::find(run.files.left_out, name) != run.files.left_out.end();
  if (left_out) {
    const auto reason = run.reasons.find(name);
    text =
        printable(name) + "\n  does not run: " +
        (reason == run.reasons.end() ? std::string("all its tests are skipped") : printable(reason->second)) +
        "\n";
  }
  if (text.empty())
    return Error{collector::kPlanTestFiles, 0,
                 name +
                     " is no test file of this plan; test-files.txt lists them, and --tests-location says "
                     "where they are"};
  return text + "Times\n" + samples_text(history, name);
}

std::string what_if_text(const plan::PlanRequest& request, const std::vector<uint32_t>& nodes) {
  const std::vector<plan::Candidate> rows =
      plan::what_if(request, std::vector<int64_t>(nodes.begin(), nodes.end()));
  report::Table table;
  const auto right = [](std::string text) {
    return report::Table::Cell{std::move(text), report::Colour::kNone, true};
  };
  table.add({right("nodes"), right("time"), right("score"), right("imbalance"), right("at best")});
  for (const plan::Candidate& row : rows)
    table.add({right(std::to_string(row.nodes)), right(clock_text(row.wall_ms)),
               right(clock_text(row.score_ms)), right(clock_text(row.imbalance_ms)),
               right(clock_text(row.lower_bound_ms))});
  return table.text({});
}

std::string difference_text(const plan::Plan& before, const plan::Plan& now) {
  const plan::PlanDifference found = plan::difference(before, now);
  std::string text = "Nodes: " + std::to_string(found.old_nodes) + " -> " + std::to_string(found.new_nodes) +
                     ", expected time: " + clock_text(before.wall_ms) + " -> " + clock_text(now.wall_ms) +
                     "\n";
  return text + changes_text("New", found.added) + changes_text("Gone", found.gone) +
         changes_text("On another node", found.moved) +
         changes_text("Expected to take otherwise", found.reweighted);
}

}  // namespace alibi::planning
