// The worked examples of splitting, digit for digit.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "collector/plan/planner.h"

namespace alibi::plan {
namespace {

using nlohmann::json;

const json& examples() {
  static const json read = json::parse(std::ifstream(ALIBI_SPLITTING_EXAMPLES));
  return read;
}

PlanRequest request_of(const json& one, const json& weights) {
  PlanRequest request;
  for (const auto& [file, weight] : weights.items())
    request.units.push_back({file, {}, "", weight.get<uint64_t>(), DurationSource::kKnown});
  request.min_nodes = one["min"];
  request.max_nodes = one["max"];
  request.overhead_ms = one["overhead"];
  request.target_ms = one["target"];
  return request;
}

std::vector<std::string> files_of(const Plan& plan, const NodeShare& node) {
  std::vector<std::string> files;
  for (const WorkerShare& worker : node.workers) {
    for (const size_t unit : worker.units) files.push_back(plan.units[unit].file);
  }
  return files;
}

std::vector<std::vector<std::string>> split_of(const Plan& plan) {
  std::vector<std::vector<std::string>> split;
  for (const NodeShare& node : plan.nodes) split.push_back(files_of(plan, node));
  return split;
}

json rows_of(const Plan& plan) {
  json rows = json::array();
  for (const Candidate& row : plan.candidates) rows.push_back({row.nodes, row.wall_ms, row.score_ms});
  return rows;
}

// What does not depend on the packing algorithm.
void expect_choice(const json& expected, const Plan& plan) {
  EXPECT_EQ(plan.nodes.size(), expected["n"].get<size_t>());
  EXPECT_EQ(plan.wall_ms, expected["wall"].get<uint64_t>());
  EXPECT_EQ(plan.total_ms, expected["total"].get<uint64_t>());
  EXPECT_EQ(choice_text(plan.choice), expected["reason"].get<std::string>());
  if (expected.contains("without_target")) {
    EXPECT_EQ(plan.without_target, expected["without_target"]);
  }
  if (expected.contains("candidates")) {
    EXPECT_EQ(rows_of(plan), expected["candidates"]);
  }
}

const json& weights_of(const json& one) {
  return one.contains("files") ? one["files"] : one["expect_weights"];
}

TEST(PlanExamples, WithCompatAreThePeersDigitForDigit) {
  size_t cases = 0;
  for (const json& example : examples()["examples"]) {
    for (const json& one : example["cases"]) {
      SCOPED_TRACE(example["id"].dump() + " " + one.dump());
      PlanRequest request = request_of(one, weights_of(one));
      request.compat = true;
      request.workers_per_node = 4;  // never considered
      request.costs = {1, 2, 3};
      const Plan plan = make_plan(request);
      const json& expected = one["expect"];
      expect_choice(expected, plan);
      EXPECT_EQ(plan.imbalance_ms, expected["imbalance"].get<uint64_t>());
      if (expected.contains("split")) {
        EXPECT_EQ(json(split_of(plan)), expected["split"]);
      }
      ++cases;
    }
  }
  EXPECT_EQ(cases, 23U);
}

TEST(PlanExamples, HoldWithBetterPackingToo) {
  for (const json& example : examples()["examples"]) {
    for (const json& one : example["cases"]) {
      // Fewer files than nodes and Graham's instance are told below.
      if (weights_of(one).size() < one["expect"]["n"].get<size_t>() || example["id"] == 7) continue;
      SCOPED_TRACE(example["id"].dump() + " " + one.dump());
      expect_choice(one["expect"], make_plan(request_of(one, weights_of(one))));
    }
  }
}

TEST(PlanExamples, GrahamsInstanceIsPackedOptimally) {
  for (const json& example : examples()["examples"]) {
    if (example["id"] != 7) continue;
    const json& one = example["cases"][0];
    const Plan plan = make_plan(request_of(one, one["files"]));
    EXPECT_EQ(plan.wall_ms, one["better"]["best_plan"].get<uint64_t>());
    EXPECT_EQ(plan.lower_bound_ms, one["better"]["lower_bound"].get<uint64_t>());
    EXPECT_EQ(plan.imbalance_ms, 0U);
    return;
  }
  FAIL() << "no example 7";
}

TEST(PlanExamples, ANodeIsNotLeftEmptyForAMinimum) {
  const json weights = {{"1", 10}, {"2", 10}, {"3", 10}};
  const json one = {{"min", 4}, {"max", 4}, {"overhead", 25000}, {"target", 0}};
  const Plan plan = make_plan(request_of(one, weights));
  EXPECT_EQ(plan.nodes.size(), 3U);
  ASSERT_EQ(plan.warnings.size(), 1U);
  EXPECT_NE(plan.warnings[0].find("--min-parallelism 4"), std::string::npos) << plan.warnings[0];
}

TEST(PlanExamples, WithNothingToRunThereAreNoNodes) {
  const json one = {{"min", 2}, {"max", 8}, {"overhead", 25000}, {"target", 0}};
  const Plan plan = make_plan(request_of(one, json::object()));
  EXPECT_TRUE(plan.nodes.empty());
  EXPECT_EQ(plan.choice, Choice::kNoRunnableTests);
  EXPECT_EQ(plan.wall_ms, 0U);
}

void expect_bonus(const std::string& id, const PlanRequest& request) {
  for (const json& bonus : examples()["bonus"]) {
    if (bonus["id"] != id) continue;
    const Plan plan = make_plan(request);
    const json& expected = bonus["expect"];
    EXPECT_EQ(plan.nodes.size(), expected["n"].get<size_t>());
    EXPECT_EQ(plan.wall_ms, expected["wall"].get<uint64_t>());
    EXPECT_EQ(rows_of(plan), bonus["got"]["rows"]);
    return;
  }
  FAIL() << "no example " << id;
}

std::vector<Unit> equal_units(size_t count, uint64_t weight_ms) {
  std::vector<Unit> units;
  for (size_t i = 0; i < count; ++i) units.push_back({"t" + std::to_string(i), {}, "", weight_ms});
  return units;
}

TEST(PlanExamples, WorkersOfANodeCountAsBins) {
  PlanRequest request;
  request.units = equal_units(8, 60000);
  request.max_nodes = 8;
  request.workers_per_node = 4;
  expect_bonus("B1", request);
}

TEST(PlanExamples, WithFixedCostsTheWallIsWhatItWillBe) {
  PlanRequest request;
  request.units = equal_units(120, 2000);
  request.max_nodes = 6;
  request.workers_per_node = 2;
  request.costs.worker_ms = 15000;
  request.costs.file_ms = 500;
  expect_bonus("B2", request);
}

}  // namespace
}  // namespace alibi::plan
