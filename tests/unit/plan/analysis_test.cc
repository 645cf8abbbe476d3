#include "collector/plan/analysis.h"

#include <gtest/gtest.h>

#include <numeric>

#include "collector/plan/best_packing.h"
#include "tests/unit/plan/random_suites.h"

namespace alibi::plan {
namespace {

// Two workers of one node, four units estimated at 10 each.
Plan four_equal_units() {
  PlanRequest request = request_for({}, 1, 1);
  for (const char* name : {"a", "b", "c", "d"}) request.units.push_back({name, {}, "", 10});
  request.workers_per_node = 2;
  return make_plan(request);
}

void expect_sum(const Losses& losses) {
  EXPECT_EQ(losses.packing_ms + losses.estimate_ms + losses.boot_ms + losses.straggler_ms,
            losses.wall_ms - losses.lower_bound_ms);
  for (const uint64_t part :
       {losses.lower_bound_ms, losses.packing_ms, losses.estimate_ms, losses.boot_ms, losses.straggler_ms})
    EXPECT_LE(part, losses.wall_ms);
}

TEST(PlanQuality, IsTheWallToItsBound) {
  PlanRequest request = request_for(units_of({5, 5, 4, 4, 3, 3, 3}), 3, 3);
  EXPECT_DOUBLE_EQ(plan_quality(make_plan(request)), 1);
  request.compat = true;
  EXPECT_NEAR(plan_quality(make_plan(request)), 1.2222, 0.0001);
  EXPECT_DOUBLE_EQ(plan_quality(Plan()), 1);
}

TEST(RunLosses, AWrongEstimateIsTheEstimatesLoss) {
  const Plan plan = four_equal_units();
  const Losses losses = run_losses(plan, {{40, 10, 10, 10}, {{0, {0, 2}}, {0, {1, 3}}}, 50});
  EXPECT_EQ(losses.lower_bound_ms, 40U);
  EXPECT_EQ(losses.estimate_ms, 10U);
  EXPECT_EQ(losses.packing_ms, 0U);
  EXPECT_EQ(losses.static_ms, 50U);
  expect_sum(losses);
}

TEST(RunLosses, WhatStealingWonIsNoLoss) {
  const Plan plan = four_equal_units();
  const Losses losses = run_losses(plan, {{40, 10, 10, 10}, {{0, {0}}, {0, {1, 3, 2}}}, 40});
  EXPECT_EQ(losses.wall_ms, 40U);
  EXPECT_EQ(losses.estimate_ms, 0U);
  EXPECT_EQ(losses.static_ms, 50U);
  EXPECT_EQ(losses.work_ms, 40U);
  expect_sum(losses);
}

TEST(RunLosses, BootsAndWaitingAreTheirOwn) {
  const Plan plan = four_equal_units();
  const Losses losses = run_losses(plan, {{10, 10, 10, 10}, {{7, {0, 2}}, {3, {1, 3}}}, 32});
  EXPECT_EQ(losses.boot_ms, 7U);
  EXPECT_EQ(losses.straggler_ms, 5U);
  EXPECT_EQ(losses.estimate_ms + losses.packing_ms, 0U);
  expect_sum(losses);
}

TEST(RunLosses, WhatNoPackingCanMendIsThePackings) {
  PlanRequest request = request_for(units_of({6, 4, 4, 4}), 2, 2);  // 9 each, were it not for even numbers
  const Plan plan = make_plan(request);
  RunFacts facts;
  for (const Unit& unit : plan.units) facts.unit_ms.push_back(unit.weight_ms);
  for (const NodeShare& node : plan.nodes) facts.workers.push_back({0, units_on(node)});
  const Losses losses = run_losses(plan, facts);
  EXPECT_EQ(losses.packing_ms, 1U);
  EXPECT_EQ(losses.estimate_ms, 0U);
  expect_sum(losses);
}

TEST(RunLosses, ARunThatWasLuckierThanItsPackingLostNothing) {
  // The group was to stay together and did not.
  std::vector<Unit> units = units_of({10, 10});
  units[0].group = units[1].group = "g";
  const Plan plan = make_plan(request_for(units, 1, 1));
  const Losses losses = run_losses(plan, {{10, 10}, {{0, {0}}, {0, {1}}}, 10});
  EXPECT_EQ(losses.wall_ms, 10U);
  EXPECT_EQ(losses.estimate_ms, 0U);
  expect_sum(losses);
}

TEST(RunLosses, AddUpWhateverHappened) {
  Random random(41);
  for (int round = 0; round < 200; ++round) {
    PlanRequest request = request_for(random_units(1 + random() % 40, 1.0, &random), 1, 4);
    request.workers_per_node = 2;
    const Plan plan = make_plan(request);
    RunFacts facts;
    facts.workers.resize(random() % 6);
    for (WorkerRun& worker : facts.workers) worker.boot_ms = random() % 500;
    for (size_t unit = 0; unit < plan.units.size() + 2; ++unit) {  // two that the plan does not know
      if (unit % 9 != 8) facts.unit_ms.push_back(random() % 9000);
      if (!facts.workers.empty()) facts.workers[random() % facts.workers.size()].units.push_back(unit);
    }
    facts.wall_ms = random() % 100'000;
    const Losses losses = run_losses(plan, facts);
    expect_sum(losses);
    EXPECT_LE(losses.lower_bound_ms, losses.wall_ms);
  }
}

TEST(WhatIf, AnswersInTheOrderAskedAndAsThePlanSays) {
  Random random(42);
  const PlanRequest request = request_for(random_units(60, 0.5, &random), 1, 12);
  const Plan plan = make_plan(request);
  const std::vector<Candidate> rows = what_if(request, {8, 4, 8, -3, 1000});
  ASSERT_EQ(rows.size(), 5U);
  for (const Candidate& row : {rows[0], rows[1], rows[2], rows[3]}) {
    EXPECT_EQ(row.wall_ms, plan.candidates[row.nodes - 1].wall_ms);
    EXPECT_EQ(row.score_ms, plan.candidates[row.nodes - 1].score_ms);
  }
  EXPECT_EQ(rows[1].nodes, 4U);
  EXPECT_EQ(rows[3].nodes, 1U);
  EXPECT_EQ(rows[4].nodes, 60U);
}

TEST(WhatIf, NothingToRunTakesNoNodes) {
  const std::vector<Candidate> rows = what_if(PlanRequest(), {4});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].nodes, 0U);
  EXPECT_EQ(rows[0].wall_ms, 0U);
}

