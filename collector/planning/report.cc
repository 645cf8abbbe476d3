#include "collector/planning/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "collector/report/style.h"

namespace alibi::planning {
namespace {

using Json = nlohmann::json;
using report::printable;

constexpr size_t kShownCandidates = 5;
constexpr size_t kShownNodes = 32;
constexpr size_t kShownFiles = 10;
constexpr size_t kBar = 40;

std::string line(const char* name, const std::string& text) {
  std::string made = name;
  made.resize(std::max<size_t>(made.size(), 13), ' ');
  return made + printable(text) + "\n";
}

std::string counted(uint64_t number, const char* noun) {
  return grouped(number) + " " + noun + (number == 1 ? "" : "s");
}

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string quality_text(uint64_t wall, uint64_t bound) {
  return bound == 0 ? "1.000" : fixed(static_cast<double>(wall) / static_cast<double>(bound), 3);
}

std::string where_text(const plan_folder::PlannedRun& run) {
  std::string text = run.framework + " (" + run.platform + ")";
  if (!run.run.service.empty()) text += ", service " + run.run.service;
  if (!run.run.branch.empty()) text += ", branch " + run.run.branch;
  if (!run.run.commit.empty()) text += ", commit " + run.run.commit.substr(0, 12);
  if (run.run.commit.find('+') != std::string::npos) text += " with changes";
  return text;
}

std::string service_text(const Planned& planned) {
  const ServiceAnswer& service = planned.service;
  if (service.where.empty()) return "none is configured; Alibi's own evidence and timings";
  std::string text = service.where + ", " + clock_text(service.milliseconds) + ": ";
  text += counted(service.known.size(), "known duration") + ", ";
  text += service.skips.skips ? counted(service.skips.items.size(), "skippable") : "no opinion on skipping";
  if (!service.skips.managed.empty()) text += ", " + counted(service.skips.managed.size(), "managed test");
  return text;
}

std::string discovery_text(const Planned& planned) {
  std::string text = counted(planned.discovered_files, "file");
  if (planned.full_discovery) text += ", " + counted(planned.discovered_tests, "test");
  return text + (planned.full_discovery ? " (full, " : " (files only, ") + clock_text(planned.discovery_ms) +
         ")";
}

std::string estimates_text(const Planned& planned) {
  size_t known = 0;
  for (const plan::Unit& unit : planned.run.plan.units) {
    if (unit.source == plan::DurationSource::kKnown) ++known;
  }
  return grouped(known) + " known, " + grouped(planned.run.plan.units.size() - known) + " guessed";
}

std::string choice_line(const Planned& planned, const plan::Settings& settings) {
  const plan::Plan& plan = planned.run.plan;
  std::string text = std::to_string(plan.nodes.size());
  text += " of " + std::to_string(settings.min_nodes) + " to " + std::to_string(settings.max_nodes);
  if (planned.run.workers_per_node > 1)
    text += ", " + std::to_string(planned.run.workers_per_node) + " workers each";
  text += " (" + std::string(plan::choice_text(plan.choice)) + ")";
  if (settings.target_ms != 0) {
    text += ", target " + clock_text(settings.target_ms);
    if (plan.without_target != plan.nodes.size())
      text += ", without it " + std::to_string(plan.without_target);
  }
  return text;
}

std::string time_line(const plan::Plan& plan) {
  return clock_text(plan.wall_ms) + " expected; " + clock_text(plan.total_ms) +
         " one after the other; at best " + clock_text(plan.lower_bound_ms) + " (quality " +
         quality_text(plan.wall_ms, plan.lower_bound_ms) + "), imbalance " + clock_text(plan.imbalance_ms);
}

std::string candidates_text(const plan::Plan& plan) {
  std::vector<plan::Candidate> best = plan.candidates;
  std::ranges::stable_sort(best, {}, &plan::Candidate::score_ms);
  if (best.size() < 2) return {};
  report::Table table;
  table.add({{"  nodes"},
             {"time", report::Colour::kNone, true},
             {"score", report::Colour::kNone, true},
             {"imbalance", report::Colour::kNone, true},
             {""}});
  for (size_t at = 0; at < std::min(best.size(), kShownCandidates); ++at) {
    const plan::Candidate& row = best[at];
    table.add({{"  " + std::to_string(row.nodes)},
               {clock_text(row.wall_ms), report::Colour::kNone, true},
               {clock_text(row.score_ms), report::Colour::kNone, true},
               {clock_text(row.imbalance_ms), report::Colour::kNone, true},
               {row.nodes == plan.nodes.size() ? "<- taken" : ""}});
  }
  return "Best candidates\n" + table.text({});
}

std::string bar_of(uint64_t load, uint64_t most) {
  const size_t filled = most == 0 ? 0 : static_cast<size_t>(load * kBar / most);
  return std::string(filled, '#') + std::string(kBar - filled, '.');
}

std::string nodes_text(const plan::Plan& plan) {
  if (plan.nodes.empty()) return {};
  std::string text = "Who runs what\n";
  size_t shown = 0;
  for (size_t node = 0; node < plan.nodes.size(); ++node) {
    for (size_t worker = 0; worker < plan.nodes[node].workers.size(); ++worker) {
      const plan::WorkerShare& share = plan.nodes[node].workers[worker];
      if (++shown > kShownNodes) continue;
      std::string name = "  node " + std::to_string(node);
      if (plan.nodes[node].workers.size() > 1) name += " worker " + std::to_string(worker);
      name.resize(std::max<size_t>(name.size(), 19), ' ');
      text += name + bar_of(share.load_ms, plan.wall_ms) + " " + clock_text(share.load_ms) + ", " +
              counted(share.units.size(), "unit") + "\n";
    }
  }
  if (shown > kShownNodes) text += "  and " + counted(shown - kShownNodes, "more worker") + "\n";
  return text;
}

// One file that holds up everybody: more workers do not help.
std::string alone_text(const plan::Plan& plan) {
  size_t workers = 0;
  for (const plan::NodeShare& node : plan.nodes) workers += node.workers.size();
  if (workers < 2) return {};
  std::string text;
  for (const plan::Unit& unit : plan.units) {
    if (unit.weight_ms <= plan.total_ms / workers || unit.weight_ms < 1000) break;
    text += "  " + clock_text(unit.weight_ms) + "  " + printable(unit.file) +
            (unit.is_part() ? " (a part)" : "") + "\n";
  }
  return text.empty() ? text : "ATTENTION: longer than a worker's share; they decide the time\n" + text;
}

std::string slowest_text(const plan::Plan& plan) {
  if (plan.units.empty()) return {};
  std::string text = "Slowest\n";
  for (size_t at = 0; at < std::min(plan.units.size(), kShownFiles); ++at) {
    const plan::Unit& unit = plan.units[at];
    text += "  " + clock_text(unit.weight_ms) + "  " + printable(unit.file) +
            (unit.is_part() ? ", a part of " + counted(unit.selectors.size(), "test") : "") +
            (unit.source == plan::DurationSource::kKnown ? "" : " (guessed)") + "\n";
  }
  return text;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string text;
  for (const std::string& one : texts) text += (text.empty() ? "" : " ") + one;
  return text.empty() ? "all as by default" : text;
}

std::string learned_text(uint64_t ms, const char* what, size_t runs) {
  if (runs == 0) return std::string("nothing known ") + what;
  return clock_text(ms) + " " + what + " (" + counted(runs, "run") + ")";
}

// Where they come from; with --compat there are none.
std::string costs_text(const Planned& planned) {
  const plan::FixedCosts& costs = planned.run.costs;
  const timings::LearnedCosts& learned = planned.history.learned;
  if (costs.worker_ms == 0 && costs.file_ms == 0) return {};
  std::string text = learned_text(costs.worker_ms, "a worker", learned.worker_runs) + ", " +
                     learned_text(costs.file_ms, "a file", learned.file_runs);
  if (learned.node_runs != 0) text += ", " + learned_text(costs.node_ms, "a node", learned.node_runs);
  return line("Fixed costs", text);
}

}  // namespace

std::string grouped(uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (size_t at = 0; at < digits.size(); ++at) {
    if (at != 0 && (digits.size() - at) % 3 == 0) text += ',';
    text += digits[at];
  }
  return text;
}

std::string clock_text(uint64_t milliseconds) {
  if (milliseconds < 1000) return milliseconds == 0 ? "0s" : std::to_string(milliseconds) + "ms";
  std::string text;
  const uint64_t hours = milliseconds / 3'600'000, minutes = milliseconds / 60'000 % 60;
  if (hours != 0) text += std::to_string(hours) + "h";
  if (hours != 0 || minutes != 0) text += std::to_string(minutes) + "m";
  text += std::to_string(milliseconds / 1000 % 60);
  if (const uint64_t rest = milliseconds % 1000; rest != 0) {
    std::string digits = std::to_string(1000 + rest).substr(1);
    while (digits.back() == '0') digits.pop_back();
    text.append(".").append(digits);
  }
  return text + "s";
}

std::string plan_text(const Planned& planned, const plan::Settings& settings) {
  const plan::Plan& plan = planned.run.plan;
  std::string text = "+++ Alibi: plan report\n";
  text += line("Run", where_text(planned.run));
  text += line("Settings", joined(settings.changed));
  text += line("Service", service_text(planned));
  text += line("Discovery", discovery_text(planned));
  text += line("Left out", counted(planned.run.files.left_out.size(), "file") + " (" +
                               fixed(planned.run.files.skippable_percentage, 2) + " % of the time)");
  text += line("To run", counted(planned.run.files.units.size(), "file") +
                             (plan.units.size() > planned.run.files.units.size()
                                  ? " in " + counted(plan.units.size(), "unit")
                                  : std::string()));
  text += line("Durations", estimates_text(planned));
  text += line("Nodes", choice_line(planned, settings));
  text += line("Time", time_line(plan));
  text += costs_text(planned);
  text += candidates_text(plan) + nodes_text(plan) + alone_text(plan);
  if (!planned.divisions.empty()) {
    text += "Long files\n";
    for (const std::string& division : planned.divisions) text += "  " + printable(division) + "\n";
  }
  return text + slowest_text(plan);
}

Json plan_json(const Planned& planned) {
  const plan::Plan& plan = planned.run.plan;
  Json nodes = Json::array();
  for (const plan::NodeShare& node : plan.nodes) {
    Json workers = Json::array();
    for (const plan::WorkerShare& share : node.workers) {
      Json units = Json::array();
      for (const size_t at : share.units) units.push_back(plan.units[at].arguments());
      workers.push_back({{"load_ms", share.load_ms}, {"units", units}});
    }
    nodes.push_back({{"wall_ms", node.wall_ms}, {"workers", workers}});
  }
  Json candidates = Json::array();
  for (const plan::Candidate& row : plan.candidates)
    candidates.push_back({{"nodes", row.nodes},
                          {"wall_ms", row.wall_ms},
                          {"score_ms", row.score_ms},
                          {"imbalance_ms", row.imbalance_ms},
                          {"lower_bound_ms", row.lower_bound_ms}});
  Json left_out = Json::object();
  for (const std::string& file : planned.run.files.left_out) {
    const auto reason = planned.run.reasons.find(file);
    left_out[file] = reason == planned.run.reasons.end() ? "" : reason->second;
  }
  return {{"version", 1},
          {"platform", planned.run.platform},
          {"framework", planned.run.framework},
          {"commit", planned.run.run.commit},
          {"nodes", nodes},
          {"candidates", candidates},
          {"fixed_costs",
           {{"node_ms", planned.run.costs.node_ms},
            {"worker_ms", planned.run.costs.worker_ms},
            {"file_ms", planned.run.costs.file_ms},
            {"node_runs", planned.history.learned.node_runs},
            {"worker_runs", planned.history.learned.worker_runs},
            {"file_runs", planned.history.learned.file_runs}}},
          {"reason", plan::choice_text(plan.choice)},
          {"wall_ms", plan.wall_ms},
          {"total_ms", plan.total_ms},
          {"imbalance_ms", plan.imbalance_ms},
          {"lower_bound_ms", plan.lower_bound_ms},
          {"left_out", left_out},
          {"skippable_percentage", planned.run.files.skippable_percentage},
          {"discovery",
           {{"files", planned.discovered_files},
            {"tests", planned.discovered_tests},
            {"full", planned.full_discovery},
            {"milliseconds", planned.discovery_ms}}},
          {"long_files", planned.divisions},
          {"notices", planned.notices}};
}

}  // namespace alibi::planning
