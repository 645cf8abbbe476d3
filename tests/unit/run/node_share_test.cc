#include "collector/run/node_share.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace alibi::run {
namespace {

using Share = std::vector<std::vector<size_t>>;

std::vector<plan::Unit> units_of(const std::vector<uint64_t>& weights) {
  std::vector<plan::Unit> units;
  for (const uint64_t weight : weights) {
    units.emplace_back();
    units.back().file = "file" + std::to_string(units.size());
    units.back().weight_ms = weight;
  }
  return units;
}

// Runs everything in virtual time, unit by unit; how long it took.
uint64_t makespan(WorkSource* source, const std::vector<uint64_t>& actual, size_t workers) {
  std::vector<uint64_t> free_at(workers, 0);
  std::vector<bool> over(workers, false);
  std::vector<std::vector<size_t>> running(workers);
  uint64_t last = 0;
  while (true) {
    size_t next = workers;
    for (size_t worker = 0; worker < workers; ++worker) {
      if (!over[worker] && (next == workers || free_at[worker] < free_at[next])) next = worker;
    }
    if (next == workers) return last;
    for (const size_t unit : running[next]) source->end(unit, UnitEnd::kPassed, actual[unit]);
    running[next] = source->claim(static_cast<uint32_t>(next), 0).units;
    if (running[next].empty()) over[next] = true;
    for (const size_t unit : running[next]) free_at[next] += actual[unit];
    last = std::max(last, free_at[next]);
  }
}

TEST(NodeShare, LeavesTheListOfARetiredWorkerToOthersWhereNobodySteals) {
  NodeShare source(units_of({5, 4, 3, 2}), {{0, 2}, {1, 3}}, Stealing{false});
  EXPECT_EQ(source.claim(0, 0).units, std::vector<size_t>{0});
  EXPECT_EQ(source.claim(1, 100).units, (std::vector<size_t>{1, 3}));
  EXPECT_TRUE(source.claim(1, 0).units.empty());
  source.retire(0);
  EXPECT_EQ(source.left_units(), 1U);
  EXPECT_EQ(source.left_ms(), 3U);
  EXPECT_EQ(source.claim(1, 0).units, std::vector<size_t>{2});
  EXPECT_EQ(source.left_units(), 0U);
}

TEST(NodeShare, MakesUpForAWrongEstimateByStealing) {
  const Share share = {{0, 2}, {1, 3}};
  NodeShare fixed(units_of({10, 10, 10, 10}), share, Stealing{false});
  EXPECT_EQ(makespan(&fixed, {40, 10, 10, 10}, 2), 50U);
  NodeShare stealing(units_of({10, 10, 10, 10}), share, Stealing{true});
  EXPECT_EQ(makespan(&stealing, {40, 10, 10, 10}, 2), 40U);
}

TEST(NodeShare, StaysNearTheBestWithEstimatesThatAreFarOff) {
  std::mt19937 random(7);
  std::lognormal_distribution<double> duration(7, 1), noise(0, 0.5);
  double sum = 0;
  constexpr int kRounds = 20;
  for (int round = 0; round < kRounds; ++round) {
    constexpr size_t kUnits = 300, kWorkers = 8;
    std::vector<uint64_t> actual(kUnits), estimates(kUnits);
    for (size_t i = 0; i < kUnits; ++i) {
      actual[i] = static_cast<uint64_t>(duration(random)) + 1;
      estimates[i] = static_cast<uint64_t>(static_cast<double>(actual[i]) * noise(random)) + 1;
    }
    Share lists(kWorkers);
    for (size_t i = 0; i < kUnits; ++i) lists[i % kWorkers].push_back(i);
    NodeShare share(units_of(estimates), lists, {});
    const uint64_t total = std::accumulate(actual.begin(), actual.end(), uint64_t{0});
    const uint64_t best = std::max(*std::ranges::max_element(actual), (total + kWorkers - 1) / kWorkers);
    sum += static_cast<double>(makespan(&share, actual, kWorkers)) / static_cast<double>(best);
  }
  EXPECT_LT(sum / kRounds, 1.05);
}

TEST(NodeShare, GivesTheOwnListHeaviestFirst) {
  NodeShare share(units_of({5, 9, 7}), {{0, 1, 2}}, {});
  EXPECT_EQ(share.claim(0, 0).units, std::vector<size_t>{1});
  EXPECT_EQ(share.claim(0, 0).units, std::vector<size_t>{2});
  EXPECT_EQ(share.left_units(), 1U);
  EXPECT_EQ(share.left_ms(), 5U);
}

TEST(NodeShare, StealsTheHeaviestOfTheWorkerWithMostLeft) {
  NodeShare share(units_of({8, 3, 6, 6, 1}), {{0, 1}, {2, 3}, {4}}, {});
  EXPECT_EQ(share.claim(2, 0).units, std::vector<size_t>{4});
  EXPECT_EQ(share.claim(2, 0).units, std::vector<size_t>{2});  // 12 ms were left there, 11 with the other
  EXPECT_EQ(share.claim(2, 0).units, std::vector<size_t>{0});
}

TEST(NodeShare, KeepsAGroupTogetherWhenItIsStolen) {
  std::vector<plan::Unit> units = units_of({4, 4, 4, 9});
  units[0].group = units[2].group = "database";
  NodeShare share(units, {{0, 1, 2, 3}, {}}, {});
  EXPECT_EQ(share.claim(0, 0).units, std::vector<size_t>{3});
  EXPECT_EQ(share.claim(1, 0).units, (std::vector<size_t>{0, 2}));
  EXPECT_EQ(share.claim(0, 0).units, std::vector<size_t>{1});
}

TEST(NodeShare, PutsAGroupThatWasPlannedApartBackTogether) {
  std::vector<plan::Unit> units = units_of({4, 4});
  units[0].group = units[1].group = "one";
  NodeShare share(units, {{0}, {1}}, Stealing{false});
  EXPECT_EQ(share.claim(0, 0).units, (std::vector<size_t>{0, 1}));
  EXPECT_TRUE(share.claim(1, 0).units.empty());
}

TEST(NodeShare, LetsAnybodyRunWhatWasGivenBackEvenWithoutStealing) {
  NodeShare share(units_of({4, 4}), {{0}, {1}}, Stealing{false});
  (void)share.claim(0, 0);
  (void)share.claim(1, 0);
  Claim nothing = share.claim(1, 0);
  EXPECT_FALSE(nothing.none_left);
  EXPECT_GT(nothing.wait_ms, 0U);
  share.give_back({0});
  EXPECT_EQ(share.left_ms(), 4U);
  EXPECT_EQ(share.claim(1, 0).units, std::vector<size_t>{0});
  share.end(0, UnitEnd::kPassed, 1);
  share.end(1, UnitEnd::kPassed, 1);
  EXPECT_TRUE(share.claim(0, 0).none_left);
}

TEST(NodeShare, ClaimsAsMuchAsTheBudgetHoldsAndAtLeastOne) {
  NodeShare share(units_of({4, 4, 4, 4}), {{0, 1, 2, 3}}, {});
  EXPECT_EQ(share.claim(0, 9).units.size(), 2U);
  EXPECT_EQ(share.claim(0, 1).units.size(), 1U);
}

TEST(NodeShare, RunsUnitsThatNoListNames) {
  NodeShare share(units_of({4, 4}), {{0, 0, 99}}, Stealing{false});
  EXPECT_EQ(share.claim(0, 100).units, (std::vector<size_t>{0, 1}));
}

TEST(NodeShare, GivesEachUnitToOneWorkerWhateverIsGivenBack) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    const size_t count = random() % 40, workers = 1 + random() % 5;
    std::vector<uint64_t> weights(count);
    for (uint64_t& weight : weights) weight = 1 + random() % 50;
    std::vector<plan::Unit> units = units_of(weights);
    for (plan::Unit& unit : units) unit.group = random() % 3 == 0 ? std::to_string(random() % 3) : "";
    Share lists(workers);
    for (size_t unit = 0; unit < count; ++unit) lists[random() % workers].push_back(unit);
    NodeShare share(units, lists, Stealing{random() % 2 == 0});
    std::vector<int> runs(count, 0);
    for (bool over = false; !over;) {
      over = true;
      for (uint32_t worker = 0; worker < workers; ++worker) {
        Claim claim = share.claim(worker, random() % 60);
        if (!claim.none_left) over = false;
        const size_t kept = claim.units.empty() ? 0 : 1 + random() % claim.units.size();
        share.give_back({claim.units.begin() + static_cast<ptrdiff_t>(kept), claim.units.end()});
        for (size_t i = 0; i < kept; ++i) {
          ++runs[claim.units[i]];
          share.end(claim.units[i], UnitEnd::kPassed, 1);
        }
      }
    }
    EXPECT_EQ(std::ranges::count(runs, 1), static_cast<ptrdiff_t>(count));
    EXPECT_EQ(share.left_ms(), 0U);
    EXPECT_EQ(share.left_units(), 0U);
  }
}

TEST(BatchBudget, ShrinksTowardsTheEndButNeverBelowWhatAStartIsWorth) {
  EXPECT_EQ(batch_budget_ms(800'000, 4, 1000), 100'000U);
  EXPECT_EQ(batch_budget_ms(80'000, 4, 1000), 19'000U);  // a start of 1 s is 5 % of 20 s
  EXPECT_EQ(batch_budget_ms(40'000, 4, 1000), 10'000U);  // everybody gets something
  EXPECT_EQ(batch_budget_ms(80'000, 4, 10), 10'000U);
  EXPECT_EQ(batch_budget_ms(80'000, 1, 1000), 80'000U);  // a single worker has nobody to wait for
  EXPECT_EQ(batch_budget_ms(0, 0, 0), 0U);
}

}  // namespace
}  // namespace alibi::run
