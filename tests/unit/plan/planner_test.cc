#include "collector/plan/planner.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/plan/random_suites.h"

namespace alibi::plan {
namespace {

// Every unit exactly once; loads and walls are what the shares add up to.
void expect_sound(const Plan& plan, const FixedCosts& costs) {
  std::set<size_t> seen;
  size_t placed = 0;
  uint64_t wall = 0;
  for (const NodeShare& node : plan.nodes) {
    uint64_t node_wall = 0;
    EXPECT_FALSE(node.workers.empty());
    for (const WorkerShare& worker : node.workers) {
      EXPECT_FALSE(worker.units.empty());
      EXPECT_TRUE(std::is_sorted(worker.units.begin(), worker.units.end())) << "not heaviest first";
      uint64_t load = costs.worker_ms;
      for (const size_t unit : worker.units) {
        ASSERT_LT(unit, plan.units.size());
        seen.insert(unit);
        ++placed;
        load += plan.units[unit].weight_ms + costs.file_ms;
      }
      EXPECT_EQ(worker.load_ms, load);
      node_wall = std::max(node_wall, load);
    }
    EXPECT_EQ(node.wall_ms, node_wall);
    wall = std::max(wall, node_wall);
  }
  EXPECT_EQ(seen.size(), plan.units.size());
  EXPECT_EQ(placed, plan.units.size());
  EXPECT_EQ(plan.wall_ms, wall);
  EXPECT_GE(plan.wall_ms, plan.lower_bound_ms);
  EXPECT_TRUE(std::is_sorted(plan.units.begin(), plan.units.end(), [](const Unit& one, const Unit& other) {
    return one.weight_ms != other.weight_ms ? one.weight_ms > other.weight_ms : one.file < other.file;
  }));
}

PlanRequest random_request(Random* random) {
  PlanRequest request = request_for(random_units(1 + (*random)() % 60, 1.0, random), 1, 12);
  request.workers_per_node = static_cast<uint32_t>(1 + (*random)() % 4);
  request.overhead_ms = (*random)() % 5000;
  request.costs = {(*random)() % 1000, (*random)() % 3000, (*random)() % 300};
  return request;
}

const Candidate& row_of(const Plan& plan) {
  for (const Candidate& row : plan.candidates) {
    if (row.nodes == plan.nodes.size()) return row;
  }
  ADD_FAILURE() << "the chosen number of nodes has no row";
  return plan.candidates.front();
}

TEST(Planner, GivesEveryUnitToOneWorkerAndAddsUpWhatItSays) {
  Random random(11);
  for (int round = 0; round < 200; ++round) {
    const PlanRequest request = random_request(&random);
    const Plan plan = make_plan(request);
    expect_sound(plan, request.costs);
    const Candidate& row = row_of(plan);
    EXPECT_EQ(row.wall_ms, plan.wall_ms);
    EXPECT_EQ(row.imbalance_ms, plan.imbalance_ms);
    EXPECT_EQ(row.lower_bound_ms, plan.lower_bound_ms);
  }
}

TEST(Planner, TheBoundHoldsTheFixedCostsToo) {
  PlanRequest request = request_for(units_of({10}), 1, 1);
  request.costs = {100, 7, 1};
  const Plan plan = make_plan(request);
  EXPECT_EQ(plan.wall_ms, 18U);
  EXPECT_EQ(plan.lower_bound_ms, 18U);
}

TEST(Planner, TheOrderOfTheUnitsChangesNothing) {
  Random random(12);
  for (const bool compat : {false, true}) {
    PlanRequest request = random_request(&random);
    request.units = random_units(40, 0.3, &random);
    for (size_t i = 0; i < request.units.size(); ++i) {
      request.units[i].weight_ms = 100 + i % 5;  // many ties
      if (i % 7 == 0 && !compat) request.units[i].group = "g" + std::to_string(i % 3);
      if (i % 11 == 0) request.units[i].selectors = {"test_" + std::to_string(i) + "::one"};
    }
    request.compat = compat;
    const std::string first = written(make_plan(request));
    for (int round = 0; round < 50; ++round) {
      std::shuffle(request.units.begin(), request.units.end(), random);
      EXPECT_EQ(written(make_plan(request)), first);
    }
  }
}

TEST(Planner, MoreNodesNeverMakeTheWallLonger) {
  Random random(13);
  for (int round = 0; round < 100; ++round) {
    PlanRequest request = request_for(random_units(10 + random() % 80, 0.5, &random), 1, 80);
    request.workers_per_node = static_cast<uint32_t>(1 + random() % 3);
    const Plan plan = make_plan(request);
    for (size_t i = 1; i < plan.candidates.size(); ++i) {
      EXPECT_LE(plan.candidates[i].wall_ms, plan.candidates[i - 1].wall_ms);
      EXPECT_GE(plan.candidates[i].wall_ms, plan.candidates[i].lower_bound_ms);
    }
  }
}

// Three of nearly equal length a node: refined, 200 nodes are better than 201 by LPT, which are good enough.
TEST(Planner, MoreNodesThatWereNotRefinedUseThePackingOfFewer) {
  Random random(19);
  std::vector<uint64_t> weights(600);
  for (uint64_t& weight : weights) weight = 80'000 + random() % 40'000;
  PlanRequest request = request_for(units_of(weights), 1, 210);
  request.compat = true;
  request.target_ms = make_plan(request).candidates[200].wall_ms;
  request.overhead_ms = 100'000'000;
  request.compat = false;
  const Plan plan = make_plan(request);
  ASSERT_LT(plan.candidates[199].wall_ms, request.target_ms);
  for (size_t i = 1; i < plan.candidates.size(); ++i)
    EXPECT_LE(plan.candidates[i].wall_ms, plan.candidates[i - 1].wall_ms) << i + 1;
  request.min_nodes = request.max_nodes;
  request.target_ms = 0;
  expect_sound(make_plan(request), {});
}

TEST(Planner, NoRowIsWorseThanThePeers) {
  Random random(14);
  for (int round = 0; round < 50; ++round) {
    PlanRequest request = request_for(random_units(30 + random() % 100, 0.6, &random), 1, 30);
    const Plan ours = make_plan(request);
    request.compat = true;
    const Plan peers = make_plan(request);
    ASSERT_EQ(ours.candidates.size(), peers.candidates.size());
    for (size_t i = 0; i < ours.candidates.size(); ++i)
      EXPECT_LE(ours.candidates[i].wall_ms, peers.candidates[i].wall_ms);
    EXPECT_LE(row_of(ours).score_ms, row_of(peers).score_ms);
  }
}

TEST(Planner, LeavesNoNodeEmptyWhileItsUnitsAreEnough) {
  // Everything but the first fits beside it: a careless packing would use two nodes.
  PlanRequest request = request_for(units_of({1000, 1, 1, 1, 1}), 5, 5);
  EXPECT_EQ(make_plan(request).nodes.size(), 5U);
  expect_sound(make_plan(request), {});
  request.min_nodes = request.max_nodes = 3;
  request.workers_per_node = 2;
  expect_sound(make_plan(request), {});
}

TEST(Planner, KeepsAGroupOnOneWorker) {
  Random random(15);
  for (int round = 0; round < 30; ++round) {
    PlanRequest request = random_request(&random);
    for (size_t i = 0; i < request.units.size(); i += 2) request.units[i].group = "g" + std::to_string(i % 5);
    const Plan plan = make_plan(request);
    expect_sound(plan, request.costs);
    std::set<std::pair<std::string, const WorkerShare*>> places;
    std::set<std::string> groups;
    for (const NodeShare& node : plan.nodes) {
      for (const WorkerShare& worker : node.workers) {
        for (const size_t unit : worker.units) {
          if (plan.units[unit].group.empty()) continue;
          places.emplace(plan.units[unit].group, &worker);
          groups.insert(plan.units[unit].group);
        }
      }
    }
    EXPECT_EQ(places.size(), groups.size());
  }
}

TEST(Planner, WorkersOfTheSameNodesGetEqualShares) {
  PlanRequest request = request_for(units_of({9, 8, 7, 6, 5, 4, 3, 2}), 2, 2);
  request.workers_per_node = 2;
  const Plan plan = make_plan(request);
  EXPECT_EQ(plan.wall_ms, 11U);
  for (const NodeShare& node : plan.nodes) EXPECT_EQ(node.workers.size(), 2U);
  // The nodes as a whole are even too, for what their workers take from one another.
  request = request_for(units_of({10, 10, 4, 4}), 2, 2);
  request.workers_per_node = 2;
  for (const NodeShare& node : make_plan(request).nodes) {
    ASSERT_EQ(node.workers.size(), 2U);
    EXPECT_EQ(node.workers[0].load_ms + node.workers[1].load_ms, 14U);
  }
}

TEST(Planner, TheLeastWallIsTakenWithTheFewestNodesThatHaveIt) {
  PlanRequest request = request_for(units_of({60, 30, 30, 30}), 1, 4);
  request.objective = Objective::kWall;
  request.overhead_ms = 1'000'000;
  const Plan plan = make_plan(request);
  EXPECT_EQ(plan.wall_ms, 60U);
  EXPECT_EQ(plan.nodes.size(), 3U);
}

TEST(Planner, TheLeastCostCountsTheTimeOfAllNodes) {
  PlanRequest request = request_for(units_of({40, 20, 20, 20}), 1, 4);
  request.objective = Objective::kCost;
  request.overhead_ms = 0;
  // 1 * 100, 2 * 60, 3 * 40, 4 * 40
  EXPECT_EQ(make_plan(request).nodes.size(), 1U);
  EXPECT_EQ(make_plan(request).candidates[1].score_ms, 120U);
  request.units = units_of({50, 50});
  // 1 * 100 = 2 * 50: the shorter wall; a node's start makes one node the cheaper.
  EXPECT_EQ(make_plan(request).nodes.size(), 2U);
  request.costs.node_ms = 1;
  EXPECT_EQ(make_plan(request).nodes.size(), 1U);
}

TEST(Planner, ANodeThatSavesLessThanWantedIsNotAdded) {
  PlanRequest request = request_for(units_of({60'000, 60'000, 60'000, 60'000}), 1, 4);
  EXPECT_EQ(make_plan(request).nodes.size(), 4U);
  request.min_saving_ms = 30'000;  // two more than two nodes save 60 s
  EXPECT_EQ(make_plan(request).nodes.size(), 4U);
  request.min_saving_ms = 30'001;
  EXPECT_EQ(make_plan(request).nodes.size(), 2U);
  request.min_saving_ms = 120'001;
  EXPECT_EQ(make_plan(request).nodes.size(), 1U);
  // Not at the target's expense.
  request.target_ms = 60'000;
  EXPECT_EQ(make_plan(request).nodes.size(), 4U);
}

TEST(Planner, SaysWhenTheTargetIsOutOfReach) {
  PlanRequest request = request_for(units_of({60'000, 60'000}), 1, 2);
  request.target_ms = 59'250;
  const Plan plan = make_plan(request);
  ASSERT_EQ(plan.warnings.size(), 1U);
  EXPECT_EQ(
      plan.warnings[0],
      "no number of nodes from 1 to 2 meets --target-time 59.250 s; the shortest is taken: 60 s with 2");
}

TEST(Planner, BetterPackingMeetsATargetThatLongestFirstMisses) {
  PlanRequest request = request_for(units_of({5, 5, 4, 4, 3, 3, 3}), 1, 3);
  request.target_ms = 9;
  request.overhead_ms = 100;
  const Plan plan = make_plan(request);
  EXPECT_EQ(plan.nodes.size(), 3U);
  EXPECT_EQ(plan.choice, Choice::kTargetMetChangedSelection);
}

// LPT's worst case for so many nodes: 4/3 of what is possible, and too many rows to refine them all.
TEST(Planner, RowsThatCouldMeetTheTargetAreRefinedHoweverMuchTheyCost) {
  constexpr uint64_t kNodes = 160;
  std::vector<uint64_t> weights(3, kNodes);
  for (uint64_t weight = kNodes + 1; weight < 2 * kNodes; ++weight) weights.insert(weights.end(), 2, weight);
  PlanRequest request = request_for(units_of(weights), 1, static_cast<int64_t>(weights.size()));
  request.target_ms = 3 * kNodes;
  request.overhead_ms = 1'000'000;
  EXPECT_EQ(make_plan(request).nodes.size(), kNodes);
  request.compat = true;
  EXPECT_GT(make_plan(request).nodes.size(), kNodes);
}

std::map<std::string, uint32_t> nodes_of(const Plan& plan) {
  std::map<std::string, uint32_t> nodes;
  for (uint32_t node = 0; node < plan.nodes.size(); ++node) {
    for (const size_t unit : units_on(plan.nodes[node])) nodes[plan.units[unit].file] = node;
  }
  return nodes;
}

size_t moved(const std::map<std::string, uint32_t>& before, const Plan& plan) {
  size_t count = 0;
  for (const auto& [file, node] : nodes_of(plan)) {
    const auto was = before.find(file);
    count += was != before.end() && was->second != node ? 1 : 0;
  }
  return count;
}

TEST(StickyPlan, StaysAsItWasWhenNothingChanged) {
  Random random(16);
  PlanRequest request = request_for(random_units(200, 1.0, &random), 4, 4);
  request.workers_per_node = 2;
  const Plan first = make_plan(request);
  request.previous = nodes_of(first);
  EXPECT_EQ(moved(request.previous, make_plan(request)), 0U);
}

TEST(StickyPlan, MovesFewFilesAndCostsAtMostOnePercent) {
  Random random(17);
  for (int round = 0; round < 20; ++round) {
    PlanRequest request = request_for(random_units(300, 1.0, &random), 4, 4);
    request.workers_per_node = static_cast<uint32_t>(1 + round % 3);
    const std::map<std::string, uint32_t> before = nodes_of(make_plan(request));
    request.units.resize(295);
    for (Unit& unit : request.units) unit.weight_ms += unit.weight_ms * (random() % 10) / 100;
    for (int i = 0; i < 5; ++i) request.units.push_back({"new_" + std::to_string(i), {}, "", 3000});
    const Plan fresh = make_plan(request);
    request.previous = before;
    const Plan sticky = make_plan(request);
    expect_sound(sticky, {});
    EXPECT_LE(sticky.wall_ms * 100, fresh.wall_ms * 101);
    EXPECT_LT(moved(before, sticky), 60U);
    EXPECT_GT(moved(before, fresh), 150U);
  }
}

TEST(StickyPlan, LeavesNoNodeEmpty) {
  // Beside the first, the others are within the one percent.
  PlanRequest request = request_for(units_of({1000, 1, 1, 1}), 2, 2);
  for (const Unit& unit : request.units) request.previous[unit.file] = 0;
  const Plan plan = make_plan(request);
  EXPECT_EQ(plan.nodes.size(), 2U);
  expect_sound(plan, {});
}

TEST(StickyPlan, IsNotHeldUpByAPlanThatWasBad) {
  Random random(18);
  PlanRequest request = request_for(random_units(100, 1.0, &random), 5, 5);
  const Plan fresh = make_plan(request);
  for (const Unit& unit : request.units) request.previous[unit.file] = 0;
  request.previous["test_1"] = UINT32_MAX;
  request.previous["gone"] = 3;
  const Plan sticky = make_plan(request);
  expect_sound(sticky, {});
  EXPECT_EQ(sticky.nodes.size(), 5U);
  EXPECT_LE(sticky.wall_ms * 100, fresh.wall_ms * 101);
}

TEST(ShareOverWorkers, NamesPositionsInTheListGiven) {
  const std::vector<Unit> units = units_of({1, 5, 3, 4});
  const NodeShare share = share_over_workers(units, 2, {0, 10, 1}, false);
  ASSERT_EQ(share.workers.size(), 2U);
  EXPECT_EQ(share.workers[0].units, (std::vector<size_t>{1, 0}));
  EXPECT_EQ(share.workers[1].units, (std::vector<size_t>{3, 2}));
  EXPECT_EQ(share.workers[1].load_ms, 19U);
  EXPECT_EQ(share.wall_ms, 19U);
}

TEST(ShareOverWorkers, WithCompatIsLongestFirstWithoutCosts) {
  const std::vector<Unit> units = units_of({5, 5, 4, 4, 3, 3, 3});
  EXPECT_EQ(share_over_workers(units, 3, {1, 1, 1}, true).wall_ms, 11U);
  EXPECT_EQ(share_over_workers(units, 3, {}, false).wall_ms, 9U);
}

TEST(ShareOverWorkers, StartsNoWorkerForNothing) {
  EXPECT_TRUE(share_over_workers({}, 4, {1, 2, 3}, false).workers.empty());
  EXPECT_EQ(share_over_workers(units_of({1, 1}), UINT32_MAX, {}, false).workers.size(), 2U);
  EXPECT_EQ(share_over_workers(units_of({1, 1}), 0, {}, true).workers.size(), 1U);
}

}  // namespace
}  // namespace alibi::plan
