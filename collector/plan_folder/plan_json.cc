#include "collector/plan_folder/plan_json.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "collector/model/plan_errors.h"
#include "collector/plan_folder/json_fields.h"

namespace alibi::plan_folder {
namespace {

using Json = nlohmann::ordered_json;
using nlohmann::json;
using Texts = std::map<std::string, std::string>;

constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
constexpr uint64_t kMost32 = std::numeric_limits<uint32_t>::max();
// By plan::Choice. As planner.h's choice_text; kept here, because these are the file's words.
constexpr const char* kChoiceTexts[] = {
    "no_runnable_tests",       "single_runner_only",           "lowest_score",
    "target_met_lowest_score", "target_met_changed_selection", "target_unreachable_lowest_wall_time"};

// JSON has no infinities.
double finite(double value) {
  return std::isfinite(value) ? value : 0;
}

Json list_of(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(json_text(text));
  return list;
}

// Names may be any bytes, so that maps are lists of pairs.
Json pairs_of(const Texts& texts) {
  Json list = Json::array();
  for (const auto& [name, value] : texts) list.push_back({json_text(name), json_text(value)});
  return list;
}

Json unit_json(const plan::Unit& unit) {
  Json made = {{"file", json_text(unit.file)}};
  if (unit.is_part()) made["selectors"] = list_of(unit.selectors);
  if (!unit.group.empty()) made["group"] = json_text(unit.group);
  made["weight_ms"] = unit.weight_ms;
  made["known"] = unit.source == plan::DurationSource::kKnown;
  return made;
}

Json units_json(const std::vector<plan::Unit>& units) {
  Json list = Json::array();
  for (const plan::Unit& unit : units) list.push_back(unit_json(unit));
  return list;
}

Json plan_value(const plan::Plan& plan) {
  Json nodes = Json::array();
  for (const plan::NodeShare& node : plan.nodes) {
    Json workers = Json::array();
    for (const plan::WorkerShare& worker : node.workers) {
      workers.push_back({{"load_ms", worker.load_ms}, {"units", worker.units}});
    }
    nodes.push_back({{"wall_ms", node.wall_ms}, {"workers", workers}});
  }
  Json candidates = Json::array();
  for (const plan::Candidate& candidate : plan.candidates) {
    candidates.push_back({{"nodes", candidate.nodes},
                          {"wall_ms", candidate.wall_ms},
                          {"score_ms", candidate.score_ms},
                          {"imbalance_ms", candidate.imbalance_ms},
                          {"lower_bound_ms", candidate.lower_bound_ms}});
  }
  return {{"units", units_json(plan.units)},
          {"nodes", nodes},
          {"wall_ms", plan.wall_ms},
          {"imbalance_ms", plan.imbalance_ms},
          {"total_ms", plan.total_ms},
          {"lower_bound_ms", plan.lower_bound_ms},
          {"choice", kChoiceTexts[static_cast<size_t>(plan.choice)]},
          {"without_target", plan.without_target},
          {"candidates", candidates},
          {"warnings", list_of(plan.warnings)}};
}

Json files_value(const plan::RunnableFiles& files) {
  Json suites = Json::array();
  for (const plan::SuiteAggregate& suite : files.suites) {
    Json made = {{"module", json_text(suite.facts.module)},
                 {"suite", json_text(suite.facts.suite)},
                 {"file", json_text(suite.facts.file)},
                 {"tests", suite.facts.tests},
                 {"skipped", suite.facts.skipped},
                 {"total_ns", finite(suite.total_ns)},
                 {"estimated_ns", finite(suite.estimated_ns)},
                 {"known", suite.source == plan::DurationSource::kKnown}};
    if (suite.facts.known_ns) made["known_ns"] = *suite.facts.known_ns;
    suites.push_back(std::move(made));
  }
  return {{"runnable", units_json(files.units)},
          {"left_out", list_of(files.left_out)},
          {"suites", suites},
          {"skippable_percentage", finite(files.skippable_percentage)}};
}

plan::DurationSource read_source(const JsonFields& fields) {
  return fields.flag("known") ? plan::DurationSource::kKnown : plan::DurationSource::kDefault;
}

std::vector<plan::Unit> read_units(const JsonFields& fields, const char* key) {
  std::vector<plan::Unit> units;
  for (const json& value : fields.list(key)) {
    const JsonFields unit = fields.element(value, key, units.size());
    plan::Unit made;
    made.file = unit.text("file");
    if (unit.has("selectors")) made.selectors = unit.texts("selectors");
    if (unit.has("group")) made.group = unit.text("group");
    made.weight_ms = unit.number("weight_ms", kMost);
    made.source = read_source(unit);
    units.push_back(std::move(made));
  }
  return units;
}

plan::WorkerShare read_worker(const JsonFields& worker, size_t units) {
  plan::WorkerShare share;
  share.load_ms = worker.number("load_ms", kMost);
  for (const json& position : worker.list("units")) {
    if (!position.is_number_unsigned() || position.get<uint64_t>() >= units) {
      worker.blame("units", "a list of positions in the plan's units");
      break;
    }
    share.units.push_back(position.get<size_t>());
  }
  return share;
}

void read_nodes(const JsonFields& fields, plan::Plan* plan) {
  for (const json& value : fields.list("nodes")) {
    const JsonFields node = fields.element(value, "nodes", plan->nodes.size());
    plan::NodeShare share;
    share.wall_ms = node.number("wall_ms", kMost);
    for (const json& worker : node.list("workers")) {
      share.workers.push_back(
          read_worker(node.element(worker, "workers", share.workers.size()), plan->units.size()));
    }
    plan->nodes.push_back(std::move(share));
  }
}

plan::Choice read_choice(const JsonFields& fields) {
  const std::string text = fields.text("choice");
  for (size_t i = 0; i < std::size(kChoiceTexts); ++i) {
    if (text == kChoiceTexts[i]) return static_cast<plan::Choice>(i);
  }
  fields.blame("choice", "a reason that is known");
  return plan::Choice::kNoRunnableTests;
}

plan::Plan read_plan_value(const JsonFields& fields) {
  plan::Plan plan;
  plan.units = read_units(fields, "units");
  read_nodes(fields, &plan);
  plan.wall_ms = fields.number("wall_ms", kMost);
  plan.imbalance_ms = fields.number("imbalance_ms", kMost);
  plan.total_ms = fields.number("total_ms", kMost);
  plan.lower_bound_ms = fields.number("lower_bound_ms", kMost);
  plan.choice = read_choice(fields);
  plan.without_target = static_cast<uint32_t>(fields.number("without_target", kMost32));
  for (const json& value : fields.list("candidates")) {
    const JsonFields candidate = fields.element(value, "candidates", plan.candidates.size());
    plan.candidates.push_back({static_cast<uint32_t>(candidate.number("nodes", kMost32)),
                               candidate.number("wall_ms", kMost), candidate.number("score_ms", kMost),
                               candidate.number("imbalance_ms", kMost),
                               candidate.number("lower_bound_ms", kMost)});
  }
  plan.warnings = fields.texts("warnings");
  return plan;
}

plan::RunnableFiles read_files(const JsonFields& fields) {
  plan::RunnableFiles files;
  files.units = read_units(fields, "runnable");
  files.left_out = fields.texts("left_out");
  files.skippable_percentage = fields.real("skippable_percentage");
  for (const json& value : fields.list("suites")) {
    const JsonFields suite = fields.element(value, "suites", files.suites.size());
    plan::SuiteAggregate made;
    made.facts = {
        suite.text("module"),           suite.text("suite"), suite.text("file"), suite.number("tests", kMost),
        suite.number("skipped", kMost), std::nullopt};
    if (suite.has("known_ns")) made.facts.known_ns = suite.number("known_ns", kMost);
    made.total_ns = suite.real("total_ns");
    made.estimated_ns = suite.real("estimated_ns");
    made.source = read_source(suite);
    files.suites.push_back(std::move(made));
  }
  return files;
}

PlannedRun read_root(const JsonFields& root) {
  PlannedRun planned;
  const JsonFields key = root.object("key");
  planned.key = {key.text("commit"),       key.text("settings_digest"),
                 key.text("files_digest"), key.text("timings_digest"),
                 key.pairs("settings"),    key.pairs("variables"),
                 key.text("untracked"),    key.has("ground") ? key.text("ground") : std::string()};
  const JsonFields run = root.object("run");
  planned.run = {run.text("service"), run.text("repository"), run.text("commit"), run.text("branch")};
  planned.platform = root.text("platform");
  planned.framework = root.text("framework");
  planned.skipping_level = root.text("skipping_level");
  planned.os_tags = root.pairs("os_tags");
  planned.runtime_tags = root.pairs("runtime_tags");
  planned.compat = root.flag("compat");
  planned.made_by_run = root.flag("made_by_run");
  planned.workers_per_node = static_cast<uint32_t>(root.number("workers_per_node", kMost32));
  const JsonFields costs = root.object("costs");
  planned.costs = {costs.number("node_ms", kMost), costs.number("worker_ms", kMost),
                   costs.number("file_ms", kMost)};
  planned.plan = read_plan_value(root.object("plan"));
  planned.files = read_files(root.object("files"));
  planned.no_tests = root.texts("no_tests");
  planned.reasons = root.pairs("reasons");
  planned.estimates = root.pairs("estimates");
  planned.github_matrix = root.text("github_matrix");
  return planned;
}

}  // namespace

std::string render_plan_json(const PlannedRun& planned) {
  Json key = {{"commit", json_text(planned.key.commit)},
              {"settings_digest", json_text(planned.key.settings_digest)},
              {"files_digest", json_text(planned.key.files_digest)},
              {"timings_digest", json_text(planned.key.timings_digest)},
              {"variables", pairs_of(planned.key.variables)},
              {"untracked", json_text(planned.key.untracked)},
              {"settings", pairs_of(planned.key.settings)}};
  if (!planned.key.ground.empty()) key["ground"] = json_text(planned.key.ground);
  const Json run = {{"service", json_text(planned.run.service)},
                    {"repository", json_text(planned.run.repository)},
                    {"commit", json_text(planned.run.commit)},
                    {"branch", json_text(planned.run.branch)}};
  const Json costs = {{"node_ms", planned.costs.node_ms},
                      {"worker_ms", planned.costs.worker_ms},
                      {"file_ms", planned.costs.file_ms}};
  const Json root = {{"version", kPlanVersion},
                     {"key", key},
                     {"run", run},
                     {"platform", json_text(planned.platform)},
                     {"framework", json_text(planned.framework)},
                     {"skipping_level", json_text(planned.skipping_level)},
                     {"os_tags", pairs_of(planned.os_tags)},
                     {"runtime_tags", pairs_of(planned.runtime_tags)},
                     {"compat", planned.compat},
                     {"made_by_run", planned.made_by_run},
                     {"workers_per_node", planned.workers_per_node},
                     {"costs", costs},
                     {"plan", plan_value(planned.plan)},
                     {"files", files_value(planned.files)},
                     {"no_tests", list_of(planned.no_tests)},
                     {"reasons", pairs_of(planned.reasons)},
                     {"estimates", pairs_of(planned.estimates)},
                     {"github_matrix", json_text(planned.github_matrix)}};
  return root.dump() + "\n";
}

Result<PlannedRun> parse_plan_json(std::string_view bytes) {
  const auto refuse = [](const std::string& what) { return Error{collector::kRunPlanLoad, 0, what}; };
  const json root = json::parse(bytes, nullptr, false);
  if (root.is_discarded()) return refuse("it is no JSON: cut short or damaged");
  std::string fault;
  const JsonFields fields(root, "", &fault);
  const uint64_t version = fields.number("version", kMost);
  if (fault.empty() && version != kPlanVersion) {
    return refuse("it is of version " + std::to_string(version) + ", this alibi reads version " +
                  std::to_string(kPlanVersion) + ": plan and run with the same alibi");
  }
  PlannedRun planned = read_root(fields);
  if (!fault.empty()) return refuse(fault);
  return planned;
}

}  // namespace alibi::plan_folder
