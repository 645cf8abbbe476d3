#include "collector/plan/suites.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

namespace alibi::plan {
namespace {

using Files = std::vector<std::string>;

SuiteFacts facts(std::string suite, std::string file, uint64_t tests, uint64_t skipped,
                 std::optional<uint64_t> known_ns = std::nullopt) {
  return {"rspec", std::move(suite), std::move(file), tests, skipped, known_ns};
}

std::string two_digits(double percentage) {
  char text[64];
  std::snprintf(text, sizeof text, "%.2f", percentage);
  return text;
}

nlohmann::json example(int id) {
  std::ifstream file(ALIBI_SPLITTING_EXAMPLES);
  const nlohmann::json document = nlohmann::json::parse(file);
  for (const nlohmann::json& example : document["examples"]) {
    if (example["id"] == id) return example;
  }
  return {};
}

std::vector<SuiteFacts> suites_of(const nlohmann::json& example) {
  std::vector<SuiteFacts> suites;
  for (const nlohmann::json& suite : example["suites"]) {
    suites.push_back({suite["module"], suite["suite"], suite["file"], suite["tests"], suite["skipped"], {}});
    if (!suite["p50_ns"].is_null()) suites.back().known_ns = suite["p50_ns"].get<uint64_t>();
  }
  return suites;
}

TEST(RunnableFiles, GivesWeightsSourcesAndPercentageOfExample8InAnyOrder) {
  const nlohmann::json eight = example(8);
  ASSERT_FALSE(eight.is_null());
  const nlohmann::json& expected = eight["cases"][0];
  std::vector<SuiteFacts> suites = suites_of(eight);
  Files files = eight["test_files"];
  const auto by_name = [](const SuiteFacts& a, const SuiteFacts& b) { return a.suite < b.suite; };
  std::sort(suites.begin(), suites.end(), by_name);
  do {
    const RunnableFiles result = runnable_files(files, suites, {});
    nlohmann::json weights, sources;
    for (const Unit& unit : result.units) {
      weights[unit.file] = unit.weight_ms;
      sources[unit.file] = unit.source == DurationSource::kKnown ? "known" : "default";
      EXPECT_FALSE(unit.is_part());
    }
    ASSERT_EQ(weights, expected["expect_weights"]);
    ASSERT_EQ(sources, expected["expect_sources"]);
    ASSERT_EQ(two_digits(result.skippable_percentage), expected["expect_percentage"]);
    ASSERT_EQ(result.left_out, Files{"spec/c_spec.rb"});
    std::reverse(files.begin(), files.end());
  } while (std::next_permutation(suites.begin(), suites.end(), by_name));
}

TEST(RunnableFiles, KeepsTheAggregatesBySuite) {
  const RunnableFiles result =
      runnable_files({"a"}, {facts("Z", "a", 2, 1), facts("A", "a", 4, 1, 80'000'000'000)}, {});
  ASSERT_EQ(result.suites.size(), 2u);
  EXPECT_EQ(result.suites[0].facts.suite, "A");
  EXPECT_EQ(result.suites[0].total_ns, 80e9);
  EXPECT_EQ(result.suites[0].estimated_ns, 60e9);
  EXPECT_EQ(result.suites[0].source, DurationSource::kKnown);
  EXPECT_EQ(result.suites[1].total_ns, 2e9);
  EXPECT_EQ(result.suites[1].estimated_ns, 1e9);
  EXPECT_EQ(result.suites[1].source, DurationSource::kDefault);
}

// The peer loses these tests (defect 26): it keeps one suite of the file, and that one is skipped.
TEST(RunnableFiles, KeepsAFileWhoseSecondSuiteHasNoTimingAndMustRun) {
  const std::vector<SuiteFacts> suites = {facts("A", "a_spec.rb", 1, 1, 5'000'000'000),
                                          facts("B", "a_spec.rb", 0, 0)};
  const RunnableFiles result = runnable_files({"a_spec.rb"}, suites, {});
  ASSERT_EQ(result.units.size(), 1u);
  EXPECT_EQ(result.units[0].file, "a_spec.rb");
  EXPECT_EQ(result.units[0].weight_ms, 1000u);
  EXPECT_TRUE(result.left_out.empty());
}

TEST(RunnableFiles, BelievesTheSourceThatKnowsATestThatMustRun) {
  // The service: all of A is skippable. Discovery: three tests, one of which is new.
  const std::vector<SuiteFacts> suites = {facts("A", "a_spec.rb", 1, 1, 6'000'000'000),
                                          facts("A", "a_spec.rb", 3, 2)};
  const RunnableFiles result = runnable_files({"a_spec.rb"}, suites, {});
  ASSERT_EQ(result.units.size(), 1u);
  EXPECT_EQ(result.units[0].weight_ms, 2000u);
  ASSERT_EQ(result.suites.size(), 1u);
  EXPECT_EQ(result.suites[0].facts.skipped, 2u);
}

TEST(RunnableFiles, LeavesOutAFileWhenAllItsSuitesAreSkipped) {
  const RunnableFiles result =
      runnable_files({"a", "b"}, {facts("A", "a", 3, 3), facts("A2", "a", 1, 1), facts("B", "b", 2, 1)}, {});
  EXPECT_EQ(result.left_out, Files{"a"});
  ASSERT_EQ(result.units.size(), 1u);
  EXPECT_EQ(result.units[0].file, "b");
}

TEST(RunnableFiles, NeverLeavesOutAnUnskippableFileAndCountsItInFull) {
  const RunnableFiles result = runnable_files({"a"}, {facts("A", "a", 3, 3, 9'000'000'000)}, {"a"});
  ASSERT_EQ(result.units.size(), 1u);
  EXPECT_EQ(result.units[0].weight_ms, 9000u);
  EXPECT_EQ(result.skippable_percentage, 0);
}

TEST(RunnableFiles, SurvivesMoreSkippedTestsThanThereAre) {
  const RunnableFiles result = runnable_files({"a"}, {facts("A", "a", 2, UINT64_MAX, 4'000'000)}, {});
  EXPECT_EQ(result.left_out, Files{"a"});
  EXPECT_EQ(two_digits(result.skippable_percentage), "100.00");
}

TEST(RunnableFiles, BoundsAbsurdDurations) {
  const RunnableFiles result = runnable_files({"a"}, {facts("A", "a", UINT64_MAX, 0)}, {});
  ASSERT_EQ(result.units.size(), 1u);
  EXPECT_LE(result.units[0].weight_ms, 1'000'000'000'000'000u);
}

TEST(RunnableFiles, ListsEachFileOnceAndSorted) {
  const RunnableFiles result = runnable_files({"b", "a", "b", "B"}, {}, {});
  Files files;
  for (const Unit& unit : result.units) files.push_back(unit.file);
  EXPECT_EQ(files, (Files{"B", "a", "b"}));
  EXPECT_EQ(result.units[0].weight_ms, 1000u);
  EXPECT_EQ(result.units[0].source, DurationSource::kDefault);
}

}  // namespace
}  // namespace alibi::plan
