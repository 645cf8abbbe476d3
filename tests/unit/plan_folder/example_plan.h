// Worked example 8 of the specification as a planned run: what the peer would have planned, by hand.
#ifndef ALIBI_TESTS_UNIT_PLAN_FOLDER_EXAMPLE_PLAN_H_
#define ALIBI_TESTS_UNIT_PLAN_FOLDER_EXAMPLE_PLAN_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collector/plan_folder/plan_files.h"
#include "collector/plan_folder/plan_folder.h"

namespace alibi::plan_folder::testing {

inline plan::Unit unit(const std::string& file, uint64_t weight_ms, bool known = true) {
  plan::Unit made;
  made.file = file;
  made.weight_ms = weight_ms;
  made.source = known ? plan::DurationSource::kKnown : plan::DurationSource::kDefault;
  return made;
}

inline plan::SuiteAggregate suite(const std::string& name, const std::string& file, uint64_t tests,
                                  uint64_t skipped, std::optional<uint64_t> p50_ns) {
  plan::SuiteAggregate made;
  made.facts = {"rspec", name, file, tests, skipped, p50_ns};
  made.total_ns = p50_ns ? static_cast<double>(*p50_ns) : 1e9 * static_cast<double>(tests);
  made.estimated_ns = made.total_ns * static_cast<double>(tests - skipped) / static_cast<double>(tests);
  made.source = p50_ns ? plan::DurationSource::kKnown : plan::DurationSource::kDefault;
  return made;
}

// One worker a node with these units.
inline plan::NodeShare node(const plan::Plan& plan, std::vector<size_t> units) {
  plan::NodeShare made;
  made.workers.resize(1);
  for (const size_t position : units) made.workers[0].load_ms += plan.units[position].weight_ms;
  made.wall_ms = made.workers[0].load_ms;
  made.workers[0].units = std::move(units);
  return made;
}

inline PlannedRun example_plan() {
  PlannedRun planned;
  planned.key = {"1f0c8e2a7d5b4936a8b7c6d5e4f30921a2b3c4d5",
                 "00112233445566aa",
                 "00112233445566bb",
                 "00112233445566cc",
                 {{"--max-parallelism", "3"}, {"--ci-job-overhead", "5s"}}};
  planned.run = {"shop", "https://github.com/example/shop.git", "1f0c8e2a7d5b4936a8b7c6d5e4f30921a2b3c4d5",
                 "main"};
  planned.platform = "ruby";
  planned.framework = "rspec";
  planned.skipping_level = "test";
  planned.os_tags = {{"os.platform", "linux"}, {"os.architecture", "x86_64"}};
  planned.runtime_tags = {{"runtime.name", "ruby"}, {"runtime.version", "3.1.2"}};
  planned.compat = true;

  plan::Plan& plan = planned.plan;
  plan.units = {unit("spec/a_spec.rb", 60000), unit("spec/b_spec.rb", 7000, false),
                unit("spec/f_spec.rb", 1000, false), unit("spec/e_spec.rb", 666), unit("spec/d_spec.rb", 1)};
  plan.nodes = {node(plan, {0}), node(plan, {1, 2, 3, 4})};
  plan.wall_ms = 60000;
  plan.imbalance_ms = 51333;
  plan.total_ms = 68667;
  plan.lower_bound_ms = 60000;
  plan.choice = plan::Choice::kLowestScore;
  plan.without_target = 2;
  plan.candidates = {
      {1, 68667, 73667, 0, 68667}, {2, 60000, 70000, 51333, 60000}, {3, 60000, 75000, 58333, 60000}};

  planned.files.units = {plan.units[0], plan.units[1], plan.units[4], plan.units[3], plan.units[2]};
  planned.files.left_out = {"spec/c_spec.rb"};
  planned.files.suites = {
      suite("A", "spec/a_spec.rb", 4, 1, 80'000'000'000), suite("A2", "spec/a_spec.rb", 2, 2, 9'000'000'000),
      suite("B", "spec/b_spec.rb", 7, 0, std::nullopt),   suite("C", "spec/c_spec.rb", 3, 3, 30'000'000'000),
      suite("D", "spec/d_spec.rb", 1, 0, 400'000),        suite("E", "spec/e_spec.rb", 3, 1, 1'000'000'001)};
  double total = 0;
  double estimated = 0;
  for (const plan::SuiteAggregate& each : planned.files.suites) {
    total += each.total_ns;
    estimated += each.estimated_ns;
  }
  planned.files.skippable_percentage = (total - estimated) / total * 100;
  planned.p90_ns = {{{"rspec", "A"}, 95'000'000'000}};
  planned.reasons = {{"spec/c_spec.rb", "all 3 tests are cleared"}};
  planned.estimates = {{"spec/a_spec.rb", "p50 of the service"}};
  planned.github_matrix =
      R"(matrix={"include":[{"ci_node_index":0,"ci_node_total":2},{"ci_node_index":1,"ci_node_total":2}]})";
  planned.http_cache = {{"settings.json", R"({"data":{"id":"1"}})"}, {"known_tests.json", ""}};
  return planned;
}

// The example with spec/a_spec.rb in two parts on two nodes of two workers, as only we plan.
inline PlannedRun divided_plan() {
  PlannedRun planned = example_plan();
  planned.compat = false;
  planned.workers_per_node = 2;
  planned.costs = {30000, 700, 12};
  plan::Plan& plan = planned.plan;
  plan::Unit first = unit("spec/a_spec.rb", 31000);
  first.selectors = {"spec/a_spec.rb[1:1]", "spec/a_spec.rb[1:2]"};
  first.group = "checkout";
  plan::Unit second = unit("spec/a_spec.rb", 29000);
  second.selectors = {"spec/a_spec.rb[1:3]"};
  plan.units.erase(plan.units.begin());
  plan.units.insert(plan.units.begin(), {first, second});
  plan.nodes = {node(plan, {0}), node(plan, {1, 4, 5})};
  plan.nodes[0].workers.push_back(node(plan, {2, 3}).workers[0]);
  plan.nodes[1].workers.push_back({});
  plan.warnings = {"a warning"};
  return planned;
}

inline std::string text_of(const PlannedRun& planned, const std::string& path) {
  for (const PlanFile& file : render_plan(planned)) {
    if (file.path == path) return file.bytes;
  }
  return "(no " + path + ")";
}

inline FolderTexts texts_of(const PlannedRun& planned) {
  FolderTexts texts;
  for (const PlanFile& file : render_plan(planned)) texts[file.path] = file.bytes;
  return texts;
}

}  // namespace alibi::plan_folder::testing

#endif  // ALIBI_TESTS_UNIT_PLAN_FOLDER_EXAMPLE_PLAN_H_
