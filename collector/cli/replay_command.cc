#include <algorithm>
#include <nlohmann/json.hpp>

#include "collector/cli/commands.h"
#include "collector/cli/data_folder.h"
#include "collector/cli/exit_codes.h"
#include "collector/model/plan_errors.h"
#include "collector/plan/analysis.h"
#include "collector/plan_folder/plan_folder.h"
#include "collector/planning/report.h"
#include "collector/report/json_report.h"
#include "collector/timings/timings.h"

namespace alibi::cli {
namespace {

// The newest time of each file.
std::map<std::string, uint64_t> newest(const timings::Known& known) {
  std::map<std::string, uint64_t> times;
  for (const auto& [file, samples] : known.samples) {
    const auto last = std::ranges::max_element(samples, {}, &plan::Sample::at_s);
    if (last != samples.end()) times[file] = last->duration_ms;
  }
  return times;
}

struct Replayed {
  std::vector<uint64_t> unit_ms;  // of the plan's units; a part has its share of its file
  size_t unknown = 0;             // files without a time: as planned
};
Replayed actual_times(const plan::Plan& plan, const std::map<std::string, uint64_t>& times,
                      uint64_t file_ms) {
  std::map<std::string, uint64_t> planned;
  for (const plan::Unit& unit : plan.units) planned[unit.file] += unit.weight_ms;
  Replayed made;
  for (const plan::Unit& unit : plan.units) {
    const auto found = times.find(unit.file);
    if (found == times.end()) ++made.unknown;
    const double share = static_cast<double>(unit.weight_ms) / static_cast<double>(planned[unit.file]);
    made.unit_ms.push_back(found == times.end()
                               ? unit.weight_ms + file_ms
                               : static_cast<uint64_t>(static_cast<double>(found->second) * share));
  }
  return made;
}

std::string text_of(const nlohmann::json& document) {
  const auto clock = [&](const char* key) { return planning::clock_text(document[key].get<uint64_t>()); };
  std::string text = "planned      " + clock("planned_ms") + "\n";
  text += "static       " + clock("static_ms") + "\n";
  text += "with stealing " + clock("stealing_ms") + "\n";
  text += "known times, packed anew " + clock("packed_anew_ms") + "\n";
  text += "at best      " + clock("lower_bound_ms") + "\n";
  const auto unknown = document["units_without_times"].get<size_t>();
  if (unknown != 0) text += std::to_string(unknown) + " units have no measured time and count as planned\n";
  return text;
}

}  // namespace

int run_replay(const ReplayOptions& options, Console* console) {
  const std::string folder = options.folder.empty() ? plan_folder::kFolder : options.folder;
  Result<plan_folder::PlannedRun> planned = plan_folder::read_plan(folder);
  if (!planned) return console->fail(planned.error());
  std::vector<std::string> files;
  for (const plan::Unit& unit : planned->plan.units) files.push_back(unit.file);
  std::ranges::sort(files);
  files.erase(std::unique(files.begin(), files.end()), files.end());
  timings::Known known;
  if (options.actual.empty())
    known = timings::read_runs(data_folder(options.data));
  else
    timings::add_junit(options.actual, files, &known);
  for (const std::string& notice : known.notices) console->warn(notice);
  const Replayed actual = actual_times(planned->plan, newest(known), planned->costs.file_ms);
  if (actual.unknown == planned->plan.units.size() && !planned->plan.units.empty())
    return console->fail({collector::kBadTimings, 0,
                          "no measured time of any file of the plan was found; run it first, or name JUnit "
                          "files with --actual"});
  plan::PlanRequest again;
  again.units = planned->plan.units;
  for (size_t at = 0; at < again.units.size(); ++at)
    again.units[at].weight_ms = std::max<uint64_t>(actual.unit_ms[at], 1);
  again.min_nodes = again.max_nodes = static_cast<int64_t>(planned->plan.nodes.size());
  again.workers_per_node = planned->workers_per_node;
  const plan::Plan best = plan::make_plan(again);
  const nlohmann::json document = {
      {"version", 1},
      {"planned_ms", planned->plan.wall_ms},
      {"static_ms", plan::simulate(planned->plan, actual.unit_ms, {.steals = false})},
      {"stealing_ms", plan::simulate(planned->plan, actual.unit_ms, {.steals = true})},
      {"packed_anew_ms", best.wall_ms},
      {"lower_bound_ms", best.lower_bound_ms},
      {"units_without_times", actual.unknown}};
  console->print(options.json ? report::json_text(document) + "\n" : text_of(document));
  return kDone;
}

}  // namespace alibi::cli