TEST(WhatIf, WithCompatIsThePeersPacking) {
  PlanRequest request = request_for(units_of({5, 5, 4, 4, 3, 3, 3}), 1, 3);
  request.compat = true;
  request.costs = {1, 1, 1};
  EXPECT_EQ(what_if(request, {3}).at(0).wall_ms, 11U);
}

TEST(PlanDifference, TellsWhatMovedCameWentAndChanged) {
  const auto plan_of = [](std::vector<Unit> first, std::vector<Unit> second) {
    Plan plan;
    plan.nodes.resize(2);
    for (const auto& [node, units] : {std::pair{0, first}, std::pair{1, second}}) {
      plan.nodes[node].workers.resize(1);
      for (const Unit& unit : units) {
        plan.nodes[node].workers[0].units.push_back(plan.units.size());
        plan.units.push_back(unit);
      }
    }
    return plan;
  };
  const Unit a{"a", {}, "", 5}, b{"b", {}, "", 4}, heavier_b{"b", {}, "", 6}, c{"c", {}, "", 3},
      d{"d", {}, "", 2};
  const Unit part{"a", {"a::x"}, "", 1};
  const PlanDifference found = difference(plan_of({a, c, part}, {b}), plan_of({a, d}, {heavier_b, part}));
  ASSERT_EQ(found.moved.size(), 1U);
  EXPECT_EQ(found.moved[0].unit.selectors, part.selectors);
  EXPECT_EQ(found.moved[0].old_node, 0U);
  EXPECT_EQ(found.moved[0].new_node, 1U);
  ASSERT_EQ(found.added.size(), 1U);
  EXPECT_EQ(found.added[0].unit.file, "d");
  EXPECT_FALSE(found.added[0].old_node.has_value());
  ASSERT_EQ(found.gone.size(), 1U);
  EXPECT_EQ(found.gone[0].unit.file, "c");
  ASSERT_EQ(found.reweighted.size(), 1U);
  EXPECT_EQ(found.reweighted[0].old_weight_ms, 4U);
  EXPECT_EQ(found.reweighted[0].new_weight_ms, 6U);
  EXPECT_TRUE(difference(four_equal_units(), four_equal_units()).moved.empty());
}

