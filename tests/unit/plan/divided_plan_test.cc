#include "collector/plan/divided_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "tests/unit/plan/random_suites.h"

namespace alibi::plan {
namespace {

Unit unit_of(const FileTests& tests) {
  uint64_t sum = 0;
  for (const TestGroup& group : tests.groups) sum += group.weight_ms;
  return {tests.file, {}, "", sum, DurationSource::kKnown};
}

PlanRequest on_nodes(std::vector<Unit> units, int64_t nodes) {
  return request_for(std::move(units), nodes, nodes);
}

Plan planned_before(const PlanRequest& request, const std::vector<FileTests>& tests, uint32_t bins) {
  PlanRequest wanted = request;
  wanted.units = divide_long_files(request.units, tests, bins, request.target_ms, request.costs).units;
  return make_plan(wanted);
}

std::vector<size_t> tests_on_nodes(const Plan& plan) {
  std::vector<size_t> counts;
  for (const NodeShare& node : plan.nodes) {
    size_t count = 0;
    for (const size_t unit : units_on(node)) count += plan.units[unit].selectors.size();
    counts.push_back(count);
  }
  return counts;
}

TEST(DividedPlan, NineEqualTestsOnThreeNodesAreThreeEach) {
  const FileTests tests = tests_of("t.py", std::vector<uint64_t>(9, 1000));
  const PlanRequest request = on_nodes({unit_of(tests)}, 3);
  EXPECT_EQ(planned_before(request, {tests}, 3).wall_ms, 4000U);
  const DividedPlan made = divided_plan(request, {tests}, 3);
  EXPECT_EQ(tests_on_nodes(made.plan), (std::vector<size_t>{3, 3, 3}));
  EXPECT_EQ(made.plan.wall_ms, 3000U);
  EXPECT_EQ(made.plan.units.size(), 3U);
}

TEST(DividedPlan, EqualTestsOfOneFileAreEquallyMuchForEveryNode) {
  for (uint32_t nodes = 2; nodes <= 17; ++nodes) {
    for (size_t each = 1; each <= 12; ++each) {
      for (const uint64_t ms : {1000ULL, 3333ULL}) {
        const FileTests tests = tests_of("t.py", std::vector<uint64_t>(each * nodes, ms));
        PlanRequest request = on_nodes({unit_of(tests)}, nodes);
        request.costs.file_ms = each > 2 ? ms / 10 : 0;
        const DividedPlan made = divided_plan(request, {tests}, nodes);
        EXPECT_EQ(tests_on_nodes(made.plan), std::vector<size_t>(nodes, each)) << nodes << " nodes";
        EXPECT_EQ(made.plan.imbalance_ms, 0U) << nodes << " nodes of " << each;
        EXPECT_EQ(made.plan.units.size(), nodes);  // no more parts than are useful
      }
    }
  }
}

TEST(DividedPlan, WorkersOfFewNodesAreFilledAsWell) {
  const FileTests tests = tests_of("t.py", std::vector<uint64_t>(12, 20'000));
  PlanRequest request = request_for({unit_of(tests)}, 1, 5);
  request.workers_per_node = 2;
  request.overhead_ms = 60'000;
  const DividedPlan made = divided_plan(request, {tests}, 10);
  EXPECT_EQ(made.plan.nodes.size(), 1U);  // 120 + 60 s; two nodes: 60 + 120 s, as much
  EXPECT_EQ(made.plan.imbalance_ms, 0U);
  EXPECT_EQ(made.plan.wall_ms, 120'000U);
}

// Every way to give single tests and whole files to nodes.
uint64_t best_wall(const std::vector<uint64_t>& weights, size_t at, std::vector<uint64_t>* loads,
                   uint64_t best) {
  const uint64_t fullest = *std::ranges::max_element(*loads);
  if (fullest >= best) return best;
  if (at == weights.size()) return fullest;
  for (uint64_t& load : *loads) {
    const bool is_first_empty = load == 0;
    load += weights[at];
    best = best_wall(weights, at + 1, loads, best);
    load -= weights[at];
    if (is_first_empty) break;
  }
  return best;
}

TEST(DividedPlan, IsNoLongerThanBeforeAndNearTheBestOfSmallSuites) {
  Random random(41);
  double before = 0, now = 0, worst = 1;
  constexpr int kRounds = 400;
  for (int round = 0; round < kRounds; ++round) {
    const int64_t nodes = 2 + static_cast<int64_t>(random() % 3);
    std::vector<Unit> units = random_units(random() % 4, 0.5, &random);
    std::vector<uint64_t> single;
    for (const Unit& unit : units) single.push_back(unit.weight_ms);
    std::vector<FileTests> tests;
    for (size_t file = 0; file < 1 + random() % 2; ++file) {
      std::vector<uint64_t> weights(2 + random() % 5);
      for (uint64_t& weight : weights) weight = 500 + random() % 4000;
      single.insert(single.end(), weights.begin(), weights.end());
      tests.push_back(tests_of("long" + std::to_string(file), weights));
      units.push_back(unit_of(tests.back()));
    }
    std::ranges::sort(single, std::greater<>{});
    std::vector<uint64_t> loads(static_cast<size_t>(nodes));
    const auto best = static_cast<double>(best_wall(single, 0, &loads, UINT64_MAX));
    const PlanRequest request = on_nodes(units, nodes);
    const uint64_t old_wall = planned_before(request, tests, static_cast<uint32_t>(nodes)).wall_ms;
    const uint64_t wall = divided_plan(request, tests, static_cast<uint32_t>(nodes)).plan.wall_ms;
    EXPECT_LE(wall, old_wall + old_wall / 1000);
    before += static_cast<double>(old_wall) / best / kRounds;
    now += static_cast<double>(wall) / best / kRounds;
    worst = std::max(worst, static_cast<double>(wall) / best);
  }
  std::printf("small suites, wall to the best of all: %.4f before, %.4f now, at worst %.3f\n", before, now,
              worst);
  EXPECT_LT(now, before);
  EXPECT_LT(now, 1.05);
}

TEST(DividedPlan, IsNoWorseThanBeforeByItsObjective) {
  Random random(42);
  double before = 0, now = 0;
  for (int round = 0; round < 200; ++round) {
    std::vector<Unit> units = random_units(random() % 40, 1.0, &random);
    std::vector<FileTests> tests;
    for (size_t file = 0; file < 1 + random() % 3; ++file) {
      std::vector<uint64_t> weights(2 + random() % 60);
      for (uint64_t& weight : weights) weight = 100 + random() % 3000;
      tests.push_back(tests_of("long" + std::to_string(file), weights));
      units.push_back(unit_of(tests.back()));
    }
    PlanRequest request = request_for(units, 1, 1 + static_cast<int64_t>(random() % 12));
    request.workers_per_node = 1 + random() % 3;
    request.overhead_ms = random() % 8000;
    request.objective = random() % 2 != 0 ? Objective::kWall : Objective::kScore;
    request.costs = {0, random() % 500, random() % 300};
    if (random() % 3 == 0) request.target_ms = 5000 + random() % 40'000;
    const uint32_t bins = static_cast<uint32_t>(request.max_nodes) * request.workers_per_node;
    const Plan old_plan = planned_before(request, tests, bins);
    const DividedPlan made = divided_plan(request, tests, bins);
    const auto cost = [&](const Plan& plan) {
      if (request.target_ms != 0 && plan.wall_ms > request.target_ms) return uint64_t{1} << 40 | plan.wall_ms;
      return plan.wall_ms +
             (request.objective == Objective::kScore ? plan.nodes.size() * request.overhead_ms : 0);
    };
    EXPECT_LE(cost(made.plan), cost(old_plan) + old_plan.wall_ms / 1000);
    before += static_cast<double>(old_plan.wall_ms);
    now += static_cast<double>(made.plan.wall_ms);
    // The same whatever the order of the units.
    std::shuffle(request.units.begin(), request.units.end(), random);
    EXPECT_EQ(written(divided_plan(request, tests, bins).plan), written(made.plan));
  }
  std::printf("200 suites with long files: walls now %.4f of those before\n", now / before);
}

TEST(DividedPlan, LeavesAloneWhatHasNoLongFile) {
  const std::vector<Unit> units = units_of({100, 100, 100});
  const DividedPlan made = divided_plan(on_nodes(units, 3), {tests_of("test_0", {50, 50})}, 3);
  EXPECT_EQ(made.plan.units.size(), 3U);
  EXPECT_TRUE(made.division.reasons.empty());
}

}  // namespace
}  // namespace alibi::plan
