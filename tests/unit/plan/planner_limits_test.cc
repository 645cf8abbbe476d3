// Names, numbers and sizes that no suite has and that settings can nevertheless say.
#include <gtest/gtest.h>

#include "collector/plan/analysis.h"
#include "collector/plan/planner.h"
#include "tests/unit/plan/random_suites.h"

namespace alibi::plan {
namespace {

size_t units_placed(const Plan& plan) {
  size_t count = 0;
  for (const NodeShare& node : plan.nodes) count += units_on(node).size();
  return count;
}

TEST(PlannerLimits, NamesAreOrderedByBytesWhateverIsInThem) {
  const std::vector<std::string> names{"a b;c.py", "a\nb", "B", "\xC3\xA4.py", "\xF0\x9F\x98\x80.py",
                                       "\xFF\xFE", "",     "a", "a.py::x",     std::string("a\0b", 3)};
  PlanRequest request;
  for (const std::string& name : names) request.units.push_back({name, {}, "", 10});
  std::vector<std::string> sorted = names;
  std::sort(sorted.begin(), sorted.end(), [](const std::string& one, const std::string& other) {
    return std::lexicographical_compare(
        one.begin(), one.end(), other.begin(), other.end(),
        [](char a, char b) { return static_cast<unsigned char>(a) < static_cast<unsigned char>(b); });
  });
  const Plan plan = make_plan(request);
  for (size_t i = 0; i < sorted.size(); ++i) EXPECT_EQ(plan.units[i].file, sorted[i]);
  EXPECT_EQ(units_placed(plan), names.size());
}

TEST(PlannerLimits, HugeWeightsAndCostsStayTheLargestInsteadOfWrapping) {
  for (const bool compat : {false, true}) {
    PlanRequest request = request_for(units_of({UINT64_MAX, UINT64_MAX, UINT64_MAX - 1, 5}), 1, 4);
    request.costs = {UINT64_MAX, UINT64_MAX, UINT64_MAX};
    request.overhead_ms = UINT64_MAX;
    request.compat = compat;
    for (const Objective objective : {Objective::kScore, Objective::kWall, Objective::kCost}) {
      request.objective = objective;
      const Plan plan = make_plan(request);
      EXPECT_EQ(plan.total_ms, UINT64_MAX);
      EXPECT_GE(plan.wall_ms, uint64_t{1} << 60);
      EXPECT_GE(plan.wall_ms, plan.lower_bound_ms);
      EXPECT_EQ(plan.candidates.back().score_ms, UINT64_MAX);
      EXPECT_EQ(units_placed(plan), 4U);
    }
  }
}

TEST(PlannerLimits, AWeightOfNothingCountsAsOne) {
  const Plan plan = make_plan(request_for(units_of({0, 0, 0}), 1, 1));
  EXPECT_EQ(plan.wall_ms, 3U);
}

TEST(PlannerLimits, GiantNumbersOfNodesTakeNoMemory) {
  const int64_t giant = int64_t{1} << 62;
  EXPECT_EQ(make_plan(request_for(units_of({1, 2, 3}), giant, giant)).nodes.size(), 3U);
  EXPECT_TRUE(make_plan(request_for({}, giant, giant)).nodes.empty());
  PlanRequest request = request_for({}, giant, giant);
  request.compat = true;
  const Plan plan = make_plan(request);
  EXPECT_EQ(plan.nodes.size(), 65'536U);
  ASSERT_EQ(plan.warnings.size(), 1U);
  request.min_nodes = -giant;
  EXPECT_EQ(make_plan(request).nodes.size(), 1U);
  request.max_nodes = -giant;
  EXPECT_EQ(make_plan(request).nodes.size(), 1U);
  request = request_for(units_of({1, 2, 3}), 1, giant);
  request.workers_per_node = UINT32_MAX;
  EXPECT_EQ(make_plan(request).nodes.size(), 1U);
  EXPECT_EQ(what_if(request, {giant, -giant}).at(0).nodes, 3U);
}

TEST(PlannerLimits, AMillionUnitsAreCountedOutAndOnlyPromisingNumbersCompared) {
  PlanRequest request;
  for (size_t i = 0; i < 1'000'000; ++i)
    request.units.push_back({std::to_string(i), {}, "", 1 + i * 7919 % 5000});
  request.max_nodes = int64_t{1} << 62;
  const Plan plan = make_plan(std::move(request));
  EXPECT_EQ(units_placed(plan), 1'000'000U);
  EXPECT_LE(plan.candidates.size(), 16U);
  ASSERT_EQ(plan.warnings.size(), 1U);
  // 2.5 million seconds at 25 s a node: the square root of their ratio.
  EXPECT_NEAR(static_cast<double>(plan.nodes.size()), 316, 2);
  EXPECT_LE(plan_quality(plan), 1.001);
}

TEST(PlannerLimits, PromisingNumbersAreTheSameAsAllWhereBothCanBeCompared) {
  // 40,000 units leave room for 419 numbers: of 450 some are left out, and the choice is the same.
  Random random(21);
  PlanRequest request = request_for(random_units(40'000, 1.2, &random), 1, 450);
  request.overhead_ms = 4000;
  const Plan few = make_plan(request);
  ASSERT_LT(few.candidates.size(), 450U);
  request.max_nodes = 400;
  const Plan all = make_plan(request);
  ASSERT_EQ(all.candidates.size(), 400U);
  EXPECT_EQ(few.nodes.size(), all.nodes.size());
  EXPECT_EQ(few.wall_ms, all.wall_ms);
  // A target that only many nodes meet, far from those with the best score.
  request.max_nodes = 450;
  request.overhead_ms = 10'000'000;
  request.target_ms = all.candidates[299].wall_ms;
  EXPECT_EQ(make_plan(request).nodes.size(), 300U);
}

}  // namespace
}  // namespace alibi::plan