TEST(Simulation, IsTheWorkedExampleOfAWrongEstimate) {
  const Plan plan = four_equal_units();
  EXPECT_EQ(simulate(plan, {40, 10, 10, 10}, {false}), 50U);
  EXPECT_EQ(simulate(plan, {40, 10, 10, 10}, {true}), 40U);
  EXPECT_EQ(simulate(plan, {40, 10, 10, 10}, {true, 5}), 45U);
  EXPECT_EQ(simulate(plan, {}, {true}), 20U);
}

TEST(Simulation, WorkersThatGotNothingSteal) {
  PlanRequest request = request_for(units_of({10, 10}), 1, 1);
  request.workers_per_node = 1;
  const Plan plan = make_plan(request);
  EXPECT_EQ(simulate(plan, {}, {true, 0, 1}), 20U);
  EXPECT_EQ(simulate(plan, {}, {true, 0, UINT32_MAX}), 10U);
  EXPECT_EQ(simulate(plan, {}, {false, 0, 2}), 20U);
}

TEST(Simulation, TheWorkerWithTheMostLeftIsStolenFrom) {
  Plan plan;
  plan.units = units_of({1, 3, 2, 10, 9});
  plan.nodes.resize(1);
  plan.nodes[0].workers = {{{0}, 1}, {{1, 2}, 5}, {{3, 4}, 19}};
  EXPECT_EQ(simulate(plan, {}, {true}), 10U);  // 12 when the nearest is robbed first
}

TEST(Simulation, NodesDoNotStealFromOneAnother) {
  const Plan plan = make_plan(request_for(units_of({10, 10, 10, 10}), 2, 2));
  EXPECT_EQ(simulate(plan, {40, 10, 10, 10}, {true}), 50U);
}

TEST(Simulation, AGroupIsStolenAsAWhole) {
  std::vector<Unit> units = units_of({10, 9, 9});
  units[1].group = units[2].group = "g";
  const Plan plan = make_plan(request_for(units, 1, 1));
  EXPECT_EQ(simulate(plan, {}, {true, 0, 3}), 18U);
}

TEST(Simulation, WithoutNoiseTakesWhatThePlanSays) {
  Random random(43);
  for (int round = 0; round < 20; ++round) {
    PlanRequest request = request_for(random_units(50, 1.0, &random), 1, 5);
    request.workers_per_node = 3;
    const Plan plan = make_plan(request);
    EXPECT_EQ(simulate(plan, {}, {false}), plan.wall_ms);
    EXPECT_LE(simulate(plan, {}, {true}), plan.wall_ms);
  }
}

TEST(Simulation, StealingMakesUpForEstimatesThatAreOffByHalf) {
  Random random(44);
  double stealing = 0, fixed = 0;
  constexpr int kRounds = 40;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<Unit> units = random_units(300, 1.0, &random);
    Weights sorted;
    std::vector<uint64_t> actual_by_name;
    std::normal_distribution<double> noise(0, 0.5);
    for (Unit& unit : units) {
      sorted.push_back(unit.weight_ms);
      actual_by_name.push_back(unit.weight_ms);
      unit.weight_ms = std::max<uint64_t>(
          1, static_cast<uint64_t>(static_cast<double>(unit.weight_ms) * std::exp(noise(random))));
    }
    std::sort(sorted.rbegin(), sorted.rend());
    PlanRequest request = request_for(units, 1, 1);
    request.workers_per_node = 8;
    const Plan plan = make_plan(request);
    std::vector<uint64_t> actual;
    for (const Unit& unit : plan.units) actual.push_back(actual_by_name[std::stoul(unit.file.substr(5))]);
    const auto clairvoyant = static_cast<double>(best_packing(sorted, 8).fullest());
    stealing += static_cast<double>(simulate(plan, actual, {true})) / clairvoyant;
    fixed += static_cast<double>(simulate(plan, actual, {false})) / clairvoyant;
  }
  std::printf("to clairvoyant: stealing %.4f, static %.4f\n", stealing / kRounds, fixed / kRounds);
  EXPECT_LE(stealing / kRounds, 1.05);
  EXPECT_GT(fixed / kRounds, 1.1);
}

}  // namespace
}  // namespace alibi::plan
